import { describe, expect, it } from 'vitest';
import { colourable, paint } from './paint';
import type { Segment } from './rows';

const plain = (text: string, emphasis = false): Segment => ({ text, emphasis, hidden: null });

describe('paint', () => {
  it('keeps segments as they are without colours', () => {
    expect(paint([plain('a'), plain('b', true)])).toEqual([
      { text: 'a', emphasis: false, kind: undefined, hidden: undefined },
      { text: 'b', emphasis: true, kind: undefined, hidden: undefined },
    ]);
  });

  it('cuts where the emphasis or the colour changes', () => {
    const parts = paint(
      [plain('const '), plain('ab', true), plain(' = 1')],
      [
        { length: 5, kind: 'keyword' },
        { length: 2, kind: '' },
        { length: 5, kind: 'constant' },
      ],
    );
    expect(parts.map(({ text, emphasis, kind }) => [text, emphasis, kind])).toEqual([
      ['const', false, 'keyword'],
      [' ', false, ''],
      ['a', true, ''],
      ['b', true, 'constant'],
      [' = 1', false, 'constant'],
    ]);
  });

  it('does not count hidden characters, which the grammar never saw', () => {
    const hidden = { name: 'ZERO WIDTH SPACE', code: 'U+200B' };
    const segments = [plain('ab'), { text: 'U+200B', emphasis: false, hidden }, plain('cd')];
    expect(colourable(segments)).toBe('abcd');
    expect(
      paint(segments, [{ length: 3, kind: 'string' }]).map(({ text, kind }) => [text, kind]),
    ).toEqual([
      ['ab', 'string'],
      ['U+200B', undefined],
      ['c', 'string'],
      ['d', undefined],
    ]);
  });
});
