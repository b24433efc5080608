import { describe, expect, it } from 'vitest';
import { addSample, rate, rateWords, remaining, remainingWords, type Sample } from './pace';

function seen(...points: [number, number][]): Sample[] {
  return points.reduce<Sample[]>((list, [at, settled]) => addSample(list, { at, settled }), []);
}

describe('rate', () => {
  it('says nothing before there is enough to go by', () => {
    expect(rate([], 0)).toBeUndefined();
    expect(rate(seen([0, 0], [500, 10]), 500), 'half a second is too short').toBeUndefined();
    expect(rate(seen([0, 5], [4000, 5]), 4000), 'nothing happened').toBeUndefined();
  });

  it('is operations a second over the window', () => {
    expect(rate(seen([0, 0], [1000, 10], [2000, 20]), 2000)).toBe(10);
  });

  it('falls while nothing happens', () => {
    expect(rate(seen([0, 0], [2000, 20]), 4000)).toBe(5);
  });

  it('forgets what is older than the window', () => {
    const list = seen([0, 0], [1000, 1000], [30_000, 1010], [40_000, 1020]);
    expect(list[0], 'the burst of the first second is gone').toEqual({ at: 1000, settled: 1000 });
    expect(rate(list, 40_000)).toBeLessThan(1);
  });

  it('starts anew when a retry puts operations back', () => {
    expect(seen([0, 0], [1000, 10], [2000, 4])).toEqual([{ at: 2000, settled: 4 }]);
  });
});

describe('remaining', () => {
  it('prefers what the core says', () => {
    expect(remaining(10, 4000, 1)).toBe(4000);
    expect(remaining(10, null, 2)).toBe(5000);
    expect(remaining(10, null, undefined)).toBeUndefined();
    expect(remaining(0, null, undefined)).toBe(0);
  });
});

describe('words', () => {
  it.each([
    [42.3, '42 / s'],
    [4.26, '4.3 / s'],
    [0.5, '30 / min'],
    [0.001, '1 / min'],
  ])('rate %d', (value, words) => expect(rateWords(value)).toBe(words));

  it.each([
    [0, 'a few seconds left'],
    [12_000, '20 s left'],
    [54_000, '60 s left'],
    [61_000, '2 min left'],
    [3_600_000, '1 h left'],
    [5_400_000, '1 h 30 min left'],
    [7_190_000, '2 h left'],
  ])('%d ms', (ms, words) => expect(remainingWords(ms)).toBe(words));
});
