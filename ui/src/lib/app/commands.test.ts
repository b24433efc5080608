import { describe, expect, it } from 'vitest';
import { COMMANDS, type Command } from './commands';

const table: readonly Command[] = COMMANDS;

describe('the command table', () => {
  it('has every id once', () => {
    const ids = table.map((command) => command.id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('has every key once', () => {
    const keys = table.flatMap((command) => command.keys ?? []);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it('has no key that begins a sequence and is a command itself', () => {
    const keys = table.flatMap((command) => command.keys ?? []);
    const starts = keys.flatMap((key) => (key.includes(' ') ? key.split(' ')[0] : []));
    for (const start of starts) {
      expect(keys, `${start} could never be pressed alone`).not.toContain(start);
    }
  });

  it.each(table.flatMap((command) => (command.keys ? [command.keys] : [])))(
    '%s is spelled as the key handler spells it',
    (keys) => {
      for (const chord of keys.split(' ')) {
        expect(chord).toMatch(/^(Mod\+)?(Alt\+)?(Shift\+)?([A-Z0-9]|[^\sA-Za-z]|[A-Z][a-z]+)$/u);
      }
    },
  );

  it('leaves alone what a text field and the browser need', () => {
    const reserved = ['Mod+A', 'Mod+C', 'Mod+V', 'Mod+X', 'Mod+Z', 'Mod+R', 'Tab', 'Space'];
    for (const command of table) expect(reserved).not.toContain(command.keys);
  });

  it('says what it does in sentence case, without full stop', () => {
    for (const { title } of table) expect(title).toMatch(/^[A-Z].*[^.!]$/u);
  });
});
