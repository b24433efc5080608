/**
 * Where things are inside one section of the document: its header, a lead of any height (banners), rows of one height, and
 * inserts of any height under some rows (comments). All in pixels from the section's top. Pure.
 */

/** The height of a row of lines or fields, in pixels. */
export const ROW_HEIGHT = 20;
/** The height of a section's header, in pixels. */
export const HEADER_HEIGHT = 36;
/** The space between two sections, in pixels. */
export const SECTION_GAP = 12;

/** Something under a row. `row` -1 is the lead: above all rows. */
export interface Insert {
  row: number;
  height: number;
}

/** What a section's heights follow from. */
export interface Shape {
  /** How many rows of {@link ROW_HEIGHT}. */
  rows: number;
  /** The height of a body that is not made of rows (an image), in pixels. */
  block: number;
  /** Ascending by row, at most one for each. */
  inserts: readonly Insert[];
}

/** The places inside one section; immutable. */
export class SectionLayout {
  /** The whole height, the gap to the next section included. */
  readonly height: number;

  constructor(readonly shape: Shape) {
    const inserts = shape.inserts.reduce((sum, insert) => sum + insert.height, 0);
    this.height = HEADER_HEIGHT + shape.rows * ROW_HEIGHT + shape.block + inserts + SECTION_GAP;
  }

  /** Where a row begins. */
  rowTop(row: number): number {
    let top = HEADER_HEIGHT + row * ROW_HEIGHT;
    for (const insert of this.shape.inserts) {
      if (insert.row >= row) break;
      top += insert.height;
    }
    return top;
  }

  /** Where the insert under a row begins. */
  insertTop(row: number): number {
    return row < 0 ? HEADER_HEIGHT : this.rowTop(row) + ROW_HEIGHT;
  }

  /** The row at a position; the row above for a position in an insert. 0 when there is none. */
  rowAt(y: number): number {
    let left = y - HEADER_HEIGHT;
    let row = 0;
    for (const insert of this.shape.inserts) {
      const rowsTo = insert.row + 1 - row;
      if (left < rowsTo * ROW_HEIGHT) break;
      left -= rowsTo * ROW_HEIGHT;
      row = insert.row + 1;
      if (left < insert.height) return Math.max(0, insert.row);
      left -= insert.height;
    }
    const found = row + Math.floor(left / ROW_HEIGHT);
    return Math.max(0, Math.min(found, this.shape.rows - 1));
  }

  /** The rows that show between two positions, as a half-open range. */
  rowsBetween(from: number, to: number): { from: number; to: number } {
    if (this.shape.rows === 0 || to <= HEADER_HEIGHT) return { from: 0, to: 0 };
    return { from: this.rowAt(from), to: this.rowAt(to) + 1 };
  }
}

/** Average characters a line, to guess the number of lines from a size. */
const LINE_BYTES = 36;
/** What a modification of unknown extent is taken for, in rows. */
const MODIFIED_ROWS = 14;
const IMAGE = /\.(?:png|jpe?g|gif|webp|avif|ico)$/iu;
/** The height of images side by side, in pixels. */
export const IMAGE_HEIGHT = 340;
/** The height of a body that only says sizes and digests, in pixels. */
export const BINARY_HEIGHT = 72;

/** Guesses a section's shape from the sizes of its sides, before anything of it was read. */
export function guessShape(resource: string, beforeBytes: number, afterBytes: number): Shape {
  if (IMAGE.test(resource)) return { rows: 0, block: IMAGE_HEIGHT, inserts: [] };
  const lines = (size: number): number => Math.ceil(size / LINE_BYTES);
  const rows =
    beforeBytes > 0 && afterBytes > 0
      ? Math.min(MODIFIED_ROWS, lines(Math.max(beforeBytes, afterBytes)))
      : lines(Math.max(beforeBytes, afterBytes));
  return { rows: Math.max(1, rows), block: 0, inserts: [] };
}
