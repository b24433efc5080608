import { describe, expect, it } from 'vitest';
import { both, boxOf, pngSource } from './pictures';

describe('the box of a picture', () => {
  it.each([
    [300, 316, 1, { width: 384, height: 384 }],
    [300, 316, 2, { width: 640, height: 640 }],
    [0, 0, 1, { width: 128, height: 128 }],
    [5_000, 256, 1.5, { width: 2_048, height: 384 }],
  ])('of %d × %d CSS pixels at %d is drawn in steps', (width, height, ratio, box) => {
    expect(boxOf(width, height, ratio)).toEqual(box);
  });

  it('only grows, and stays the same object while it fits', () => {
    const box = { width: 256, height: 384 };
    expect(both(box, { width: 256, height: 128 })).toBe(box);
    expect(both(box, { width: 512, height: 128 })).toEqual({ width: 512, height: 384 });
  });
});

describe('no captured byte is decoded in the page', () => {
  const sources = import.meta.glob<string>('/src/**/*.{svelte,ts,css}', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const written = Object.entries(sources).filter(([path]) => !/\.test\.ts$|generated/u.test(path));

  it('every image is a PNG of the core', () => {
    const images = written.flatMap(([path, text]) =>
      [...text.matchAll(/<img\b[^>]*>/gu)].map(([tag]) => `${path}: ${tag}`),
    );
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toContain('src={pngSource(');
  });

  it('and nothing else shows images', () => {
    const others =
      /<(?:image|object|embed|iframe|picture|video)\b|createObjectURL|new Image\(|srcdoc/u;
    for (const [path, text] of written) expect(text, path).not.toMatch(others);
  });

  it('is a PNG whatever the bytes are', () => {
    expect(pngSource('PHN2Zz4=')).toMatch(/^data:image\/png;base64,/u);
  });
});
