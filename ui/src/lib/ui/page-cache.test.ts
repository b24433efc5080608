import { describe, expect, it, vi } from 'vitest';
import { PageCache } from './page-cache.svelte';

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
    const cache = new PageCache(load, 10);
    cache.want({ from: 0, to: 25 }, 25);
    expect(load).toHaveBeenLastCalledWith(20, 25);
    cache.want({ from: 0, to: 0 }, 0);
    expect(load).toHaveBeenCalledTimes(3);
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
