/**
 * How tall a row gets when its lines are wrapped, guessed from its characters until it was measured. Pure.
 *
 * Code stands in one width of character, so that the guess is seldom wrong by more than the line that words make by not
 * breaking anywhere. Values are written in a proportional type: theirs is rougher.
 */
import { EXCERPT_CHARS } from './excerpt';
import { ROW_HEIGHT, type Tall } from './layout';
import { widthOfLine, type DiffRow, type FieldValue } from './rows';

/** The width of a character of code, and about that of one of a value, in pixels. */
export const CHARACTER = 7.5;
const VALUE_CHARACTER = 6.7;
/** What stands beside the code of a line, in pixels: numbers, sign, and room at the right. */
export const GUTTER = { unified: 116, split: 72 };
/** What stands beside the values of a field, in pixels. */
const FIELD_GUTTER = 28 + 208 + 12;
/** What stands around a value: its padding, the arrow and the gaps. */
const VALUE_FRAME = 8;
const BETWEEN_VALUES = 29;
/** About how much is said behind a value: that it moved, or how long it is; in characters. */
const NOTE = 18;
/** A text inside a document is indented by this much. */
const INNER = 28;
/** Shorter lines fit into any column. */
const SHORT = 24;
/** Longer texts are not wrapped: their heights would all have to be known. */
export const WRAPPED_ROWS_MAX = 100_000;

/** The room that lines have: the width of the document in pixels, and how lines stand in it. */
export interface Columns {
  width: number;
  split: boolean;
}

/** What the height of a row follows from: the characters of its one or two texts. */
export interface Extent {
  row: number;
  kind: 'unified' | 'split' | 'inner' | 'field';
  before: number;
  after: number;
}

/** How much a row says; nothing for one that is never taller than others. */
export function extentOf(index: number, row: DiffRow): Extent | undefined {
  const extent = sayOf(index, row);
  return extent && extent.before + extent.after > SHORT ? extent : undefined;
}

function sayOf(index: number, row: DiffRow): Extent | undefined {
  switch (row.kind) {
    case 'unified':
      return { row: index, kind: 'unified', before: 0, after: widthOfLine(row.line) };
    case 'split':
      return {
        row: index,
        kind: 'split',
        before: row.left ? widthOfLine(row.left.line) : 0,
        after: row.right ? widthOfLine(row.right.line) : 0,
      };
    case 'text': {
      const inner = sayOf(index, row.row);
      return inner && inner.kind === 'unified' ? { ...inner, kind: 'inner' } : inner;
    }
    case 'field':
      return {
        row: index,
        kind: 'field',
        before: row.before && row.change !== 'moved' ? shown(row.before) : 0,
        after: (row.after ? shown(row.after) : 0) + (row.moved ? NOTE : 0),
      };
    default:
      return undefined;
  }
}

/** How much of a value shows: a long one is cut down to what changed in it. Numbers and lists are written as code. */
function shown(value: FieldValue): number {
  const characters = Math.min(widthOfLine(value), EXCERPT_CHARS);
  const note = value.truncated === null ? 0 : NOTE;
  return characters * (value.value_type === 'string' ? 1 : CHARACTER / VALUE_CHARACTER) + note;
}

/** How many characters each value of a field can have in a row that is not wrapped. */
export function valueRoom(width: number, values: 1 | 2): number {
  const room = width - FIELD_GUTTER - (values === 2 ? BETWEEN_VALUES : 0);
  return Math.max(16, Math.floor((room / values - VALUE_FRAME) / VALUE_CHARACTER));
}

/** How many lines a row has in so much room; 1 unless it is wrapped. */
export function linesOf(extent: Extent, { width, split }: Columns): number {
  const lines = (characters: number, room: number, character: number): number =>
    Math.max(1, Math.ceil((characters * character) / Math.max(120, room)));
  switch (extent.kind) {
    case 'unified':
      return lines(extent.after, width - GUTTER.unified, CHARACTER);
    case 'inner':
      return lines(extent.after, width - GUTTER.unified - INNER, CHARACTER);
    case 'split': {
      const room = (split ? width / 2 : width) - GUTTER.split;
      return lines(Math.max(extent.before, extent.after), room, CHARACTER);
    }
    case 'field': {
      const room = width - FIELD_GUTTER - VALUE_FRAME;
      const both = (extent.before + extent.after) * VALUE_CHARACTER + BETWEEN_VALUES;
      if (extent.before === 0 || extent.after === 0 || both <= room) {
        return lines(Math.max(extent.before, extent.after), room, VALUE_CHARACTER);
      }
      const after = lines(extent.after, room - BETWEEN_VALUES, VALUE_CHARACTER);
      return lines(extent.before, room, VALUE_CHARACTER) + after;
    }
  }
}

/** Whether a row may turn out taller than it is guessed to be. */
export function mayWrap(extent: Extent, columns: Columns): boolean {
  const more = { ...extent, before: extent.before * 1.25, after: extent.after * 1.25 };
  return linesOf(more, columns) > 1;
}

/** The tall rows among those that were read, ascending: as high as they were measured, or else as guessed. */
export function tallRows(
  windows: ReadonlyMap<number, readonly Extent[]>,
  columns: Columns,
  measured: ReadonlyMap<number, number> | undefined,
): Tall[] {
  const tall: Tall[] = [];
  for (const from of [...windows.keys()].sort((a, b) => a - b)) {
    for (const extent of windows.get(from) ?? []) {
      const height = measured?.get(extent.row) ?? linesOf(extent, columns) * ROW_HEIGHT;
      if (height > ROW_HEIGHT) tall.push({ row: extent.row, extra: height - ROW_HEIGHT });
    }
  }
  return tall;
}
