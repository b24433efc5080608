import { describe, expect, it } from 'vitest';
import { fuzzyFilter, fuzzyMatch } from './fuzzy';

describe('fuzzyMatch', () => {
  it.each([
    ['board', 'Go to Board', [6, 7, 8, 9, 10]],
    ['gtb', 'Go to Board', [0, 3, 6]],
    ['', 'anything', []],
    ['cr', 'Create release', [0, 1]],
  ])('%j in %j', (query, text, at) => expect(fuzzyMatch(query, text)?.at).toEqual(at));

  it.each([
    ['xyz', 'Go to Board'],
    ['boardd', 'Go to Board'],
    ['a', ''],
  ])('%j is not in %j', (query, text) => expect(fuzzyMatch(query, text)).toBeUndefined());
});

describe('fuzzyFilter', () => {
  const found = (query: string, texts: string[]): string[] =>
    fuzzyFilter(query, texts, (text) => text).map(({ item }) => item);

  it('puts words that begin so before letters inside', () => {
    expect(found('rel', ['Unrelated', 'Open releases'])).toEqual(['Open releases', 'Unrelated']);
  });

  it('puts the shorter of equals first', () => {
    expect(found('spring', ['spring-24.10', 'spring-24'])).toEqual(['spring-24', 'spring-24.10']);
  });

  it('keeps the order when nothing is asked', () => {
    expect(found(' ', ['b', 'a'])).toEqual(['b', 'a']);
  });
});
