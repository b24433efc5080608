import { describe, expect, it } from 'vitest';
import type { Anchor } from '../../generated/Anchor';
import { Places } from './threads';

const line = (number: number, text: string, side: 'before' | 'after' = 'after'): Anchor => ({
  kind: 'line',
  resource: 'r',
  side,
  line: number,
  text,
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
