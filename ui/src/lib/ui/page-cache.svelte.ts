/**
 * The rows of something that never changes, such as one diff, fetched page by page and kept for a while.
 *
 * Deliberately absent: a way to make it ask again. What can change has a `PagedList`.
 */
import { PagedList, type Page } from './paged-list.svelte';
import type { Range } from './virtual';

/** Loads rows `from` (inclusive) to `to` (exclusive). May answer at once with an array. */
type RowLoader<T> = (from: number, to: number) => Promise<readonly T[]> | readonly T[];

/** A cache over one loader. */
export class PageCache<T> {
  #count = 0;
  readonly #list: PagedList<T>;

  constructor(load: RowLoader<T>, pageRows = 100, pagesMax = 60) {
    this.#list = new PagedList<T>(
      (from, limit) => {
        const count = this.#count;
        const rows = load(from, Math.min(from + limit, count));
        const page = (loaded: readonly T[]): Page<T> => ({ rows: loaded, count });
        return rows instanceof Promise ? rows.then(page) : page(rows);
      },
      { pageRows, pagesMax },
    );
  }

  /** What the latest load failed with; `undefined` while all is well. */
  get error(): unknown {
    return this.#list.error;
  }

  /** The row at an index, if its page is here. Reactive. */
  row(index: number): T | undefined {
    return this.#list.row(index);
  }

  /** Says which rows are in view, of `count` in all. Loads what is missing of them. */
  want(range: Range, count: number): void {
    this.#count = count;
    if (range.to > range.from && count > 0) this.#list.want(range);
  }

  /** Loads again what failed. */
  retry(): void {
    this.#list.retry();
  }
}
