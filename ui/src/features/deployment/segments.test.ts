import { describe, expect, it } from 'vitest';
import type { OperationCounts } from '../../generated/OperationCounts';
import { length, segments, slices } from './segments';

const COUNTS: OperationCounts = {
  total: 290,
  pending: 70,
  unknown: 4,
  applied: 200,
  skipped: 10,
  failed: 6,
  reverted: 0,
};

describe('segments', () => {
  it('puts what runs and what failed on top, and leaves nothing out', () => {
    const list = segments(COUNTS, 'active', 'all');
    expect(list.map((one) => [one.states[0], one.count])).toEqual([
      ['unknown', 4],
      ['failed', 6],
      ['pending', 70],
      ['applied', 210],
    ]);
    expect(length(list), 'every operation is somewhere').toBe(COUNTS.total);
  });

  it('is one segment in the order of the plan and for one state', () => {
    expect(segments(COUNTS, 'plan', 'all')).toEqual([{ states: [], count: 290 }]);
    expect(segments(COUNTS, 'active', 'failed')).toEqual([{ states: ['failed'], count: 6 }]);
  });
});

describe('slices', () => {
  const list = segments(COUNTS, 'active', 'all');

  it('covers every window without a gap or an overlap', () => {
    for (const [from, to] of [
      [0, 3],
      [2, 12],
      [0, 290],
      [79, 81],
      [285, 400],
    ] as const) {
      const rows = slices(list, from, to).reduce((sum, slice) => sum + slice.limit, 0);
      expect(rows, `rows ${from} to ${to}`).toBe(Math.min(to, 290) - from);
    }
  });

  it('counts offsets from the start of each segment', () => {
    expect(slices(list, 2, 12)).toEqual([
      { states: ['unknown'], offset: 2, limit: 2 },
      { states: ['failed'], offset: 0, limit: 6 },
      { states: ['pending'], offset: 0, limit: 2 },
    ]);
  });

  it('is empty beyond the end', () => {
    expect(slices(list, 300, 400)).toEqual([]);
  });
});
