import { describe, expect, it, vi } from 'vitest';
import type { DiffOf } from '../../generated/DiffOf';
import type { FieldRow } from '../../generated/FieldRow';
import type { Row } from '../../generated/Row';
import { Section, WINDOW_ROWS, type DiffPort } from './section.svelte';
import type { Columns } from './wrap';

const row = (at: number): Row => ({
  kind: 'unified',
  mark: 'context',
  before: at + 1,
  after: at + 1,
  line: {
    segments: [{ text: `line ${at + 1}`, emphasis: false, hidden: null }],
    ending: 'lf',
    ending_changed: false,
    skipped_chars: 0,
    truncated: null,
  },
});
const gap: Row = { kind: 'gap', id: 7, hidden: 40, opens_down: true, opens_up: true, hunk: null };

/** A core with one text of so many rows; what it was asked is in `asked`. */
function port(
  rows: number,
  at: (index: number) => Row = row,
): DiffPort & { asked: DiffOf[]; fail: boolean } {
  return {
    asked: [],
    fail: false,
    async diff(of) {
      this.asked.push(of);
      if (this.fail) throw new Error('no');
      return {
        content: { kind: 'text', language: '', rows, added: 1, removed: 0, hunks: [0] },
        change: 'modified',
        before: null,
        after: null,
        reasons: [],
        risk: 'low',
        reversible: true,
        limits: [],
      };
    },
    async rows({ from, limit }) {
      const count = Math.max(0, Math.min(limit, rows - from));
      return { kind: 'text', rows: Array.from({ length: count }, (_, index) => at(from + index)) };
    },
    documents: async () => ({ pair: null }),
  };
}

interface Looks {
  columns?: Columns;
  preview?: boolean;
}

function open(core: DiffPort, looks: Looks = {}, resource = 'theme/file:a'): Section {
  let made: Section | undefined;
  $effect.root(() => {
    made = new Section(
      core,
      { kind: 'release', release: 'r' },
      resource,
      'modified',
      () => false,
      () => looks.columns,
      () => looks.preview ?? false,
    );
  });
  return made as unknown as Section;
}

const longRow = (index: number): Row => {
  const made = row(index);
  const text = index === 2 ? 'x'.repeat(150) : `line ${index + 1}`;
  if (made.kind !== 'unified') return made;
  return { ...made, line: { ...made.line, segments: [{ text, emphasis: false, hidden: null }] } };
};

describe('Section', () => {
  it('forgets its rows when it is folded, and what its head says stays', async () => {
    const core = port(30);
    const section = open(core);
    await section.load();
    const { view } = section.reading ?? {};
    section.reading?.rows.want({ from: 0, to: 9 }, 30);
    expect(section.reading?.rows.row(3)).toBeDefined();
    section.folded = true;
    expect(section.holdsRows).toBe(false);
    expect(section.reading?.rows.row(3), 'forgotten').toBeUndefined();
    expect(section.reading?.view, 'for its head').toBe(view);
    section.folded = false;
    expect(section.shape, 'its place is known at once').toEqual({
      rows: 30,
      block: 0,
      inserts: [],
    });
    section.reading?.rows.want({ from: 0, to: 9 }, 30);
    await vi.waitFor(() => expect(section.reading?.rows.row(3)).toBeDefined());
    expect(core.asked.length, 'the diff is the same').toBe(1);
  });

  it('keeps its rows while somebody writes about them', async () => {
    const section = open(port(30));
    await section.load();
    section.drafts = [{ name: 'd', anchor: { kind: 'resource', resource: 'theme/file:a' } }];
    section.forget();
    expect(section.holdsRows).toBe(true);
    section.drafts = [];
    section.forget();
    expect(section.holdsRows).toBe(false);
  });

  it('reads once, and knows its shape then', async () => {
    const core = port(30);
    const section = open(core);
    expect(section.shape, 'not known yet').toBeUndefined();
    await Promise.all([section.load(), section.load()]);
    expect(core.asked.length).toBe(1);
    expect(section.shape).toEqual({ rows: 30, block: 0, inserts: [] });
    section.folded = true;
    expect(section.shape?.rows, 'folded').toBe(0);
  });

  it('reads again when it is to be looked at otherwise, and keeps what shows meanwhile', async () => {
    const core = port(30);
    const section = open(core);
    await section.load();
    section.mode = 'raw';
    const before = section.reading;
    const loading = section.load();
    expect(section.reading).toBe(before);
    await loading;
    expect(core.asked.map(({ mode }) => mode)).toEqual(['fields', 'raw']);
  });

  it('shows an SVG as its source first, and as a picture on demand', async () => {
    const core = port(30);
    const section = open(core, {}, 'theme/file:assets/logo.svg');
    await section.load();
    section.mode = 'fields';
    await section.load();
    expect(core.asked.map(({ mode }) => mode)).toEqual(['raw', 'fields']);
  });

  it('shows an error as its lead, and tries again', async () => {
    const core = port(30);
    const section = open(core);
    core.fail = true;
    await section.load();
    expect(section.hasLead).toBe(true);
    expect(section.shape).toMatchObject({ rows: 0, inserts: [{ row: -1 }] });
    core.fail = false;
    section.retry();
    await section.load();
    expect(section.shape).toEqual({ rows: 30, block: 0, inserts: [] });
  });

  it('opens the lines of a gap, of a text inside a document by its path', async () => {
    const core = port(3, (at) => (at === 1 ? gap : row(at)));
    const section = open(core);
    await section.load();
    section.reading?.rows.want({ from: 0, to: 3 }, 3);
    await section.expand(1, 20, 0);
    expect(core.asked.at(-1)?.expanded).toEqual([{ gap: 7, from_start: 20, from_end: 0 }]);
    await section.expand(0, 20, 0);
    expect(core.asked.length, 'a line is no gap').toBe(2);
  });

  it('puts threads under their rows as these are read', async () => {
    const section = open(port(500));
    section.threads = [
      {
        root: {
          id: 'c',
          by: { name: 'A', email: 'a@x' },
          at: 1,
          revision: 1,
          anchor: {
            kind: 'line',
            resource: 'theme/file:a',
            side: 'after',
            line: 301,
            text: 'line 301',
          },
          reply_to: null,
          body: 'x',
          resolved: false,
        },
        replies: [],
        reply_count: 0,
      },
    ];
    await section.load();
    expect(section.insertRows, 'not read yet').toEqual([]);
    section.reading?.rows.want({ from: 290, to: 310 }, 500);
    await new Promise((done) => setTimeout(done));
    expect(WINDOW_ROWS).toBe(200);
    expect(section.insertRows).toEqual([300]);
    section.measure(300, 88);
    expect(section.shape?.inserts).toEqual([{ row: 300, height: 88 }]);
  });

  it('keeps a draft at its line when a gap above it opens', async () => {
    // Lines 3 to 14 are hidden in row 2 until the gap is opened.
    let isOpen = false;
    const core = port(20, (at) => {
      if (isOpen || at < 2) return row(at);
      return at === 2 ? { ...gap, id: 2, hidden: 12 } : row(at + 11);
    });
    const section = open(core);
    await section.load();
    section.drafts = [
      {
        name: 'd',
        anchor: {
          kind: 'line',
          resource: 'theme/file:a',
          side: 'after',
          line: 16,
          text: 'line 16',
        },
      },
    ];
    expect([section.insertRows, section.draftsAt(4).length]).toEqual([[4], 1]);
    section.reading?.rows.want({ from: 0, to: 9 }, 9);
    isOpen = true;
    await section.expand(2, 12, 0);
    expect([section.insertRows, section.draftsAt(15).length]).toEqual([[15], 1]);
  });

  it('keeps a draft at its line of a text that is one field', async () => {
    let above = 0;
    const core: DiffPort = {
      ...port(3),
      rows: async () => ({
        kind: 'fields',
        rows: [
          {
            kind: 'group',
            depth: 0,
            path: 'text',
            label: 'text',
            value_type: 'string',
            change: 'modified',
            moved: null,
          },
          ...Array.from({ length: 2 + above }, (_, at): FieldRow => ({
            kind: 'text',
            depth: 1,
            path: 'text',
            row: row(at + 8 - above),
          })),
        ],
      }),
    };
    const section = open(core);
    await section.load();
    const anchor = { kind: 'field', resource: 'theme/file:a', path: 'text' } as const;
    section.drafts = [{ name: 'd', anchor, line: 'text:text:after:10' }];
    expect(section.insertRows).toEqual([2]);
    above = 5;
    section.mode = 'raw';
    await section.load();
    expect(section.insertRows).toEqual([7]);
  });

  it('gives wrapped lines the height that they have, as far as it is known', async () => {
    const columns = { width: 500, split: false };
    const section = open(port(5, longRow), { columns });
    await section.load();
    expect(section.shape?.tall, 'guessed').toEqual([{ row: 2, extra: 40 }]);
    section.measureRows([[2, 80]]);
    expect(section.shape?.tall, 'measured').toEqual([{ row: 2, extra: 60 }]);
    section.measureRows([[2, 20]]);
    expect(section.shape, 'it fits after all').not.toHaveProperty('tall');
  });

  it('does not wrap the lines of a very long text', async () => {
    const section = open(port(100_001, longRow), { columns: { width: 500, split: false } });
    await section.load();
    expect(section.room).toBeUndefined();
    expect(section.shape).not.toHaveProperty('tall');
    expect(section.widest, 'it is moved sideways instead').toBe(150);
  });

  it('opens the gap that is nearest to a row, and says where the row is then', async () => {
    const core = port(9, (at) => (at === 2 ? { ...gap, hidden: 12 } : row(at)));
    const section = open(core);
    await section.load();
    section.reading?.rows.want({ from: 0, to: 9 }, 9);
    expect(await section.expandNear(4), 'the twelve lines stand above it, the gap is gone').toBe(
      15,
    );
    expect(core.asked.at(-1)?.expanded).toEqual([{ gap: 7, from_start: 12, from_end: 0 }]);
    section.reading?.rows.want({ from: 0, to: 9 }, 9);
    expect(await section.expandNear(0), 'what opens below does not move it').toBe(0);
  });

  describe('as its readers know it', () => {
    const documents = (text: string): DiffPort => ({
      ...port(1),
      async diff() {
        const counts = { created: 0, modified: 1, deleted: 0 };
        return {
          before: null,
          after: null,
          reasons: [],
          limits: [],
          risk: 'low',
          reversible: true,
          change: 'modified',
          content: { kind: 'fields', rows: 1, counts, moved: 0, hunks: [0] },
        };
      },
      rows: async () => ({ kind: 'fields', rows: [] }),
      documents: async () => ({ pair: { before: text, after: text } }),
    });

    it('is one block, as tall as it is', async () => {
      const section = open(documents('{"a":1}'), { preview: true });
      await section.load();
      expect(section.reading?.pair).toEqual({ before: { a: 1 }, after: { a: 1 } });
      expect(section.rowCount, 'it has no rows to go to').toBe(0);
      section.measurePreview(123);
      expect(section.shape).toMatchObject({ rows: 0, block: 123 });
    });

    it('is read again after it was folded, and says the same meanwhile', async () => {
      const section = open(documents('{"a":1}'), { preview: true });
      await section.load();
      section.folded = true;
      expect(section.reading?.pair, 'forgotten').toBeNull();
      expect(section.isPreview && !section.lacksPreview, 'nothing is missing').toBe(true);
      section.folded = false;
      await section.load();
      expect(section.reading?.pair).toEqual({ before: { a: 1 }, after: { a: 1 } });
    });

    it('is shown by its rows, and says so, where it can not be shown whole', async () => {
      const section = open(documents('{"a":'), { preview: true });
      await section.load();
      expect(section.isPreview).toBe(false);
      expect(section.lacksPreview && section.hasLead).toBe(true);
      expect(section.rowCount).toBe(1);
    });
  });
});
