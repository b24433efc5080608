import { describe, expect, it } from 'vitest';
import { isSvg, nameOf } from './names';

describe('keys as people read them', () => {
  it.each([
    ['theme/file:sections/header.liquid', '', 'sections/', 'header.liquid'],
    ['shopify/file:hero.png', 'file', '', 'hero.png'],
    ['shopify/product:tee', 'product', '', 'tee'],
    [
      'shopify/metafield-definition:PRODUCT/custom.a',
      'metafield definition',
      'PRODUCT/',
      'custom.a',
    ],
    ['shopify/redirect:/pages/old', 'redirect', '/pages/', 'old'],
    ['shopify/translation:shopify/page:about/de', 'translation', '', 'page about (de)'],
    ['no key', '', '', 'no key'],
  ])('%s', (key, kind, folder, title) => {
    expect(nameOf(key)).toEqual({ kind, folder, title });
  });

  it('only a file of a theme is both picture and text', () => {
    expect(isSvg('theme/file:assets/logo.svg')).toBe(true);
    expect(isSvg('shopify/file:logo.svg')).toBe(false);
  });
});
