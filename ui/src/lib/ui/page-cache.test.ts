import { describe, expect, it, vi } from 'vitest';
import { MAX_IN_FLIGHT, PageCache } from './page-cache.svelte';

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

describe('PageCache', () => {
  it('holds rows that come at once, at once', () => {
    const cache = new PageCache(numbers, 10);
    cache.want({ from: 5, to: 15 }, 100);
    expect(cache.row(5)).toBe(5);
    expect(cache.row(19), 'whole pages are loaded').toBe(19);
    expect(cache.row(20)).toBeUndefined();
  });

  it('does not ask beyond the end', () => {
    const load = vi.fn(numbers);
    new PageCache(load, 10).want({ from: 0, to: 25 }, 25);
    expect(load).toHaveBeenLastCalledWith(20, 25);
  });

  it('keeps old rows until the new ones are there', async () => {
    const cache = new PageCache<string>(() => ['old'], 10);
    cache.want({ from: 0, to: 1 }, 1);
    let answer: (rows: string[]) => void = () => undefined;
    cache.invalidate(() => new Promise((resolve) => (answer = resolve)));
    cache.want({ from: 0, to: 1 }, 1);
    expect(cache.row(0)).toBe('old');
    answer(['new']);
    await vi.waitFor(() => expect(cache.row(0)).toBe('new'));
  });

  it('drops answers that come after a newer question', async () => {
    let late: (rows: string[]) => void = () => undefined;
    const cache = new PageCache<string>(() => new Promise((resolve) => (late = resolve)), 10);
    cache.want({ from: 0, to: 1 }, 1);
    cache.invalidate(() => ['new']);
    cache.want({ from: 0, to: 1 }, 1);
    late(['late']);
    await Promise.resolve();
    expect(cache.row(0)).toBe('new');
  });

  it('loads only what is still wanted, a few pages at a time', async () => {
    const asked: number[] = [];
    const answers: (() => void)[] = [];
    const cache = new PageCache<number>((from, to) => {
      asked.push(from);
      return new Promise((resolve) => answers.push(() => resolve(numbers(from, to))));
    }, 10);
    for (let top = 0; top < 1000; top += 10) cache.want({ from: top, to: top + 10 }, 1000);
    expect(asked).toHaveLength(MAX_IN_FLIGHT);
    answers.splice(0).forEach((answer) => answer());
    await vi.waitFor(() => expect(asked).toContain(990));
    expect(asked, 'the pages passed by were never asked for').toHaveLength(MAX_IN_FLIGHT + 1);
  });

  it('forgets the pages that were wanted longest ago', () => {
    const cache = new PageCache(numbers, 10, 3);
    for (let top = 0; top < 50; top += 10) cache.want({ from: top, to: top + 10 }, 100);
    expect(cache.row(0)).toBeUndefined();
    expect(cache.row(45)).toBe(45);
  });

  it('says what failed and loads again on request', async () => {
    let fail = true;
    const cache = new PageCache<number>(
      (from, to) => (fail ? Promise.reject(new Error('gone')) : numbers(from, to)),
      10,
    );
    cache.want({ from: 0, to: 10 }, 10);
    await vi.waitFor(() => expect(cache.error).toEqual(new Error('gone')));
    fail = false;
    cache.retry();
    expect(cache.row(0)).toBe(0);
  });
});
