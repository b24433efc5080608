import { render } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { htmlNodes } from './html';
import RichText from './RichText.svelte';
import { emphasise } from './words';

describe('HTML from outside', () => {
  it.each([
    '<script>window.ran = true</script><p>text</p>',
    '<img src=x onerror="window.ran = true"><p>text</p>',
    '<p onclick="window.ran = true" style="position:fixed">text</p>',
    '<iframe srcdoc="<script>window.ran = true</script>"></iframe><p>text</p>',
    '<svg onload="window.ran = true"><a href="javascript:window.ran = true">x</a></svg><p>text</p>',
    '<style>body { display: none }</style><p>text</p>',
    '<form action="https://example.invalid"><input autofocus onfocus="window.ran = true"></form><p>text</p>',
    '<a href="javascript:window.ran = true">text</a>',
  ])('becomes nothing but texts and plain elements: %s', (html) => {
    const { container } = render(RichText, { html });
    expect(container.textContent).toContain('text');
    const names = [...container.querySelectorAll('*')].flatMap((element) => [
      element.localName,
      ...element.getAttributeNames(),
    ]);
    const allowed = ['div', 'p', 'span', 'class', 'title', 'data-selectable'];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    expect('ran' in window).toBe(false);
  });

  it('says what it leaves out', () => {
    const { container } = render(RichText, {
      html: '<p>One</p><script>x</script><img src="https://cdn.example.invalid/a/hero.png?v=1">',
    });
    expect(container.textContent).toBe('Onescriptimg hero.png');
  });

  it('keeps what readers need', () => {
    const { container } = render(RichText, {
      html: '<h2>Care</h2><ul><li>Wash <strong>cold</strong></li></ul><marquee>plain</marquee>',
    });
    expect(container.querySelector('ul > li > strong')?.textContent).toBe('cold');
    expect(container.querySelector('.h2')?.localName, 'no heading of the page').toBe('p');
    expect(container.textContent).toContain('plain');
  });

  it('stops at a limit, and says so', () => {
    expect(htmlNodes('<p>x</p>'.repeat(5_000)).at(-1)).toEqual({ kind: 'more' });
    expect(JSON.stringify(htmlNodes('<div>'.repeat(100) + 'deep'))).toContain('more');
  });
});

describe('emphasise', () => {
  const marked = (before: string, after: string): string[] =>
    Object.values(emphasise(before, after)).map((segments) =>
      segments.map(({ text, emphasis }) => (emphasis ? `‹${text}›` : text)).join(''),
    );

  it.each([
    ['soft cotton shirt', 'soft linen shirt', 'soft ‹cotton› shirt', 'soft ‹linen› shirt'],
    ['one two three', 'one 2 three 4', 'one ‹two› three', 'one ‹2› three‹ 4›'],
    ['they stay put', 'they no longer stretch', 'they ‹stay put›', 'they ‹no longer stretch›'],
    ['same', 'same', 'same', 'same'],
  ])('marks the words of %j and %j', (before, after, old, now) =>
    expect(marked(before, after)).toEqual([old, now]),
  );

  it('takes a long difference for one', () => {
    const [old] = marked('a '.repeat(2_000) + 'x', 'b '.repeat(2_000) + 'x');
    expect(old?.startsWith('‹a')).toBe(true);
    expect(old?.endsWith('›x') || old?.endsWith('x')).toBe(true);
  });
});
