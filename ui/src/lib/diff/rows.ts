/** What follows from one row of a diff. Pure; the rows themselves are made by the core. */
import type { Anchor } from '../../generated/Anchor';
import type { FieldRow } from '../../generated/FieldRow';
import type { Line } from '../../generated/Line';
import type { Row } from '../../generated/Row';
import type { Side } from '../../generated/Side';

export type { Cell } from '../../generated/Cell';
export type { FieldValue } from '../../generated/FieldValue';
export type { Line } from '../../generated/Line';
export type { Move } from '../../generated/Move';
export type { Segment } from '../../generated/Segment';

/** A row of lines. */
export type TextRow = Row;
/** Hidden lines. */
export type GapRow = Extract<Row, { kind: 'gap' }>;
/** A row that shows a line, or a pair of lines. */
export type LineRow = Exclude<Row, { kind: 'gap' }>;
/** A head or a field. */
export type ValueRow = Exclude<FieldRow, { kind: 'text' }>;
/** Any row of any diff. */
export type DiffRow = Row | FieldRow;

/** How many hidden lines open at once. */
export const EXPAND_LINES = 20;

/** A line that a row shows: on which side, its number and its text. */
export interface ShownLine {
  side: Side;
  line: number;
  text: string;
}

/** The text of a line, as far as it is shown. */
export function textOf(line: Line): string {
  return line.segments.map((segment) => segment.text).join('');
}

/** The lines that a row shows, the one that a comment on the row is about last. */
export function linesOf(row: TextRow): ShownLine[] {
  const shown: ShownLine[] = [];
  switch (row.kind) {
    case 'gap':
      break;
    case 'unified': {
      const text = textOf(row.line);
      if (row.before !== null) shown.push({ side: 'before', line: row.before, text });
      if (row.after !== null) shown.push({ side: 'after', line: row.after, text });
      break;
    }
    case 'split':
      if (row.left)
        shown.push({ side: 'before', line: row.left.number, text: textOf(row.left.line) });
      if (row.right) {
        shown.push({ side: 'after', line: row.right.number, text: textOf(row.right.line) });
      }
      break;
  }
  return shown;
}

/** The places that a row shows, as `placeOf` names them, with the text of lines. */
export function placesOf(row: DiffRow): { place: string; text: string | undefined }[] {
  switch (row.kind) {
    case 'group':
    case 'field':
      return [{ place: `field:${row.path}`, text: undefined }];
    case 'text':
      return linesOf(row.row).map(({ side, line }) => ({
        place: inText(row.path, side, line),
        text: undefined,
      }));
    default:
      return linesOf(row).map(({ side, line, text }) => ({ place: `${side}:${line}`, text }));
  }
}

/** What a comment on a row is about; `undefined` where nothing can be said (hidden lines). */
export function anchorOf(resource: string, row: DiffRow, side?: Side): Anchor | undefined {
  switch (row.kind) {
    case 'group':
    case 'field':
    case 'text':
      return { kind: 'field', resource, path: row.path };
    default: {
      const lines = linesOf(row);
      const found = lines.find((line) => line.side === side) ?? lines.at(-1);
      return found && { kind: 'line', resource, ...found };
    }
  }
}

/** Names the line that a row shows of a text that is one field; `undefined` for other rows. */
export function lineIn(row: DiffRow, side?: Side): string | undefined {
  if (row.kind !== 'text') return undefined;
  const lines = linesOf(row.row);
  const found = lines.find((line) => line.side === side) ?? lines.at(-1);
  return found && inText(row.path, found.side, found.line);
}

function inText(path: string, side: Side, line: number): string {
  return `text:${path}:${side}:${line}`;
}

/** How wide a row's widest line is, in characters, with tabs as two. */
export function widthOf(row: DiffRow): number {
  switch (row.kind) {
    case 'unified':
      return widthOfLine(row.line);
    case 'split':
      return Math.max(
        row.left ? widthOfLine(row.left.line) : 0,
        row.right ? widthOfLine(row.right.line) : 0,
      );
    case 'text':
      return widthOf(row.row);
    default:
      return 0;
  }
}

/** Characters that are twice as wide as others, roughly: those of East Asian scripts. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/gu;

/** How wide a line or a value is, in characters, with tabs as two. */
export function widthOfLine({ segments }: Pick<Line, 'segments'>): number {
  let width = 0;
  for (const { text } of segments) {
    width += text.length + (text.match(WIDE)?.length ?? 0);
    for (let at = text.indexOf('\t'); at >= 0; at = text.indexOf('\t', at + 1)) width += 1;
  }
  return width;
}
