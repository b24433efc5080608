import { render } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { Row } from '../../generated/Row';
import FieldLine from './FieldLine.svelte';
import GapLine from './GapLine.svelte';
import { anchorOf, widthOf, type GapRow, type LineRow, type ValueRow } from './rows';
import TextLine from './TextLine.svelte';

const line = (text: string, over: object = {}): never =>
  ({
    segments: [{ text, emphasis: false, hidden: null }],
    ending: 'lf',
    ending_changed: false,
    skipped_chars: 0,
    truncated: null,
    ...over,
  }) as never;
const removed: LineRow = {
  kind: 'unified',
  mark: 'removed',
  before: 18,
  after: null,
  line: line('old'),
};
const pair: LineRow = {
  kind: 'split',
  changed: true,
  left: { number: 18, line: line('old') },
  right: { number: 19, line: line('new') },
};

describe('TextLine', () => {
  it('paints numbers and sign beside the text, so that only the text is copied', () => {
    const { container } = render(TextLine, { row: removed });
    expect(container.textContent?.trim()).toBe('old');
    const numbers = [...container.querySelectorAll('.number')].map((one) =>
      one.getAttribute('data-number'),
    );
    expect(numbers).toEqual(['18', '']);
    expect(container.querySelector('.sign')?.getAttribute('data-sign')).toBe('−');
  });

  it('shows both sides of a pair, and an empty one where a side has no line', () => {
    const { container } = render(TextLine, { row: { ...pair, left: null } as LineRow });
    expect(
      [...container.querySelectorAll('.half')].map((half) => half.textContent?.trim()),
    ).toEqual(['', 'new']);
    expect(container.querySelector('.missing')).not.toBeNull();
  });

  it.each([
    ['the missing newline', { ending: 'none' }, 'no newline at end of file'],
    ['another ending', { ending: 'cr_lf', ending_changed: true }, 'ends with CRLF'],
    ['a cut', { truncated: 40_000 }, 'cut: this line has 40,000 characters'],
    [
      'a cut in the middle',
      { truncated: 40_000, skipped_chars: 19_800 },
      'cut from character 19,801',
    ],
  ])('says %s', (_, over, words) => {
    const { container } = render(TextLine, {
      row: { ...removed, line: line('x', over) } as LineRow,
    });
    expect(container.querySelector('.note')?.textContent).toContain(words);
  });

  it('names characters that can’t be seen', () => {
    const segments = [
      { text: 'a', emphasis: false, hidden: null },
      {
        text: 'U+202E',
        emphasis: true,
        hidden: { name: 'RIGHT-TO-LEFT OVERRIDE', code: 'U+202E' },
      },
    ];
    const { container } = render(TextLine, {
      row: { ...removed, line: line('', { segments }) } as LineRow,
    });
    const shown = container.querySelector('.hidden-character');
    expect(shown?.textContent).toBe('U+202E');
    expect(shown?.getAttribute('title')).toBe('RIGHT-TO-LEFT OVERRIDE (U+202E)');
  });
});

describe('GapLine', () => {
  const gap: GapRow = {
    kind: 'gap',
    id: 4,
    hidden: 100,
    opens_down: true,
    opens_up: true,
    hunk: null,
  };

  it('opens lines from its start, from its end, or all', async () => {
    const onexpand = vi.fn();
    const { getByRole } = render(GapLine, { gap, onexpand });
    await userEvent.click(getByRole('button', { name: /lines below the row above/u }));
    await userEvent.click(getByRole('button', { name: /lines above the row below/u }));
    await userEvent.click(getByRole('button', { name: /Show all/u }));
    expect(onexpand.mock.calls).toEqual([
      [20, 0],
      [0, 20],
      [100, 0],
    ]);
  });

  it('offers only all of a few lines', () => {
    const { getAllByRole } = render(GapLine, { gap: { ...gap, hidden: 30 }, onexpand: vi.fn() });
    expect(getAllByRole('button').length).toBe(1);
  });
});

describe('FieldLine', () => {
  const value = (text: string): never =>
    ({
      value_type: 'string',
      segments: [{ text, emphasis: false, hidden: null }],
      skipped_chars: 0,
      truncated: null,
    }) as never;
  const field = (over: object): ValueRow =>
    ({
      kind: 'field',
      depth: 0,
      path: 'title',
      label: 'title',
      change: 'modified',
      moved: null,
      before: value('a'),
      after: value('b'),
      ...over,
    }) as ValueRow;

  it('shows before and after', () => {
    const { container } = render(FieldLine, { row: field({}) });
    expect(container.querySelector('.before')?.textContent).toBe('a');
    expect(container.querySelector('.after')?.textContent).toBe('b');
  });

  it('says from where to where an element moved', () => {
    const row = field({ change: 'moved', moved: { from: 0, to: 2 }, before: null });
    expect(render(FieldLine, { row }).container.textContent).toContain('moved 1 → 3');
  });

  it.each([
    ['[sku=TEE-M]', 'TEE-M'],
    ['[name="a]b"]', 'a]b'],
    ['[3]', '#4'],
    ['price', 'price'],
  ])('names %s as %s', (label, shown) => {
    const { container } = render(FieldLine, { row: field({ label }) });
    expect(container.querySelector('.name')?.textContent).toBe(shown);
  });
});

describe('rows', () => {
  it.each<[string, Row, 'before' | 'after' | undefined, unknown]>([
    ['a removed line', removed, undefined, { side: 'before', line: 18, text: 'old' }],
    ['a pair: the side after', pair, undefined, { side: 'after', line: 19, text: 'new' }],
    [
      'a pair: the side that was clicked',
      pair,
      'before',
      { side: 'before', line: 18, text: 'old' },
    ],
  ])('anchors a comment on %s', (_, row, side, expected) => {
    expect(anchorOf('r', row, side)).toMatchObject({
      kind: 'line',
      resource: 'r',
      ...(expected as object),
    });
  });

  it('counts a tab as two characters', () => {
    expect(widthOf({ ...removed, line: line('\ta') } as Row)).toBe(3);
  });
});
