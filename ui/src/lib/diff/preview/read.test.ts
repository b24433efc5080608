import { describe, expect, it } from 'vitest';
import type { DocumentPair } from '../../../generated/DocumentPair';
import type { DocumentsGet } from '../../../generated/DocumentsGet';
import type { DiffPort } from '../section.svelte';
import { readPair } from './read';

const SOURCE = { kind: 'release', release: 'r' } as const;

function port(pair: DocumentPair | null): DiffPort & { asked: DocumentsGet[] } {
  const asked: DocumentsGet[] = [];
  return {
    asked,
    documents: async (get: DocumentsGet) => {
      asked.push(get);
      return { pair };
    },
  } as unknown as DiffPort & { asked: DocumentsGet[] };
}

describe('readPair', () => {
  it('asks once for both sides', async () => {
    const core = port({ before: '{\n  "a": 1\n}', after: '{\n  "a": 2\n}\n' });
    expect(await readPair(core, SOURCE, 'object/product:a')).toEqual({
      before: { a: 1 },
      after: { a: 2 },
    });
    expect(core.asked).toEqual([{ source: SOURCE, resource: 'object/product:a' }]);
  });

  it('has nothing on a side that does not exist', async () => {
    const core = port({ before: null, after: '{"a": 1}' });
    expect(await readPair(core, SOURCE, 'x')).toEqual({ before: undefined, after: { a: 1 } });
  });

  it('loses no digit', async () => {
    const core = port({ before: null, after: '{\n  "a": 12345678901234567890,\n  "b": 1\n}' });
    const pair = await readPair(core, SOURCE, 'x');
    expect(pair?.after).toEqual({ a: '12345678901234567890', b: 1 });
  });

  it.each<[string, DocumentPair | null]>([
    ['the core has none', null],
    ['it is too long', { before: null, after: `[${'1,\n'.repeat(12_000)}1]` }],
    ['it is no JSON', { before: null, after: '{ "a": ' }],
  ])('has nothing to show when %s', async (_, pair) =>
    expect(await readPair(port(pair), SOURCE, 'x')).toBeUndefined(),
  );
});
