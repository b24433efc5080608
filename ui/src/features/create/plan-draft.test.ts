import { describe, expect, it } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { globsOf, nextOf, requestOf, startingPair } from './plan-draft';

function environment(text: string): EnvironmentView {
  const [id, promotes_to = null] = text.split('>');
  return { environment: { id, name: id, promotes_to } } as EnvironmentView;
}

const CHAIN = ['dev>staging', 'staging>production', 'production'].map(environment);

describe('startingPair', () => {
  it.each([
    ['nothing: the first step of the chain', CHAIN, {}, 'dev', 'staging'],
    ['a source: where it promotes to', CHAIN, { source: 'staging' }, 'staging', 'production'],
    ['a target: what promotes to it', CHAIN, { target: 'production' }, 'staging', 'production'],
    ['both', CHAIN, { source: 'dev', target: 'production' }, 'dev', 'production'],
    ['the end of the chain: some other', CHAIN, { source: 'production' }, 'production', 'dev'],
    ['what is gone', CHAIN, { source: 'lost' }, 'dev', 'staging'],
    ['no chain: the first two', ['a', 'b'].map(environment), {}, 'a', 'b'],
    ['one environment', ['a'].map(environment), {}, 'a', ''],
    ['none', [], {}, '', ''],
  ])('starts from %s', (_, environments, wanted, source, target) => {
    expect(startingPair(environments, wanted)).toEqual({ source, target });
  });
});

describe('nextOf', () => {
  it('follows the chain, and only to what is there', () => {
    expect(nextOf(CHAIN, 'dev')).toBe('staging');
    expect(nextOf(CHAIN, 'production')).toBeUndefined();
    expect(nextOf([environment('a>gone')], 'a')).toBeUndefined();
  });
});

describe('requestOf', () => {
  it('trims, splits globs, and leaves the type to the core unless chosen', () => {
    const fields = {
      tag: ' spring-1 ',
      notes: 'x\n',
      kind: 'auto',
      source: 'a',
      target: 'b',
      capture: true,
      include: 'theme/file:*\n\n object/products:*',
      exclude: '',
    } as const;
    expect(requestOf(fields)).toEqual({
      tag: 'spring-1',
      notes: 'x',
      kind: null,
      source: 'a',
      target: 'b',
      capture: true,
      include: ['theme/file:*', 'object/products:*'],
      exclude: [],
    });
    expect(requestOf({ ...fields, kind: 'theme' }).kind).toBe('theme');
  });
});

describe('globsOf', () => {
  it('splits at lines and spaces', () => {
    expect(globsOf('  ')).toEqual([]);
    expect(globsOf('a b\nc')).toEqual(['a', 'b', 'c']);
  });
});
