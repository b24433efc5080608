import { describe, expect, it } from 'vitest';
import type { DiffOf } from '../../generated/DiffOf';
import { DiffDocument, type Entry } from './document.svelte';
import type { DiffPort, Section } from './section.svelte';
import { line } from './testing/rows';

const COUNT = 400;

function open(folded: (resource: string) => boolean = () => false): {
  doc: DiffDocument;
  asked: DiffOf[];
} {
  const asked: DiffOf[] = [];
  const port: DiffPort = {
    async diff(of) {
      asked.push(of);
      return {
        content: { kind: 'text', language: '', rows: 1, added: 1, removed: 0, hunks: [0] },
        change: 'created',
        before: null,
        after: null,
        reasons: [],
        risk: 'low',
        reversible: true,
        limits: [],
      };
    },
    rows: async () => ({
      kind: 'text',
      rows: [{ kind: 'unified', mark: 'added', before: null, after: 1, line: line('x') }],
    }),
    documents: async () => ({ pair: null }),
  };
  const doc = new DiffDocument(
    port,
    { kind: 'release', release: 'r' },
    {
      split: () => false,
      isFolded: folded,
      wantsPreview: () => false,
    },
  );
  doc.take(
    Array.from({ length: COUNT }, (_, at): Entry => {
      return { resource: `a:${at}`, change: 'created', before: 0, after: 10 };
    }),
  );
  return { doc, asked };
}

/** Goes through the document as scrolling does, a few changes in view at a time. */
async function scroll(doc: DiffDocument): Promise<Section[]> {
  const met: Section[] = [];
  for (let at = 0; at < COUNT; at += 4) {
    const placed = [at, at + 1, at + 2, at + 3].map((index) => ({
      index,
      top: 0,
      height: 100,
      from: 0,
    }));
    for (const { index } of placed) {
      const section = doc.section(index);
      if (section) met.push(section);
    }
    doc.want(placed);
    await Promise.all(placed.map(({ index }) => doc.section(index)?.load()));
  }
  return met;
}

describe('DiffDocument', () => {
  it('forgets the rows of what is out of sight', async () => {
    const { doc, asked } = open();
    const met = await scroll(doc);
    expect(new Set(asked.map(({ resource }) => resource)).size).toBe(COUNT);
    const holding = met.filter((section) => section.holdsRows);
    expect(holding.length).toBeLessThanOrEqual(60);
    expect(met.at(-1)?.holdsRows, 'what is in view is not forgotten').toBe(true);
  });

  it('forgets folded changes too, but not that they are folded', async () => {
    const { doc } = open();
    const first = doc.section(0);
    if (first) {
      first.folded = true;
      first.isTouched = true;
    }
    await scroll(doc);
    const again = doc.section(0);
    expect(again, 'it was forgotten').not.toBe(first);
    expect(again?.folded).toBe(true);
    expect(doc.section(1)?.folded).toBe(false);
  });
});

it('opens an SVG as its source', () => {
  const { doc } = open();
  doc.take([
    { resource: 'theme/file:assets/logo.svg', change: 'created', before: 0, after: 10 },
    { resource: 'theme/file:assets/theme.css', change: 'created', before: 0, after: 10 },
  ]);
  expect([doc.section(0)?.mode, doc.section(1)?.mode]).toEqual(['raw', 'fields']);
});
