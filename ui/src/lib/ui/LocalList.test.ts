import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet, tick } from 'svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import LocalList from './LocalList.svelte';
import { layOut } from './testing/scroll';

const row = createRawSnippet((item: () => unknown) => ({
  render: () => `<span>${String(item())}</span>`,
}));
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `Name ${n}`);

async function show(items: string[], text?: (item: string) => string): Promise<void> {
  render(LocalList, { items, label: 'Names', row, most: 3, text } as never);
  await tick();
}

const shown = (): (string | undefined)[] =>
  screen.queryAllByRole('listitem').map((item) => item.textContent?.trim());

beforeEach(() => layOut());

describe('LocalList', () => {
  it('is as tall as its rows, and offers no filter where all are in view', async () => {
    await show(names(3), (item) => item);
    expect(shown()).toEqual(['Name 0', 'Name 1', 'Name 2']);
    expect(screen.queryByRole('textbox')).toBeNull();
    expect(screen.getByRole('list').closest<HTMLElement>('[style]')?.style.height).toBe('84px');
  });

  it('is filtered beyond that, without regard to case, and says when nothing matches', async () => {
    await show([...names(4), 'Other'], (item) => item);
    const field = screen.getByRole('textbox', { name: 'Filter: Names' });
    await userEvent.type(field, ' OTH');
    expect(shown()).toEqual(['Other']);
    await userEvent.type(field, 'x');
    expect(screen.getByText('Nothing matches “OTHx”')).toBeTruthy();
  });
});
