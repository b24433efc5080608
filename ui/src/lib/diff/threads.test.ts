import { describe, expect, it } from 'vitest';
import type { Anchor } from '../../generated/Anchor';
import type { Comment } from '../../generated/Comment';
import { Places, threadsByResource, threadsOf } from './threads';

const comment = (id: string, over: Partial<Comment> = {}): Comment => ({
  id,
  by: { name: 'A', email: 'a@x' },
  at: 1,
  revision: 1,
  anchor: null,
  reply_to: null,
  body: id,
  resolved: false,
  ...over,
});
const line = (number: number, text: string, side: 'before' | 'after' = 'after'): Anchor => ({
  kind: 'line',
  resource: 'r',
  side,
  line: number,
  text,
});

describe('threadsOf', () => {
  it('puts answers, and answers to answers, under their remark', () => {
    const threads = threadsOf([
      comment('a'),
      comment('b', { reply_to: 'a' }),
      comment('c'),
      comment('d', { reply_to: 'b' }),
      comment('e', { reply_to: 'lost' }),
    ]);
    expect(threads.map(({ root, replies }) => [root.id, replies.map(({ id }) => id)])).toEqual([
      ['a', ['b', 'd']],
      ['c', []],
      ['e', []],
    ]);
  });

  it('groups by resource those that are about a place', () => {
    const threads = threadsOf([comment('a'), comment('b', { anchor: line(1, 'x') })]);
    expect([...threadsByResource(threads)].map(([key, held]) => [key, held.length])).toEqual([
      ['r', 1],
    ]);
  });
});

describe('Places', () => {
  const places = new Places();
  places.show('before:3', 4, 'old');
  places.show('after:3', 5, 'new');
  places.show('field:price', 7);
  places.hide(6, 4, 20);
  const long = 'x'.repeat(5_000);
  places.show('after:30', 9, long.slice(0, 4_000));

  it.each<[string, Anchor, boolean, number | undefined]>([
    ['a line of the side after', line(3, 'new'), false, 5],
    ['a line of the side before', line(3, 'old', 'before'), false, 4],
    ['a line that says something else by now: the head', line(3, 'other'), false, -1],
    ['a hidden line: its gap', line(12, 'hidden'), false, 6],
    ['a line that was not read yet', line(50, 'y'), false, undefined],
    ['a line that is gone, once all is read: the head', line(50, 'y'), true, -1],
    ['a line that is shown cut', line(30, long), false, 9],
    ['a field', { kind: 'field', resource: 'r', path: 'price' }, false, 7],
    ['the resource', { kind: 'resource', resource: 'r' }, false, -1],
  ])('finds %s', (_, anchor, isComplete, row) => {
    expect(places.find(anchor, isComplete)).toBe(row);
  });
});
