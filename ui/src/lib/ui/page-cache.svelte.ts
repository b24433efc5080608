/**
 * The rows of a windowed list, fetched page by page and kept for a while.
 *
 * Pages that are asked for again after `invalidate` keep showing their old rows until the new ones are there, so nothing
 * flashes. At most {@link MAX_IN_FLIGHT} loads run at once, and only for pages that are still wanted when their turn
 * comes: dragging the scrollbar through a million rows asks for the pages where it rests.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Range } from './virtual';

/** Loads rows `from` (inclusive) to `to` (exclusive). May answer at once with an array. */
export type RowLoader<T> = (from: number, to: number) => Promise<readonly T[]> | readonly T[];

/** How many pages load at once. */
export const MAX_IN_FLIGHT = 3;

interface Page<T> {
  rows: readonly T[];
  /** The generation that the rows belong to; older than the cache's means stale. */
  generation: number;
  /** When it was last wanted, in `want` calls. */
  wanted: number;
}

/** A cache over one loader. */
export class PageCache<T> {
  #pages = new SvelteMap<number, Page<T>>();
  // Bookkeeping that nothing renders.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #inFlight = new Map<number, number>();
  #generation = 0;
  #clock = 0;
  #wanted: number[] = [];
  #count = 0;
  /** What the last failed load said; `undefined` while all is well. */
  error = $state.raw<unknown>(undefined);

  constructor(
    private load: RowLoader<T>,
    private readonly pageSize = 100,
    private readonly maxPages = 60,
  ) {}

  /** The row at an index, if its page is here. Reactive. */
  row(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / this.pageSize))?.rows[index % this.pageSize];
  }

  /** Marks every page as stale and takes a new loader; rows stay until theirs arrive. */
  invalidate(load: RowLoader<T>): void {
    this.load = load;
    this.#generation += 1;
    this.error = undefined;
  }

  /** Says which rows are needed now, of `count` in all. Loads what is missing or stale. */
  want(range: Range, count: number): void {
    this.#clock += 1;
    this.#count = count;
    this.#wanted = [];
    if (range.to > range.from) {
      const first = Math.floor(range.from / this.pageSize);
      const last = Math.floor((range.to - 1) / this.pageSize);
      for (let page = first; page <= last; page += 1) this.#wanted.push(page);
    }
    this.#pump();
  }

  /** Loads again what failed. */
  retry(): void {
    this.error = undefined;
    this.#pump();
  }

  #pump(): void {
    if (this.error !== undefined) return;
    for (const page of this.#wanted) {
      const held = this.#pages.get(page);
      if (held) held.wanted = this.#clock;
      if (held?.generation === this.#generation) continue;
      if (this.#inFlight.get(page) === this.#generation) continue;
      if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
      this.#start(page);
    }
  }

  #start(page: number): void {
    const generation = this.#generation;
    const from = page * this.pageSize;
    const to = Math.min(from + this.pageSize, this.#count);
    if (to <= from) return;
    const settle = (): void => {
      if (this.#inFlight.get(page) === generation) this.#inFlight.delete(page);
    };
    let answer: Promise<readonly T[]> | readonly T[];
    try {
      answer = this.load(from, to);
    } catch (error) {
      this.error = error;
      return;
    }
    if (isRows(answer)) {
      this.#put(page, answer, generation);
      return;
    }
    this.#inFlight.set(page, generation);
    answer.then(
      (rows) => {
        settle();
        if (generation === this.#generation) this.#put(page, rows, generation);
        this.#pump();
      },
      (error: unknown) => {
        settle();
        if (generation === this.#generation) this.error = error;
        else this.#pump();
      },
    );
  }

  #put(page: number, rows: readonly T[], generation: number): void {
    this.#pages.set(page, { rows, generation, wanted: this.#clock });
    if (this.#pages.size <= this.maxPages) return;
    let oldest: number | undefined;
    let age = Infinity;
    for (const [key, held] of this.#pages) {
      if (held.wanted < age && !this.#wanted.includes(key)) {
        age = held.wanted;
        oldest = key;
      }
    }
    if (oldest !== undefined) this.#pages.delete(oldest);
  }
}

function isRows<T>(answer: Promise<readonly T[]> | readonly T[]): answer is readonly T[] {
  return Array.isArray(answer);
}
