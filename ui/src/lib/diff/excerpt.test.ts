import { describe, expect, it } from 'vitest';
import { segments } from './testing/rows';
import { excerpt } from './excerpt';

const said = (text: string, chars?: number): string =>
  excerpt(segments(text), chars)
    .segments.map((segment) => (segment.emphasis ? `‹${segment.text}›` : segment.text))
    .join('');

describe('excerpt', () => {
  const before = 'a'.repeat(300);
  const after = 'z'.repeat(300);

  it('leaves a short value whole', () => {
    expect(said('soft ‹cotton› with', 40)).toBe('soft ‹cotton› with');
    expect(excerpt(segments('short')).isCut).toBe(false);
  });

  it('shows the change, wherever it stands', () => {
    expect(said(`${before}‹cotton›${after}`, 40)).toBe(
      `…${'a'.repeat(10)}‹cotton›${'z'.repeat(10)}…`,
    );
    expect(said(`‹cotton›${after}`, 40)).toBe(`‹cotton›${'z'.repeat(10)}…`);
    expect(said(`${before}‹cotton›`, 40)).toBe(`…${'a'.repeat(10)}‹cotton›`);
  });

  it('shows several changes, as far as there is room', () => {
    const text = `‹one›${before}‹two›${before}‹three›${before}`;
    expect(said(text, 40)).toBe(`‹one›${'a'.repeat(10)}…${'a'.repeat(10)}‹two›${'a'.repeat(10)}…`);
  });

  it('begins at the beginning where nothing is emphasised', () => {
    expect(said(before, 40)).toBe(`${'a'.repeat(40)}…`);
  });

  it('names what can not be seen whole or not at all', () => {
    expect(said(`${before}⟦NULL U+0000⟧‹x›${after}`, 40)).toContain('U+0000');
  });
});
