import { describe, expect, it } from 'vitest';
import { commonPart } from './place';

describe('commonPart', () => {
  it.each([
    ['a store', 'northwind-eu.myshopify.com', '.myshopify.com'],
    [
      'a simulated store',
      'northwind.myshopify.com at http://127.0.0.1:4100/',
      '.myshopify.com at http://127.0.0.1:4100/',
    ],
    ['one theme of a store', 'northwind.myshopify.com, theme 512', '.myshopify.com'],
    ['a folder', '/srv/northwind.myshopify.com/theme', undefined],
  ])('of %s', (_, place, common) => {
    const part = commonPart(place);
    expect(part && place.slice(...part)).toBe(common);
  });
});
