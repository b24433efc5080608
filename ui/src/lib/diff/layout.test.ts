import { describe, expect, it } from 'vitest';
import { guessShape, HEADER_HEIGHT, ROW_HEIGHT, SECTION_GAP, SectionLayout } from './layout';

const H = HEADER_HEIGHT;
const R = ROW_HEIGHT;

describe('SectionLayout', () => {
  it('places rows under the header', () => {
    const layout = new SectionLayout({ rows: 10, block: 0, inserts: [] });
    expect(layout.height).toBe(H + 10 * R + SECTION_GAP);
    expect(layout.rowTop(3)).toBe(H + 3 * R);
    expect(layout.rowAt(H + 3 * R + 1)).toBe(3);
    expect(layout.rowAt(0), 'in the header').toBe(0);
    expect(layout.rowAt(1e6), 'below the end').toBe(9);
  });

  it('makes room for inserts, the lead included', () => {
    const layout = new SectionLayout({
      rows: 10,
      block: 0,
      inserts: [
        { row: -1, height: 50 },
        { row: 2, height: 100 },
      ],
    });
    expect(layout.insertTop(-1)).toBe(H);
    expect(layout.rowTop(0)).toBe(H + 50);
    expect(layout.insertTop(2)).toBe(H + 50 + 3 * R);
    expect(layout.rowTop(3)).toBe(H + 150 + 3 * R);
    expect(layout.rowAt(H + 50 + 3 * R + 99), 'inside the insert').toBe(2);
    expect(layout.rowAt(H + 150 + 3 * R), 'the row after it').toBe(3);
    expect(layout.rowAt(H + 10), 'inside the lead').toBe(0);
    for (let row = 0; row < 10; row += 1) {
      expect(layout.rowAt(layout.rowTop(row)), `row ${row} and back`).toBe(row);
    }
  });

  it('answers which rows show', () => {
    const layout = new SectionLayout({ rows: 1_000_000, block: 0, inserts: [] });
    expect(layout.rowsBetween(H + 500_000 * R, H + 500_050 * R)).toEqual({
      from: 500_000,
      to: 500_051,
    });
    expect(layout.rowsBetween(-400, 10), 'only the header').toEqual({ from: 0, to: 0 });
    const image = new SectionLayout({ rows: 0, block: 300, inserts: [] });
    expect(image.rowsBetween(0, 500), 'a body without rows').toEqual({ from: 0, to: 0 });
  });
});

describe('guessShape', () => {
  it.each([
    ['a created file by its size', 'theme/file:a.css', 0, 3600, 100],
    ['a deleted file by its size', 'theme/file:a.css', 3600, 0, 100],
    ['a modification by what is usual', 'theme/file:a.css', 90_000, 90_000, 14],
    ['a small modification by its size', 'object/product:a', 70, 72, 2],
    ['an empty file as one row', 'theme/file:a.css', 0, 0, 1],
  ])('takes %s', (_, resource, before, after, rows) => {
    expect(guessShape(resource, before, after).rows).toBe(rows);
  });

  it('takes images for a block', () => {
    expect(guessShape('theme/file:assets/hero.PNG', 5, 5)).toMatchObject({ rows: 0, block: 340 });
  });
});

describe('wrapped rows', () => {
  const layout = new SectionLayout({
    rows: 10,
    block: 0,
    inserts: [
      { row: -1, height: 50 },
      { row: 2, height: 100 },
    ],
    tall: [
      { row: 2, extra: 2 * R },
      { row: 5, extra: R },
    ],
  });

  it('push down what follows, and stand above what is under them', () => {
    expect(layout.rowTop(2)).toBe(H + 50 + 2 * R);
    expect(layout.rowHeight(2)).toBe(3 * R);
    expect(layout.insertTop(2)).toBe(H + 50 + 5 * R);
    expect(layout.rowTop(3)).toBe(H + 150 + 5 * R);
    expect(layout.rowTop(6)).toBe(H + 150 + 9 * R);
    expect(layout.height).toBe(H + 150 + 13 * R + SECTION_GAP);
  });

  it('are found at every position that they have', () => {
    for (let row = 0; row < 10; row += 1) {
      expect(layout.rowAt(layout.rowTop(row)), `the top of row ${row}`).toBe(row);
      const bottom = layout.rowTop(row) + layout.rowHeight(row) - 1;
      expect(layout.rowAt(bottom), `the bottom of row ${row}`).toBe(row);
    }
    expect(layout.rowAt(layout.insertTop(2) + 50), 'in the insert').toBe(2);
  });
});
