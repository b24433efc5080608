import { describe, expect, it } from 'vitest';
import type { RollbackCounts } from '../../generated/RollbackCounts';
import type { RollbackSelected } from '../../generated/RollbackSelected';
import type { SelectionStep } from '../../generated/SelectionStep';
import { boxOf, buttonWords, choicesOf, consequences, EVERYTHING, withStep } from './selection';

const COUNTS: RollbackCounts = { restore: 1, merge: 1, keep: 1, nothing: 1, refuse: 1 };

const resource = (name: string, included: boolean): SelectionStep => ({
  of: 'resource',
  resource: name,
  included,
});
const matching = (text: string, included: boolean): SelectionStep => ({
  of: 'matching',
  filter: { ...EVERYTHING, text },
  included,
});

describe('withStep', () => {
  it.each([
    ['the first', [], resource('a', false), [resource('a', false)]],
    ['the same resource', [resource('a', false)], resource('a', true), [resource('a', true)]],
    [
      'a resource after a group',
      [resource('a', true), matching('x', false)],
      resource('a', true),
      [matching('x', false), resource('a', true)],
    ],
    [
      'a group after a resource, which may be in it',
      [resource('a', true)],
      matching('a', false),
      [resource('a', true), matching('a', false)],
    ],
    [
      'the same group',
      [matching('a', true), resource('b', false)],
      matching(' a', false),
      [resource('b', false), matching(' a', false)],
    ],
    ['everything in', [resource('a', false), matching('b', false)], matching('', true), []],
    ['everything out', [resource('a', true)], matching('', false), [matching('', false)]],
  ])('keeps what is still said: %s', (_, steps, step, expected) => {
    expect(withStep(steps, step)).toEqual(expected);
  });
});

describe('choices', () => {
  it('sends what differs from the default', () => {
    const chosen = new Map([
      ['a', 'keep'],
      ['b', 'merge'],
    ] as const);
    expect(choicesOf(chosen, 'keep')).toEqual([['b', 'merge']]);
  });
});

describe('boxOf', () => {
  it.each([
    [0, 0, false],
    [3, 0, false],
    [3, 2, 'mixed'],
    [3, 3, true],
  ])('with %d listed, %d of them selected, is %s', (listed_available, listed_selected, box) => {
    const sum = { listed_available, listed_selected } as RollbackSelected;
    expect(boxOf(sum)).toBe(box);
  });
});

describe('words', () => {
  it('names counts and place', () => {
    expect(buttonWords(COUNTS, 'production')).toBe('Roll back 2 resources in production');
    expect(consequences(COUNTS).map((line) => line.words)).toEqual([
      '1 resource put back as before the deployment',
      '1 resource merged with edits made since',
      '1 resource left with edits made since',
      '1 resource cannot be undone',
      '1 resource already as before',
    ]);
  });
});
