import { describe, expect, it } from 'vitest';
import { chordOf, keyCaps } from './keys';

const press = (
  key: string,
  held: ('ctrl' | 'meta' | 'alt' | 'shift')[] = [],
): Parameters<typeof chordOf>[0] => ({
  key,
  ctrlKey: held.includes('ctrl'),
  metaKey: held.includes('meta'),
  altKey: held.includes('alt'),
  shiftKey: held.includes('shift'),
});

describe('chordOf', () => {
  it.each([
    ['a letter', press('k'), 'K'],
    ['a chord', press('k', ['ctrl']), 'Mod+K'],
    ['shift with a letter', press('P', ['ctrl', 'shift']), 'Mod+Shift+P'],
    ['a character that needs shift', press('?', ['shift']), '?'],
    ['an arrow', press('ArrowLeft', ['alt']), 'Alt+Left'],
    ['shift with a named key', press('Enter', ['shift']), 'Shift+Enter'],
    ['plus where it needs shift', press('+', ['ctrl', 'shift']), 'Mod++'],
    ['plus where shift is left out', press('=', ['ctrl']), 'Mod++'],
    ['an equals sign', press('='), '='],
    ['a modifier alone', press('Shift', ['shift']), ''],
  ])('of %s', (_name, event, chord) => expect(chordOf(event, false)).toBe(chord));

  it('takes the command key on a Mac', () => {
    expect(chordOf(press('k', ['meta']), true)).toBe('Mod+K');
    expect(chordOf(press('k', ['ctrl']), true)).toBe('K');
  });
});

describe('keyCaps', () => {
  it.each([
    ['Mod+K', ['Ctrl', 'K']],
    ['G B', ['G', 'B']],
    ['Shift+Enter', ['⇧', '↵']],
    ['Mod++', ['Ctrl', '+']],
  ])('of %s', (keys, caps) => expect(keyCaps(keys, false)).toEqual(caps));
});
