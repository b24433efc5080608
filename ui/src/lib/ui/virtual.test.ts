import { describe, expect, it } from 'vitest';
import {
  MAX_SCROLL_HEIGHT,
  contentPosition,
  extent,
  movedIndex,
  revealPosition,
  trackPosition,
  visibleRange,
} from './virtual';

const VIEWPORT = 600;

describe('positions', () => {
  it('are the same on track and content while the list fits', () => {
    const list = extent(10_000, 28);
    expect(list.track).toBe(280_000);
    expect(contentPosition(list, VIEWPORT, 123_456)).toBe(123_456);
    expect(trackPosition(list, VIEWPORT, 123_456)).toBe(123_456);
  });

  it.each([1_000_000, 10_000_000, 100_000_000])(
    'map %d rows onto a track a browser can hold',
    (count) => {
      const list = extent(count, 28);
      expect(list.track).toBe(MAX_SCROLL_HEIGHT);
      const end = list.content - VIEWPORT;
      expect(contentPosition(list, VIEWPORT, 0), 'the track starts at the first row').toBe(0);
      expect(
        contentPosition(list, VIEWPORT, list.track - VIEWPORT),
        'the track ends at the last row',
      ).toBe(end);
      for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.999, 1]) {
        const there = end * share;
        const back = contentPosition(list, VIEWPORT, trackPosition(list, VIEWPORT, there));
        expect(Math.abs(back - there), `the way back at ${share}`).toBeLessThan(0.01);
      }
    },
  );

  it('run in step near both ends of a compressed track', () => {
    const list = extent(5_000_000, 20);
    expect(contentPosition(list, VIEWPORT, 400_000)).toBe(400_000);
    expect(
      list.content - VIEWPORT - contentPosition(list, VIEWPORT, list.track - VIEWPORT - 400_000),
    ).toBe(400_000);
  });

  it('never decrease along the track', () => {
    const list = extent(3_000_000, 28);
    let before = -1;
    for (let top = 0; top <= list.track - VIEWPORT; top += 9_973) {
      const position = contentPosition(list, VIEWPORT, top);
      expect(position).toBeGreaterThan(before);
      before = position;
    }
  });
});

describe('visibleRange', () => {
  it.each([
    [0, { from: 0, to: 24 }],
    [14, { from: 0, to: 24 }],
    [280, { from: 8, to: 34 }],
    [999_999_999, { from: 100, to: 100 }],
  ])('at %d px', (top, range) => {
    expect(visibleRange(extent(100, 28), VIEWPORT, top, 2)).toEqual(range);
  });

  it('is empty for an empty list', () => {
    expect(visibleRange(extent(0, 28), VIEWPORT, 0, 5)).toEqual({ from: 0, to: 0 });
  });
});

describe('revealPosition', () => {
  const list = extent(1000, 28);
  it.each([
    ['stays where the row shows', 280, 15, 'nearest', 280],
    ['moves up to a row above', 280, 3, 'nearest', 84],
    ['moves down to a row below', 0, 50, 'nearest', 51 * 28 - VIEWPORT],
    ['puts a row at the start', 0, 50, 'start', 1400],
    ['does not scroll beyond the end', 0, 999, 'start', 28_000 - VIEWPORT],
    ['puts a row in the middle', 0, 500, 'center', 14_000 - 286],
  ] as const)('%s', (_name, top, index, align, position) => {
    expect(revealPosition(list, VIEWPORT, top, index, align)).toBe(position);
  });
});

describe('movedIndex', () => {
  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 99, 99],
    ['ArrowUp', 0, 0],
    ['PageDown', 0, 9],
    ['PageUp', 50, 41],
    ['Home', 50, 0],
    ['End', 50, 99],
    ['a', 50, undefined],
  ])('%s from %d', (key, from, to) => expect(movedIndex(key, from, 100, 10)).toBe(to));

  it('moves nowhere in an empty list', () =>
    expect(movedIndex('ArrowDown', -1, 0, 10)).toBeUndefined());
});
