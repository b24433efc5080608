import { describe, expect, it } from 'vitest';
import { field, unified } from './testing/rows';
import { extentOf, linesOf, mayWrap, tallRows, type Extent } from './wrap';

const NARROW = { width: 416, split: false };
const lineOf = (characters: number): Extent | undefined => {
  const [row] = unified(`+${'x'.repeat(characters)}`);
  return row && extentOf(0, row);
};
const may = (characters: number): boolean => {
  const extent = lineOf(characters);
  return extent !== undefined && mayWrap(extent, NARROW);
};

describe('the height of wrapped rows', () => {
  it.each([
    ['what is short in any column', 20, undefined],
    ['what fits', 40, 1],
    ['one more than fits', 41, 2],
    ['several lines', 200, 5],
  ])('guesses %s', (_, characters, lines) => {
    const extent = lineOf(characters);
    expect(extent && linesOf(extent, NARROW)).toBe(lines);
  });

  it('gives values that do not fit beside each other lines of their own', () => {
    const short = extentOf(0, field(0, 'title', 'modified', 'Blue shirt', 'Blue linen shirt'));
    const long = 'A sentence that goes on for a while. '.repeat(6);
    const both = extentOf(0, field(0, 'text', 'modified', long, long));
    expect(short && linesOf(short, { width: 800, split: false })).toBe(1);
    expect(both && linesOf(both, { width: 800, split: false })).toBe(6);
  });

  it('measures what may turn out taller than guessed', () => {
    expect(may(38), 'nearly as wide as the column').toBe(true);
    expect(may(25), 'well within it').toBe(false);
  });

  it('takes a measured height over the guess, in the order of rows whatever was read first', () => {
    const windows = new Map([
      [200, [{ row: 203, kind: 'unified', before: 0, after: 100 } as const]],
      [0, [{ row: 7, kind: 'unified', before: 0, after: 100 } as const]],
    ]);
    expect(tallRows(windows, NARROW, new Map([[7, 80]]))).toEqual([
      { row: 7, extra: 60 },
      { row: 203, extra: 40 },
    ]);
    expect(tallRows(windows, NARROW, new Map([[7, 20]])), 'it fits after all').toEqual([
      { row: 203, extra: 40 },
    ]);
  });
});
