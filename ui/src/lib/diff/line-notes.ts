/** What is said behind a line: how it ends, and how much of it shows. Pure. */
import { count } from '$lib/ui/format';
import type { Line } from './rows';

const ENDINGS = { lf: 'LF', cr_lf: 'CRLF', none: 'no newline' } as const;

/** The notes of a line; most lines have none. A text inside a document needs no newline at its end. */
export function lineNotes(
  line: Pick<Line, 'ending' | 'ending_changed' | 'skipped_chars' | 'truncated'>,
  inField = false,
): string[] {
  const notes: string[] = [];
  if (line.truncated !== null) {
    const shown = line.skipped_chars > 0 ? ` from character ${count(line.skipped_chars + 1)}` : '';
    notes.push(`cut${shown}: this line has ${count(line.truncated)} characters`);
  }
  if (line.ending === 'none' && inField) return notes;
  if (line.ending === 'none') notes.push('no newline at end of file');
  else if (line.ending_changed) notes.push(`ends with ${ENDINGS[line.ending]}`);
  return notes;
}

/** What is said about a value that does not show whole. */
export function valueNote(value: {
  skipped_chars: number;
  truncated: number | null;
}): string | undefined {
  return value.truncated === null ? undefined : `${count(value.truncated)} characters`;
}
