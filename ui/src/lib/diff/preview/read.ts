/**
 * A JSON document as a whole, before and after, put together from the lines of its diff: the wire has no other way to it, and
 * needs none. What is too long to be shown whole has no preview.
 */
import type { DiffOf } from '../../../generated/DiffOf';
import type { Line } from '../../../generated/Line';
import type { DiffRow } from '../rows';
import type { DiffPort } from '../section.svelte';

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A document before and after; nothing where it does not exist. */
export interface Pair {
  before: Json | undefined;
  after: Json | undefined;
}

/** The longest document that is previewed, in lines. */
const LINES_MAX = 6_000;
const PAGE_ROWS = 500;

/** Reads a document; nothing when it is too long or no JSON. */
export async function readPair(
  port: DiffPort,
  release: string,
  resource: string,
): Promise<Pair | undefined> {
  const of: DiffOf = { release, resource, mode: 'raw', split: false, expanded: [] };
  const { content } = await port.diff(of);
  if (content.kind !== 'text' || content.rows > LINES_MAX) return undefined;
  const folded = await readRows(port, of, content.rows);
  const gaps = folded.flatMap((row) => (row.kind === 'gap' ? [row] : []));
  const lines = gaps.reduce((sum, gap) => sum + gap.hidden, folded.length);
  if (lines > LINES_MAX) return undefined;
  if (gaps.length === 0) return pairOf(folded);
  const expanded = gaps.map(({ id, hidden }) => ({ gap: id, from_start: hidden, from_end: 0 }));
  return pairOf(await readRows(port, { ...of, expanded }, lines));
}

async function readRows(port: DiffPort, diff: DiffOf, count: number): Promise<DiffRow[]> {
  const rows: DiffRow[] = [];
  while (rows.length < count) {
    const page = await port.rows({ diff, from: rows.length, limit: PAGE_ROWS });
    if (page.rows.length === 0) break;
    rows.push(...page.rows);
  }
  return rows;
}

/** Puts a document together from all its lines; nothing when one is cut or hidden, or it is no JSON. */
export function pairOf(rows: readonly DiffRow[]): Pair | undefined {
  const before: string[] = [];
  const after: string[] = [];
  for (const row of rows) {
    if (row.kind !== 'unified' || row.line.truncated !== null) return undefined;
    const text = exactNumber(written(row.line));
    if (row.mark !== 'added') before.push(text);
    if (row.mark !== 'removed') after.push(text);
  }
  try {
    return { before: parsed(before), after: parsed(after) };
  } catch {
    return undefined;
  }
}

function parsed(lines: readonly string[]): Json | undefined {
  return lines.length === 0 ? undefined : (JSON.parse(lines.join('\n')) as Json);
}

/** What a line says, with the characters that are shown by their codes as themselves. */
function written(line: Line): string {
  return line.segments
    .map(({ text, hidden }) => {
      const code = hidden && /^U\+([0-9A-F]{4,6})$/u.exec(hidden.code)?.[1];
      return code ? String.fromCodePoint(Number.parseInt(code, 16)) : text;
    })
    .join('');
}

/** Numbers with more digits than a floating-point number holds are taken as text, so that none is lost. */
function exactNumber(line: string): string {
  return line.replace(
    /^(\s*(?:"(?:[^"\\]|\\.)*": )?)(-?[\d.]{16,}(?:e[+-]?\d+)?)(,?)$/iu,
    '$1"$2"$3',
  );
}
