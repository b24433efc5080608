import { describe, expect, it } from 'vitest';
import { blocksOf, type Block } from './blocks';
import type { Json } from './read';
import { changedRows, type TableBlock } from './table';
import { isHtml } from './values';

const product = (over: { [key: string]: Json } = {}): Json => ({
  title: 'Blue shirt',
  body_html: '<p>Soft cotton.</p>',
  tags: ['care', 'summer'],
  seo: { title: 'Shirts' },
  variants: [
    { sku: 'S', price: '29.00', options: { Size: 'S' } },
    { sku: 'M', price: '29.00', options: { Size: 'M' } },
  ],
  ...over,
});

const changed = (before: Json | undefined, after: Json | undefined): Block[] =>
  blocksOf({ before, after }).filter(({ change }) => change !== 'same');

const tableAt = (before: Json | undefined, after: Json | undefined): TableBlock => {
  const found = blocksOf({ before, after }).find((block) => block.kind === 'table');
  if (found?.kind !== 'table') throw new Error('a table was expected');
  return found;
};

describe('blocksOf', () => {
  it('tells the parts of a document by their shape, what names it first', () => {
    expect(
      blocksOf({ before: undefined, after: product() }).map(({ kind, path }) => `${kind} ${path}`),
    ).toEqual([
      'field title',
      'field seo › title',
      'words tags',
      'html body_html',
      'table variants',
    ]);
  });

  it('finds what changed, however deep', () => {
    const after = product({ seo: { title: 'Linen shirts' }, tags: ['summer', 'linen'] });
    expect(changed(product(), after)).toEqual([
      {
        kind: 'field',
        path: 'seo › title',
        field: 'seo.title',
        change: 'modified',
        before: 'Shirts',
        after: 'Linen shirts',
      },
      {
        kind: 'words',
        path: 'tags',
        field: 'tags',
        change: 'modified',
        isReordered: false,
        words: [
          { text: 'summer', change: 'same' },
          { text: 'linen', change: 'created' },
          { text: 'care', change: 'deleted' },
        ],
      },
    ]);
  });

  it.each<[string, Json | undefined, Json | undefined, string]>([
    ['a list that was empty', [], [{ sku: 'S' }], 'table'],
    ['a text that became HTML', 'plain', '<p>rich</p>', 'html'],
    ['a list that became a text', ['a'], 'a', 'field'],
    ['things of several kinds', undefined, ['a', { b: 1 }], 'field'],
    ['an empty object', undefined, {}, 'field'],
  ])('takes %s for what fits both sides', (_, before, after, kind) => {
    const pair = {
      before: before === undefined ? undefined : { it: before },
      after: after === undefined ? undefined : { it: after },
    };
    expect(blocksOf(pair).map((block) => block.kind)).toEqual([kind]);
  });

  it.each<[string, Json, Json]>([
    ['a number that became a text', 1, '1'],
    ['an empty text that became nothing', '', null],
    ['words in another order', ['a', 'b'], ['b', 'a']],
    ['a word that stands twice', ['a', 'a'], ['a']],
    ['a list in a tree that went', [{ title: 'a', it: [] }], [{ title: 'a' }]],
  ])('shows %s as a change', (_, before, after) => {
    expect(changed({ it: before }, { it: after })).toHaveLength(1);
  });

  it('takes things that fit no table for themselves', () => {
    const schema = (label: string): Json => [
      { name: 'Info', version: '1' },
      {
        name: 'Colours',
        settings: [
          { id: 'ink', label },
          { id: 'paper', label: 'Paper' },
        ],
      },
    ];
    expect(
      changed(schema('Ink'), schema('Text')).map(({ kind, path }) => `${kind} ${path}`),
    ).toEqual(['table Colours › settings']);
    const [first, second] = schema('Ink') as Json[];
    expect(changed([first, second] as Json, [second, first] as Json)).toEqual([
      expect.objectContaining({ kind: 'words', isReordered: true }),
    ]);
  });

  it('names parts as remarks do', () => {
    const fields = blocksOf({ before: undefined, after: { 'a b': { c: 1 }, d: { 'e.f': 2 } } });
    expect(fields.map(({ field }) => field)).toEqual(['["a b"].c', 'd["e.f"]']);
  });

  it('does not take every angle bracket for HTML', () => {
    expect(['a < b and c > d', '<unfinished', 'if <x> then'].map(isHtml)).toEqual([
      false,
      false,
      false,
    ]);
    expect(['<b>x</b>', 'one<br>two', '<p class="a">x</p>'].map(isHtml)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('a table', () => {
  it('matches rows by what names them, and shows which cells changed', () => {
    const table = tableAt(
      product(),
      product({
        variants: [
          { sku: 'M', price: '34.00', options: { Size: 'M' } },
          { sku: 'L', price: '34.00', options: { Size: 'L' } },
        ],
      }),
    );
    expect(table.columns).toEqual(['sku', 'price', 'options › Size']);
    expect(
      table.rows.map(({ change, cells }) => [change, cells[0]?.after || cells[0]?.before]),
    ).toEqual([
      ['deleted', 'S'],
      ['modified', 'M'],
      ['created', 'L'],
    ]);
    expect(table.rows[1]?.cells[1]).toEqual({
      before: '29.00',
      after: '34.00',
      change: 'modified',
    });
    expect(table.isReordered).toBe(false);
  });

  it('tells another order from other content', () => {
    const [a, b] = [{ sku: 'S' }, { sku: 'M' }];
    const table = tableAt({ variants: [a, b] }, { variants: [b, a] });
    expect(table.rows.every(({ change }) => change === 'same')).toBe(true);
    expect(table.isReordered).toBe(true);
    expect(table.change).toBe('modified');
  });

  it('shows a tree as rows under one another', () => {
    const menu = {
      items: [
        { title: 'Shop', items: [{ title: 'New', items: [] }] },
        { title: 'Help', items: [] },
      ],
    };
    const table = tableAt(undefined, menu);
    expect(table.columns).toEqual(['title']);
    expect(table.rows.map(({ depth, cells }) => [depth, cells[0]?.after])).toEqual([
      [0, 'Shop'],
      [1, 'New'],
      [0, 'Help'],
    ]);
  });

  it('shows what changed under what it stands in', () => {
    const menu = (title: string): Json => ({
      items: [
        { title: 'Shop', items: [{ title, items: [] }] },
        { title: 'Help', items: [] },
      ],
    });
    const shown = changedRows(tableAt(menu('New'), menu('Sale')));
    expect(
      shown.map(({ change, cells }) => `${change} ${cells[0]?.after || cells[0]?.before}`),
    ).toEqual(['same Shop', 'deleted New', 'created Sale']);
  });

  it('hides no change, however small', () => {
    const table = tableAt(
      { rows: [{ id: 1, a: '1', b: null, c: '' }] },
      { rows: [{ id: 1, a: 1, b: '', c: '' }] },
    );
    expect(table.columns).toEqual(['id', 'a', 'b']);
    expect(table.rows[0]?.cells.slice(1)).toEqual([
      { before: '"1"', after: '1', change: 'modified' },
      { before: 'null', after: '""', change: 'modified' },
    ]);
  });

  it('takes names with values for columns', () => {
    const variant = (size: string, type: string): Json => ({
      variants: [
        {
          sku: 'S',
          options: [{ name: 'Size', value: size }],
          metafields: [{ namespace: 'custom', key: 'fit', type, value: 'slim' }],
        },
      ],
    });
    const table = tableAt(variant('S', 'text'), variant('M', 'list'));
    expect(table.columns).toEqual([
      'sku',
      'options › Size',
      'metafields › custom.fit',
      'metafields › custom.fit › type',
    ]);
    expect(table.rows[0]?.cells.map(({ change }) => change)).toEqual([
      'same',
      'modified',
      'same',
      'modified',
    ]);
  });

  it('goes by the place where nothing names the rows', () => {
    const table = tableAt({ rows: [{ a: 1 }, { a: 1 }] }, { rows: [{ a: 1 }, { a: 2 }] });
    expect(table.rows.map(({ change }) => change)).toEqual(['same', 'modified']);
  });
});
