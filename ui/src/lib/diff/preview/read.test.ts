import { describe, expect, it } from 'vitest';
import { line, unified } from '../testing/rows';
import type { DiffOf } from '../../../generated/DiffOf';
import type { DiffRowsGet } from '../../../generated/DiffRowsGet';
import type { DiffRow } from '../rows';
import type { DiffPort } from '../section.svelte';
import { pairOf, readPair } from './read';

describe('pairOf', () => {
  it('puts both sides together', () => {
    const rows = unified(' {\n-  "a": 1,\n+  "a": 2,\n   "b": "x"\n }');
    expect(pairOf(rows)).toEqual({ before: { a: 1, b: 'x' }, after: { a: 2, b: 'x' } });
  });

  it('has nothing on a side that does not exist', () => {
    expect(pairOf(unified('+{\n+  "a": 1\n+}'))).toEqual({ before: undefined, after: { a: 1 } });
  });

  it('loses no digit, and no character that can not be seen', () => {
    const rows = unified('+{\n+  "a": 12345678901234567890,\n+  "b": "⟦MARK U+202E⟧"\n+}');
    expect(pairOf(rows)?.after).toEqual({ a: '12345678901234567890', b: '\u202e' });
  });

  it.each<[string, DiffRow[]]>([
    [
      'a line is cut',
      [
        {
          kind: 'unified',
          mark: 'added',
          before: null,
          after: 1,
          line: line('"x', { truncated: 9000 }),
        },
      ],
    ],
    ['lines are hidden', unified('@12\n {\n }')],
    ['it is no JSON', unified('+{ "a": ')],
  ])('has nothing to show when %s', (_, rows) => expect(pairOf(rows)).toBeUndefined());
});

describe('readPair', () => {
  it('opens every gap', async () => {
    const folded = unified('@2\n-  "a": 1\n+  "a": 2\n }');
    const whole = unified(' {\n   "c": 0,\n-  "a": 1\n+  "a": 2\n }');
    const asked: DiffOf[] = [];
    const port = {
      diff: async () => ({ content: { kind: 'text', rows: folded.length } }),
      rows: async ({ diff, from, limit }: DiffRowsGet) => {
        asked.push(diff);
        const rows = diff.expanded.length > 0 ? whole : folded;
        return { kind: 'text', rows: rows.slice(from, from + limit) };
      },
    } as unknown as DiffPort;
    expect(await readPair(port, 'r', 'object/product:a')).toEqual({
      before: { c: 0, a: 1 },
      after: { c: 0, a: 2 },
    });
    expect(asked.at(-1)?.expanded).toEqual([{ gap: 0, from_start: 2, from_end: 0 }]);
    expect(asked.every(({ mode }) => mode === 'raw')).toBe(true);
  });
});
