/**
 * The rows of a windowed list that the core answers page by page, with all that goes with them: how many there are, what
 * failed, and the way to try again.
 *
 * A list asks one *question* at a time (which rows: a release, a filter, what is folded). Two things make it ask again, and
 * an answer is neither of them:
 *
 * - {@link PagedList.ask}: another question. What showed before stays until the new rows for the view are here; answers to
 *   the old question are dropped.
 * - {@link PagedList.refresh}: the same question, because something was decided meanwhile. Every page that is in view is
 *   read again, one question a page at a time; an answer that was on its way is used, and followed by one more.
 *
 * So a list that is refreshed faster than the core answers still shows what it is answered, and an answer can't make the
 * list ask: the count that comes with a page is taken, whatever it is.
 *
 * At most {@link MAX_IN_FLIGHT} pages load at once, and only those that are still in view when their turn comes: dragging the
 * scrollbar through a million rows asks for the pages where it rests.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Range } from './virtual';

/** What a windowed list shows. `PagedList` is one; an array is turned into one by `VirtualList`. */
export interface RowSource<T> {
  /** How many rows there are; `undefined` until that is known. Reactive. */
  readonly count: number | undefined;
  /** What the latest page failed with; `undefined` while all is well. Reactive. */
  readonly error: unknown;
  /** The row at an index, if it is here. Reactive. */
  row(index: number): T | undefined;
  /** Says which rows are in view; loads what is missing of them. */
  want(range: Range): void;
  /** Tries again after an error. */
  retry(): void;
}

/** The rows from an index on, and how many there are in all at the moment. */
export interface Page<T> {
  rows: readonly T[];
  count: number;
}

/** Reads `limit` rows from `from` on. May answer at once. */
export type PageLoader<T, A extends Page<T> = Page<T>> = (
  from: number,
  limit: number,
) => Promise<A> | A;

/** How many pages load at once. */
export const MAX_IN_FLIGHT = 3;
/** How many rows a page has, unless said otherwise. */
const PAGE_ROWS = 100;
/** How many pages are kept, unless said otherwise. */
const PAGES_MAX = 60;

/** How much a list keeps and asks for at once. */
export interface PagedSizes {
  pageRows?: number;
  pagesMax?: number;
}

interface Held<T> {
  rows: readonly T[];
  /** The count that came with them. */
  count: number;
  /** The refresh that they follow from; older than the list's means stale. */
  refresh: number;
  /** When the page was last in view, in `want` calls. */
  seen: number;
}

interface Flight {
  page: number;
  question: number;
  refresh: number;
}

/** The rows of one windowed list. `A` is what a page comes with beside its rows. */
export class PagedList<T, A extends Page<T> = Page<T>> implements RowSource<T> {
  #pages = new SvelteMap<number, Held<T>>();
  #answer = $state.raw<A>();
  #error = $state.raw<unknown>();
  // Bookkeeping that nothing renders.
  /* eslint-disable svelte/prefer-svelte-reactivity */
  /** The pages of another question that are here before the view is complete. */
  #coming: Map<number, Held<T>> | undefined;
  #comingAnswer: A | undefined;
  #flights = new Set<Flight>();
  /* eslint-enable svelte/prefer-svelte-reactivity */
  #question = 0;
  #refresh = 0;
  /** The refresh that the count follows from. */
  #answered = -1;
  #clock = 0;
  #wanted: readonly number[] = [];
  #load: PageLoader<T, A>;
  readonly #pageRows: number;
  readonly #pagesMax: number;

  constructor(load: PageLoader<T, A>, sizes: PagedSizes = {}) {
    this.#load = load;
    this.#pageRows = sizes.pageRows ?? PAGE_ROWS;
    this.#pagesMax = sizes.pagesMax ?? PAGES_MAX;
  }

  get count(): number | undefined {
    return this.#answer?.count;
  }

  get error(): unknown {
    return this.#error;
  }

  /** The latest page as it was answered, for what comes with it. Reactive. */
  get answer(): A | undefined {
    return this.#answer;
  }

  row(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / this.#pageRows))?.rows[index % this.#pageRows];
  }

  /** Every row that is here, in order, with its index. */
  *held(): Generator<[index: number, row: T]> {
    for (const page of [...this.#pages.keys()].sort((a, b) => a - b)) {
      const rows = this.#pages.get(page)?.rows ?? [];
      for (const [at, row] of rows.entries()) yield [page * this.#pageRows + at, row];
    }
  }

  /** Loads what is due: the first page, while nothing is in view, so that it is known how many rows there are. */
  load(): void {
    this.#pump();
  }

  /** Asks another question; `load` answers it. What shows stays until its rows for the view are here. */
  ask(load: PageLoader<T, A>): void {
    this.#load = load;
    this.#question += 1;
    this.#answered = -1;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as above
    this.#coming = new Map();
    this.#comingAnswer = undefined;
    this.#again();
  }

  /** Asks the same question again, because something was decided since it was answered. */
  refresh(): void {
    this.#again();
  }

  want(range: Range): void {
    this.#clock += 1;
    const wanted: number[] = [];
    if (range.to > range.from) {
      const last = Math.floor((range.to - 1) / this.#pageRows);
      for (let page = Math.floor(range.from / this.#pageRows); page <= last; page += 1) {
        wanted.push(page);
      }
    }
    this.#wanted = wanted;
    this.#pump();
  }

  retry(): void {
    this.#error = undefined;
    this.#pump();
  }

  #again(): void {
    this.#refresh += 1;
    this.#error = undefined;
    this.#pump();
  }

  /** The pages to have: those in view; the first one while it is not known how many there are, or none is left in view. */
  get #due(): readonly number[] {
    const count = (this.#coming ? this.#comingAnswer : this.#answer)?.count;
    if (count === undefined) return this.#wanted.length > 0 ? this.#wanted : [0];
    const there = this.#wanted.filter((page) => page * this.#pageRows < count);
    return there.length === 0 ? [0] : there;
  }

  #pump(): void {
    if (this.#error !== undefined) return;
    for (const page of this.#due) {
      const held = (this.#coming ?? this.#pages).get(page);
      if (held) held.seen = this.#clock;
      if (held && this.#isCurrent(page, held)) continue;
      if (this.#isOnItsWay(page)) continue;
      if (this.#flights.size >= MAX_IN_FLIGHT) return;
      this.#start(page);
      // What answers at once may have changed what is due.
      if (this.#error !== undefined) return;
    }
  }

  #isOnItsWay(page: number): boolean {
    for (const flight of this.#flights) {
      if (flight.page === page && flight.question === this.#question) return true;
    }
    return false;
  }

  /** Whether a page says what the latest refresh would, and is as long as the count has it. */
  #isCurrent(page: number, held: Held<T>): boolean {
    if (held.refresh !== this.#refresh) return false;
    const count = (this.#coming ? this.#comingAnswer : this.#answer)?.count ?? held.count;
    const room = Math.min(this.#pageRows, count - page * this.#pageRows);
    // A page that grew since is read once more, and not again until the count changes again.
    return held.rows.length >= room || held.count === count;
  }

  #start(page: number): void {
    const flight: Flight = { page, question: this.#question, refresh: this.#refresh };
    const take = (answer: A): void => {
      this.#flights.delete(flight);
      if (flight.question === this.#question) this.#take(page, answer, flight.refresh);
    };
    const fail = (error: unknown): void => {
      this.#flights.delete(flight);
      if (flight.question === this.#question) this.#error = error;
    };
    this.#flights.add(flight);
    try {
      const answer = this.#load(page * this.#pageRows, this.#pageRows);
      if (answer instanceof Promise) void answer.then(take, fail).then(() => this.#pump());
      else take(answer);
    } catch (error) {
      fail(error);
    }
  }

  #take(page: number, answer: A, refresh: number): void {
    const held: Held<T> = { rows: answer.rows, count: answer.count, refresh, seen: this.#clock };
    if (!this.#coming) {
      this.#show(page, held);
      this.#count(answer, refresh);
      return;
    }
    this.#coming.set(page, held);
    if (refresh >= this.#answered) {
      this.#answered = refresh;
      this.#comingAnswer = answer;
    }
    const coming = this.#coming;
    if (!this.#due.every((due) => coming.has(due))) return;
    this.#coming = undefined;
    this.#pages.clear();
    for (const [at, one] of coming) this.#show(at, one);
    if (this.#comingAnswer) this.#count(this.#comingAnswer, this.#answered);
  }

  /** Takes what came with a page, unless a later answer is here already. */
  #count(answer: A, refresh: number): void {
    if (refresh < this.#answered) return;
    this.#answered = refresh;
    this.#answer = answer;
    for (const page of this.#pages.keys()) {
      if (page > 0 && page * this.#pageRows >= answer.count) this.#pages.delete(page);
    }
  }

  #show(page: number, held: Held<T>): void {
    this.#pages.set(page, held);
    if (this.#pages.size <= this.#pagesMax) return;
    let oldest: number | undefined;
    let age = Infinity;
    for (const [key, { seen }] of this.#pages) {
      if (seen < age && !this.#wanted.includes(key)) {
        age = seen;
        oldest = key;
      }
    }
    if (oldest !== undefined) this.#pages.delete(oldest);
  }
}
