/** Cuts the text of a line into pieces that are painted alike: emphasis of the diff and colours of the language together. Pure. */
import type { Segment } from './rows';

/** A run of one colour: `length` characters of a kind (`keyword`, `string`, …). */
export interface Token {
  length: number;
  kind: string;
}

/** What is painted alike. */
export interface Part {
  text: string;
  emphasis: boolean;
  kind: string | undefined;
  /** The name and code of a character that can't be seen; `text` then is the code. */
  hidden: { name: string; code: string } | undefined;
}

/** Joins segments and colours. Tokens count the characters of the segments that are not hidden ones. */
export function paint(segments: readonly Segment[], tokens: readonly Token[] = []): Part[] {
  const parts: Part[] = [];
  let token = 0;
  let left = tokens[0]?.length ?? Infinity;
  for (const { text, emphasis, hidden } of segments) {
    if (hidden) {
      parts.push({ text, emphasis, kind: undefined, hidden });
      continue;
    }
    let at = 0;
    while (at < text.length) {
      const length = Math.min(left, text.length - at);
      const kind = tokens[token]?.kind;
      parts.push({ text: text.slice(at, at + length), emphasis, kind, hidden: undefined });
      at += length;
      left -= length;
      if (left === 0) {
        token += 1;
        left = tokens[token]?.length ?? Infinity;
      }
    }
  }
  return parts;
}

/** The text that is coloured: what the segments show, without the names of hidden characters. */
export function colourable(segments: readonly Segment[]): string {
  return segments.map((segment) => (segment.hidden ? '' : segment.text)).join('');
}
