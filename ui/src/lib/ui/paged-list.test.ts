import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_IN_FLIGHT, PagedList, type Page } from './paged-list.svelte';

/** A core that answers on request, and counts what it is asked. */
class Slow {
  readonly asked: number[] = [];
  readonly waiting: (() => void)[] = [];
  total = 1_000;
  prefix = '';

  readonly load = (from: number, limit: number): Promise<Page<string>> => {
    this.asked.push(from);
    const page = this.page(from, limit);
    return new Promise((resolve) => this.waiting.push(() => resolve(page)));
  };

  page(from: number, limit: number): Page<string> {
    const length = Math.max(0, Math.min(limit, this.total - from));
    return {
      rows: Array.from({ length }, (_, at) => `${this.prefix}${from + at}`),
      count: this.total,
    };
  }

  async answer(): Promise<void> {
    for (const answer of this.waiting.splice(0)) answer();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

const pages = { pageRows: 10 };
let core: Slow;
let list: PagedList<string>;

beforeEach(() => {
  core = new Slow();
  list = new PagedList(core.load, pages);
});
afterEach(() => vi.useRealTimers());

describe('a paged list', () => {
  it('learns how many rows there are from its first page', async () => {
    list.want({ from: 0, to: 0 });
    expect(list.count).toBeUndefined();
    await core.answer();
    expect([list.count, list.row(9), list.row(10)]).toEqual([1_000, '9', undefined]);
  });

  it('asks once for each page in view, whatever the answers say', async () => {
    core.total = 10_000;
    for (let top = 0; top < 10_000; top += 5) {
      list.want({ from: top, to: Math.min(top + 30, list.count ?? 30) });
      while (core.waiting.length > 0) {
        // A count that is another one with every page, as when others work in the same place.
        core.total = 10_000 + (top % 3);
        await core.answer();
      }
    }
    expect(list.row((list.count ?? 0) - 1)).toBe(`${(list.count ?? 0) - 1}`);
    expect(core.asked.length, 'proportional to the pages seen').toBeLessThan(1_100);
  });

  it('reads a last page again that has become longer, once', async () => {
    core.total = 13;
    list.want({ from: 0, to: 13 });
    await core.answer();
    await core.answer();
    core.total = 15;
    list.refresh();
    await core.answer();
    await core.answer();
    await core.answer();
    expect([list.count, list.row(14)]).toEqual([15, '14']);
    const { length } = core.asked;
    list.want({ from: 0, to: 15 });
    expect(core.asked.length).toBe(length);
  });

  it('loads only what is still in view, a few pages at a time', async () => {
    list.want({ from: 0, to: 1 });
    await core.answer();
    for (let top = 100; top < 1_000; top += 10) list.want({ from: top, to: top + 10 });
    expect(core.asked).toHaveLength(1 + MAX_IN_FLIGHT);
    await core.answer();
    expect(core.asked.at(-1)).toBe(990);
    expect(core.asked, 'what was passed by was never asked for').toHaveLength(2 + MAX_IN_FLIGHT);
  });

  it('forgets the pages that were in view longest ago', () => {
    const small = new PagedList((from, limit) => core.page(from, limit), { ...pages, pagesMax: 3 });
    for (let top = 0; top < 50; top += 10) small.want({ from: top, to: top + 10 });
    expect([small.row(0), small.row(45)]).toEqual([undefined, '45']);
  });

  it('says what failed, and asks again on request', async () => {
    let fail = true;
    const failing = new PagedList<string>(
      (from, limit) => (fail ? Promise.reject(new Error('gone')) : core.page(from, limit)),
      pages,
    );
    failing.want({ from: 0, to: 10 });
    await vi.waitFor(() => expect(failing.error).toEqual(new Error('gone')));
    fail = false;
    failing.retry();
    expect([failing.error, failing.row(0)]).toEqual([undefined, '0']);
  });
});

describe('a refresh', () => {
  beforeEach(async () => {
    list.want({ from: 0, to: 20 });
    await core.answer();
    core.prefix = 'new ';
  });

  it('keeps old rows until the new ones are here', async () => {
    list.refresh();
    expect(list.row(0)).toBe('0');
    await core.answer();
    expect([list.row(0), list.row(19)]).toEqual(['new 0', 'new 19']);
  });

  it('uses the answer that is on its way, and asks once more for each page', async () => {
    const { length } = core.asked;
    list.refresh();
    list.refresh();
    list.refresh();
    expect(core.asked.length - length).toBe(2);
    await core.answer();
    expect(list.row(0), 'the first answer shows').toBe('new 0');
    expect(core.asked.length - length).toBe(4);
    await core.answer();
    expect(core.asked.length - length, 'and then it rests').toBe(4);
  });

  it('never starves: faster refreshes than answers still show rows', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const slow = new PagedList<number>(
      () =>
        new Promise((resolve) => {
          asked += 1;
          const rows = [asked];
          setTimeout(() => resolve({ rows, count: 1 }), 250);
        }),
      pages,
    );
    slow.want({ from: 0, to: 1 });
    const events = setInterval(() => slow.refresh(), 100);
    await vi.advanceTimersByTimeAsync(10_000);
    clearInterval(events);
    expect(slow.row(0), 'shows what was answered last').toBeGreaterThan(30);
    expect(asked, 'no more than one question at a time').toBeLessThanOrEqual(41);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(slow.row(0), 'ends with the answer to the last event').toBe(asked);
  });
});

describe('another question', () => {
  beforeEach(async () => {
    list.want({ from: 0, to: 20 });
    await core.answer();
  });

  it('shows the old rows until the view is complete, then only new ones', async () => {
    const other = new Slow();
    other.prefix = 'other ';
    list.ask(other.load);
    expect(list.row(0)).toBe('0');
    other.waiting.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(list.row(0), 'half of the view').toBe('0');
    await other.answer();
    expect([list.row(0), list.row(19)]).toEqual(['other 0', 'other 19']);
  });

  it('drops answers to the old one', async () => {
    list.refresh();
    const other = new Slow();
    other.prefix = 'other ';
    list.ask(other.load);
    await core.answer();
    expect(list.row(0)).toBe('0');
    await other.answer();
    await other.answer();
    await core.answer();
    expect(list.row(0)).toBe('other 0');
  });

  it('begins at the first page where less is left than was in view', async () => {
    list.want({ from: 900, to: 920 });
    await core.answer();
    const other = new Slow();
    other.total = 3;
    other.prefix = 'other ';
    list.ask(other.load);
    await other.answer();
    await other.answer();
    expect([list.count, list.row(0), list.row(900)]).toEqual([3, 'other 0', undefined]);
  });
});
