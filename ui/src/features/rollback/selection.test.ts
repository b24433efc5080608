import { describe, expect, it } from 'vitest';
import type { RollbackItem } from '../../generated/RollbackItem';
import {
  boxOf,
  buttonWords,
  choicesOf,
  consequences,
  exactPattern,
  filtered,
  isSimple,
  onlyOf,
  tally,
} from './selection';

function item(
  resource: string,
  kind: RollbackItem['action']['kind'],
  edited = false,
): RollbackItem {
  return {
    resource,
    action: { kind },
    current: null,
    target: null,
    deployed: null,
    source: 'backup',
    edited,
    edits: 'keep',
    changed_by: null,
    message: '',
    hint: '',
  };
}

const ITEMS = [
  item('object/products:a', 'restore'),
  item('object/products:b', 'keep', true),
  item('object/products:c', 'refuse'),
  item('theme/file:d', 'nothing'),
  item('theme/file:e', 'merge', true),
];

describe('tally', () => {
  it('counts what is chosen, and what could be', () => {
    expect(tally(ITEMS, new Set())).toEqual({
      restore: 1,
      merge: 1,
      keep: 1,
      nothing: 1,
      refuse: 1,
      available: 2,
    });
    const fewer = tally(ITEMS, new Set(['theme/file:e']));
    expect([fewer.merge, fewer.available]).toEqual([0, 2]);
  });
});

describe('isSimple', () => {
  const calm = [item('theme/file:a', 'restore'), item('theme/file:b', 'nothing')];
  it('is so when everything goes back and nothing is to be decided', () => {
    expect(isSimple(calm, new Set())).toBe(true);
    expect(isSimple(calm, new Set(['theme/file:a'])), 'something was left out').toBe(false);
    expect(isSimple(ITEMS, new Set()), 'an edit and a refusal').toBe(false);
  });
});

describe('onlyOf', () => {
  it('asks for all without a list', () => expect(onlyOf(ITEMS, new Set())).toEqual([]));

  it('names what is chosen and could be taken back', () => {
    expect(onlyOf(ITEMS, new Set(['object/products:a']))).toEqual(['theme/file:e']);
  });

  it.each([
    ['theme/file:a*b?.css', 'theme/file:a[*]b[?].css'],
    ['object/x:{a}[1]', 'object/x:[{]a[}][[]1[]]'],
    ['object/x:a\\b', 'object/x:a[\\]b'],
    ['theme/file:plain.liquid', 'theme/file:plain.liquid'],
  ])('writes %s so that it means only itself', (key, pattern) =>
    expect(exactPattern(key)).toBe(pattern),
  );
});

describe('choices', () => {
  it('sends what differs from the default', () => {
    const chosen = new Map([
      ['a', 'keep'],
      ['b', 'merge'],
    ] as const);
    expect(choicesOf(chosen, 'keep')).toEqual([['b', 'merge']]);
  });
});

describe('filter and box', () => {
  it('filters by text and by what happens', () => {
    expect(filtered(ITEMS, 'PRODUCTS', 'all')).toHaveLength(3);
    expect(filtered(ITEMS, '', 'edited').map((one) => one.resource)).toEqual([
      'object/products:b',
      'theme/file:e',
    ]);
    expect(filtered(ITEMS, 'theme', 'nothing')).toHaveLength(1);
  });

  it('says whether all, some or none are chosen', () => {
    expect(boxOf(ITEMS, new Set())).toBe(true);
    expect(boxOf(ITEMS, new Set(['theme/file:e']))).toBe('mixed');
    expect(boxOf(ITEMS.slice(1, 4), new Set()), 'nothing to choose').toBe(false);
  });
});

describe('words', () => {
  it('names counts and place', () => {
    const counts = tally(ITEMS, new Set());
    expect(buttonWords(counts, 'production')).toBe('Roll back 2 resources in production');
    expect(consequences(counts).map((line) => line.words)).toEqual([
      '1 resource put back as before the deployment',
      '1 resource merged with edits made since',
      '1 resource left with edits made since',
      '1 resource cannot be undone',
      '1 resource already as before',
    ]);
  });
});
