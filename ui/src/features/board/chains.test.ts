import { describe, expect, it } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { chainsOf, columnsOf } from './chains';

/** `a>b`: an environment and the one that it promotes to. */
function views(...written: string[]): EnvironmentView[] {
  return written.map((text) => {
    const [id, promotes_to = null] = text.split('>');
    return { environment: { id, name: id, promotes_to } } as EnvironmentView;
  });
}

describe('chainsOf', () => {
  it.each([
    ['nothing', [], []],
    ['one chain', ['dev>stage', 'stage>prod', 'prod'], [['dev', 'stage', 'prod']]],
    [
      'two chains',
      ['a>b', 'b', 'c>d', 'd'],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'some alone',
      ['a>b', 'b', 'x', 'y'],
      [
        ['a', 'b'],
        ['x', 'y'],
      ],
    ],
    ['two that promote to one', ['a>c', 'b>c', 'c'], [['b', 'c'], ['a']]],
  ])('%s', (_name, written, rows) => {
    const found = chainsOf(views(...written));
    expect(found.map((chain) => chain.map(({ environment }) => environment.id))).toEqual(rows);
  });
});

describe('columnsOf', () => {
  it.each([
    ['as many as the longest row has', ['a>b', 'b>c', 'c', 'd>e', 'e'], 3],
    ['one without any', [], 1],
    ['no more than fit', ['a', 'b', 'c', 'd', 'e', 'f'], 4],
  ])('%s', (_name, written, columns) => {
    expect(columnsOf(chainsOf(views(...written)))).toBe(columns);
  });
});
