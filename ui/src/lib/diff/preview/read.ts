/** A JSON document as a whole, before and after. What is too long to be shown whole has no preview. */
import type { DiffSource } from '../../../generated/DiffSource';
import type { DiffPort } from '../section.svelte';

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A document before and after; nothing where it does not exist. */
export interface Pair {
  before: Json | undefined;
  after: Json | undefined;
}

/** The longest document that is previewed, in lines of both sides. */
const LINES_MAX = 12_000;

/** Reads a document; nothing when it is too long or no JSON. */
export async function readPair(
  port: DiffPort,
  source: DiffSource,
  resource: string,
): Promise<Pair | undefined> {
  const { pair } = await port.documents({ source, resource });
  if (!pair) return undefined;
  const before = linesOf(pair.before);
  const after = linesOf(pair.after);
  if (before.length + after.length > LINES_MAX) return undefined;
  try {
    return { before: parsed(before), after: parsed(after) };
  } catch {
    return undefined;
  }
}

function linesOf(text: string | null): string[] {
  return text === null ? [] : text.split('\n');
}

function parsed(lines: readonly string[]): Json | undefined {
  if (lines.length === 0) return undefined;
  return JSON.parse(lines.map(exactNumber).join('\n')) as Json;
}

/** Numbers with more digits than a floating-point number holds are taken as text, so that none is lost. */
function exactNumber(line: string): string {
  return line.replace(
    /^(\s*(?:"(?:[^"\\]|\\.)*": )?)(-?[\d.]{16,}(?:e[+-]?\d+)?)(,?)$/iu,
    '$1"$2"$3',
  );
}
