import { describe, expect, it } from 'vitest';
import type { CaptureInfo } from '../../generated/CaptureInfo';
import { foldEqual } from './captures';

const capture = (snapshot: string, at: number): CaptureInfo => ({
  snapshot,
  at,
  resources: 1,
  bytes: 1,
  created: 0,
  modified: 0,
  deleted: 0,
  unchanged: 1,
  unreadable: [],
  left_out: [],
});

describe('foldEqual', () => {
  it('makes one line of captures that found the same', () => {
    const runs = foldEqual([capture('b', 9), capture('b', 8), capture('b', 7), capture('a', 6)]);
    expect(runs.map(({ first, last, times }) => [last.at, first.at, times])).toEqual([
      [9, 7, 3],
      [6, 6, 1],
    ]);
  });

  it('keeps apart what was different in between', () => {
    const runs = foldEqual([capture('a', 3), capture('b', 2), capture('a', 1)]);
    expect(runs.map(({ times }) => times)).toEqual([1, 1, 1]);
  });
});
