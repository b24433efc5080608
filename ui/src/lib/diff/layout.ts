/**
 * Where things are inside one section of the document: its header, a lead of any height (banners), rows, of which most have
 * one height and wrapped ones more, and inserts of any height under some rows (comments). All in pixels from the section's
 * top. Pure.
 */

/** The height of a row of lines or fields that is not wrapped, in pixels. */
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

/** A row that is taller than {@link ROW_HEIGHT}: by how much, in pixels. */
export interface Tall {
  row: number;
  extra: number;
}

/** What a section's heights follow from. */
export interface Shape {
  /** How many rows. */
  rows: number;
  /** The height of a body that is not made of rows (an image), in pixels. */
  block: number;
  /** Ascending by row, at most one for each. */
  inserts: readonly Insert[];
  /** Ascending by row, at most one for each. */
  tall?: readonly Tall[];
}

/** The places inside one section; immutable. */
export class SectionLayout {
  /** The whole height, the gap to the next section included. */
  readonly height: number;
  /** The rows that push down what follows them, ascending. */
  readonly #rows: Int32Array;
  /** What they push it down by, together with all before them; one more than there are rows. */
  readonly #pushed: Float64Array;

  constructor(readonly shape: Shape) {
    const tall = shape.tall ?? [];
    const { inserts } = shape;
    const rows = new Int32Array(tall.length + inserts.length);
    const pushed = new Float64Array(rows.length + 1);
    let count = 0;
    let sum = 0;
    for (let a = 0, b = 0; a < tall.length || b < inserts.length;) {
      const row = Math.min(tall[a]?.row ?? Infinity, inserts[b]?.row ?? Infinity);
      if (tall[a]?.row === row) sum += tall[a++]?.extra ?? 0;
      if (inserts[b]?.row === row) sum += inserts[b++]?.height ?? 0;
      rows[count] = row;
      count += 1;
      pushed[count] = sum;
    }
    this.#rows = rows.subarray(0, count);
    this.#pushed = pushed;
    this.height = HEADER_HEIGHT + shape.rows * ROW_HEIGHT + shape.block + sum + SECTION_GAP;
  }

  /** Where a row begins. */
  rowTop(row: number): number {
    return HEADER_HEIGHT + row * ROW_HEIGHT + this.#pushedBefore(row);
  }

  /** The height of a row, without what stands under it. */
  rowHeight(row: number): number {
    const insert = this.shape.inserts.find((one) => one.row === row)?.height ?? 0;
    return ROW_HEIGHT + this.#pushedBefore(row + 1) - this.#pushedBefore(row) - insert;
  }

  /** Where the insert under a row begins. */
  insertTop(row: number): number {
    return row < 0 ? HEADER_HEIGHT : this.rowTop(row) + this.rowHeight(row);
  }

  /** The row at a position; the row above for a position in an insert. 0 when there is none. */
  rowAt(y: number): number {
    let low = 0;
    let high = this.shape.rows - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.rowTop(middle) <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /** The rows that show between two positions, as a half-open range. */
  rowsBetween(from: number, to: number): { from: number; to: number } {
    if (this.shape.rows === 0 || to <= HEADER_HEIGHT) return { from: 0, to: 0 };
    return { from: this.rowAt(from), to: this.rowAt(to) + 1 };
  }

  /** How far the rows before one push it down. */
  #pushedBefore(row: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return this.#pushed[low] as number;
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
