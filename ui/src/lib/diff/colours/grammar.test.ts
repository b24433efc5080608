import { describe, expect, it } from 'vitest';
import { colour } from './grammar';
import { languageOf } from './languages';

describe('colour', () => {
  it.each([
    ['json', ['{ "price": 34.5 }'], 'constant'],
    ['css', ['.a { color: red; }', '/* b', 'c */'], 'comment'],
    ['liquid', ["{% if a %}{{ 'x' | t }}{% endif %}"], 'keyword'],
    ['javascript', ['const a = "b";'], 'keyword'],
    ['html', ['<p class="a">b</p>'], 'string'],
    ['yaml', ['a: "b" # c'], 'comment'],
    ['xml', ['<a b="c"/>'], 'string'],
    ['markdown', ['# a', 'b `c`'], 'tag'],
  ] as const)('cuts %s into runs that are as long as the line', async (language, lines, kind) => {
    const coloured = await colour(language, lines);
    expect(coloured.length, 'as many lines').toBe(lines.length);
    coloured.forEach((tokens, at) => {
      const length = tokens.reduce((sum, token) => sum + token.length, 0);
      expect(length, `all of line ${at + 1}`).toBe(lines[at]?.length);
    });
    expect(coloured.flat().map((token) => token.kind)).toContain(kind);
  });

  it('leaves very long lines plain', async () => {
    const [tokens] = await colour('javascript', [`const a = "${'x'.repeat(5_000)}";`]);
    expect(tokens).toEqual([{ length: 5_013, kind: '' }]);
  });
});

describe('languageOf', () => {
  it('knows the languages that have a grammar', () => {
    expect(languageOf('liquid')).toBe('liquid');
    expect(languageOf('csv')).toBeUndefined();
    expect(languageOf('')).toBeUndefined();
  });
});
