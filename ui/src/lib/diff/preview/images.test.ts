import { describe, expect, it } from 'vitest';
import { changeNamed, isImage } from './images';

describe('pictures that documents name', () => {
  it.each([
    ['theme/file:assets/hero.png', 'theme/file:assets/hero.png'],
    ['hero.png', 'theme/file:assets/hero.png'],
    ['https://cdn.example.invalid/files/hero.png?v=2', 'theme/file:assets/hero.png'],
    ['shopify/file:hero.png', 'shopify/file:hero.png'],
    ['gone.png', undefined],
    ['twice.png', undefined],
  ])('%s means %s', (name, resource) => {
    const resources = ['theme/file:assets/hero.png', 'a/file:twice.png', 'b/file:twice.png'];
    expect(changeNamed(name, resources)).toBe(resource);
  });

  it('are told by their endings', () => {
    expect(isImage('a/b.JPG?v=1')).toBe(true);
    expect(isImage('a text about .png files')).toBe(false);
    expect(isImage(undefined)).toBe(false);
  });
});
