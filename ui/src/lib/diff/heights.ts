/**
 * The heights of many sections under one another, with quick answers to "where does section i begin?" and "which section is
 * at y?": a Fenwick tree, so that both, and a change of one height, cost `O(log n)`.
 */
export class Heights {
  readonly #heights: Float64Array;
  readonly #sums: Float64Array;
  readonly #highestBit: number;
  #total = 0;

  constructor(heights: ArrayLike<number>) {
    const count = heights.length;
    this.#heights = Float64Array.from(heights);
    this.#sums = new Float64Array(count + 1);
    for (let i = 1; i <= count; i += 1) {
      const height = this.#heights[i - 1] as number;
      this.#total += height;
      this.#sums[i] = (this.#sums[i] as number) + height;
      const parent = i + (i & -i);
      if (parent <= count)
        this.#sums[parent] = (this.#sums[parent] as number) + (this.#sums[i] as number);
    }
    this.#highestBit = count === 0 ? 0 : 1 << (31 - Math.clz32(count));
  }

  /** How many sections there are. */
  get count(): number {
    return this.#heights.length;
  }

  /** All heights together, in pixels. */
  get total(): number {
    return this.#total;
  }

  /** The height of a section, in pixels; 0 for one that is not there. */
  of(index: number): number {
    return this.#heights[index] ?? 0;
  }

  /** Sets a section's height. Answers by how much it grew. */
  set(index: number, height: number): number {
    const grown = height - this.of(index);
    if (grown === 0 || index < 0 || index >= this.count) return 0;
    this.#heights[index] = height;
    this.#total += grown;
    for (let i = index + 1; i <= this.count; i += i & -i) {
      this.#sums[i] = (this.#sums[i] as number) + grown;
    }
    return grown;
  }

  /** Where a section begins, in pixels from the top; `topOf(count)` is the end. */
  topOf(index: number): number {
    let sum = 0;
    for (let i = Math.min(index, this.count); i > 0; i -= i & -i) sum += this.#sums[i] as number;
    return sum;
  }

  /** The section at a position: the last that begins at or before it, among those with a height. 0 when there is none. */
  indexAt(y: number): number {
    let index = 0;
    let left = y;
    for (let bit = this.#highestBit; bit > 0; bit >>= 1) {
      const next = index + bit;
      if (next <= this.count && (this.#sums[next] as number) <= left) {
        index = next;
        left -= this.#sums[next] as number;
      }
    }
    return Math.max(0, Math.min(index, this.count - 1));
  }
}

/** The height of what was measured, in pixels; asks nothing of the layout that was not worked out for the measurement. */
export function heightOf(entry: ResizeObserverEntry): number {
  return Math.round(entry.borderBoxSize[0]?.blockSize ?? entry.contentRect.height);
}
