import { describe, expect, it } from 'vitest';
import { blocksOf, type Block } from './blocks';
import type { Json } from './read';
import { changedRows, columnsShown, headingsOf, tableOf } from './table';
import { keyParts, labelOf, referenceOf } from './values';

const ref = (key: string): Json => ({ ref: key });

const changed = (before: Json | undefined, after: Json | undefined): Block[] =>
  blocksOf({ before, after }).filter(({ change }) => change !== 'same');

describe('documents of a store', () => {
  it('say where references lead, and nothing of how they are written', () => {
    const product = (others: string[]): Json => ({
      metafields: {
        'custom.goes_with': {
          type: 'list.product_reference',
          value: others.map((name) => ref(`shopify/product:${name}`)),
        },
        'custom.maker': {
          type: 'metaobject_reference',
          value: ref(`shopify/metaobject:maker/${others[0] ?? ''}`),
        },
      },
    });
    expect(changed(product(['a', 'b']), product(['b', 'c']))).toEqual([
      expect.objectContaining({
        kind: 'field',
        path: 'metafields › custom.maker',
        // As remarks about it name it, in every look.
        field: 'metafields["custom.maker"].value.ref',
        before: 'shopify/metaobject:maker/a',
        after: 'shopify/metaobject:maker/b',
      }),
      expect.objectContaining({
        kind: 'words',
        path: 'metafields › custom.goes_with',
        field: 'metafields["custom.goes_with"].value',
        words: [
          { text: 'shopify/product:b', change: 'same' },
          { text: 'shopify/product:c', change: 'created' },
          { text: 'shopify/product:a', change: 'deleted' },
        ],
      }),
    ]);
  });

  it('tell a type that changes', () => {
    const typed = (type: string): Json => ({ fields: { it: { type, value: 'x' } } });
    expect(changed(typed('url'), typed('single_line_text_field'))).toEqual([
      expect.objectContaining({ path: 'fields › it › type' }),
    ]);
  });

  it('list what one thing holds, one by one', () => {
    const sources = (...names: string[]): Json => ({
      sources: [
        {
          title: 'Products',
          inclusion: {
            products: names.map((name) => ({ product: ref(`shopify/product:${name}`) })),
          },
        },
      ],
    });
    expect(changed(sources('a'), sources('a', 'b'))).toEqual([
      expect.objectContaining({
        kind: 'words',
        path: 'sources › Products › inclusion › products',
      }),
    ]);
  });

  const variant = (size: string, price: string): { [key: string]: Json } => ({
    sku: `TEE-${size}`,
    options: { Size: size },
    price,
    inventoryPolicy: 'DENY',
    taxable: true,
    inventory: { tracked: true, requiresShipping: true, weight: { value: 120, unit: 'GRAMS' } },
    metafields: { 'custom.cut': { type: 'single_line_text_field', value: 'wide' } },
  });

  it('show of variants what names them and what changed, before what is the same in all', () => {
    const table = tableOf(
      'variants',
      [variant('S', '10.00'), variant('M', '10.00')],
      [variant('S', '12.00'), variant('M', '12.00')],
    );
    const shown = columnsShown(table, changedRows(table));
    expect(shown.map((at) => table.columns[at])).toEqual(['sku', 'options › Size', 'price']);
  });

  it('name columns as shortly as tells them apart', () => {
    expect(headingsOf(['sku', 'options › Size', 'before › value', 'after › value'])).toEqual([
      'SKU',
      'Size',
      'before › value',
      'after › value',
    ]);
  });
});

describe('words for fields', () => {
  it.each([
    ['compareAtPrice', 'compare at price'],
    ['descriptionHtml', 'description'],
    ['custom.pairs_with', 'custom.pairs_with'],
    ['Size', 'Size'],
    ['constructor', 'constructor'],
  ])('%s is %s', (step, label) => {
    expect(labelOf(step)).toBe(label);
  });

  it('know keys from other texts', () => {
    expect(keyParts('shopify/metaobject-definition:size_guide')).toEqual({
      kind: 'metaobject definition',
      name: 'size_guide',
    });
    expect(['https://a.example/b', '/pages/a:b', 'a/b: c'].map(keyParts)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(referenceOf({ product: { ref: 'shopify/product:a' } })).toBe('shopify/product:a');
    expect(referenceOf({ ref: 'shopify/product:a', more: 1 })).toBeUndefined();
  });
});
