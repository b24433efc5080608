import { describe, expect, it } from 'vitest';
import { Heights } from './heights';

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('Heights', () => {
  it('agrees with adding up, through any changes', () => {
    const next = random(7);
    const plain = Array.from({ length: 137 }, () => 20 + Math.floor(next() * 400));
    const heights = new Heights(plain);
    for (let step = 0; step < 400; step += 1) {
      const index = Math.floor(next() * plain.length);
      const height = 20 + Math.floor(next() * 900);
      expect(heights.set(index, height), 'how much it grew').toBe(
        height - (plain[index] as number),
      );
      plain[index] = height;
      const probe = Math.floor(next() * (plain.length + 1));
      const top = plain.slice(0, probe).reduce((sum, one) => sum + one, 0);
      expect(heights.topOf(probe), `where section ${probe} begins`).toBe(top);
      if (probe < plain.length) {
        expect(heights.indexAt(top), 'its first pixel').toBe(probe);
        expect(heights.indexAt(top + (plain[probe] as number) - 1), 'its last pixel').toBe(probe);
      }
    }
    expect(heights.total).toBe(plain.reduce((sum, one) => sum + one, 0));
  });

  it('answers at and past the ends', () => {
    const heights = new Heights([30, 40]);
    expect(heights.indexAt(-5), 'above the top').toBe(0);
    expect(heights.indexAt(1e9), 'below the end').toBe(1);
    expect(heights.topOf(9), 'past the last').toBe(70);
    expect(heights.set(5, 10), 'a section that is not there does not grow').toBe(0);
    expect(new Heights([]).indexAt(0), 'an empty document').toBe(0);
  });

  it('passes over sections without a height', () => {
    expect(new Heights([10, 0, 0, 10]).indexAt(10)).toBe(3);
  });
});
