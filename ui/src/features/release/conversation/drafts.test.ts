import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import CommentBox from './CommentBox.svelte';
import { drafts, OpenDrafts } from './drafts.svelte';

const LINE = { kind: 'line', resource: 'theme/file:a', side: 'after', line: 9, text: 'x' } as const;

function box(draft: string, over: object = {}) {
  const onclose = vi.fn();
  const send = vi.fn(async (_text: string) => undefined);
  const shown = render(CommentBox, { props: { draft, label: 'Remark', send, onclose, ...over } });
  return { onclose, send, close: () => shown.unmount() };
}

const field = (): HTMLTextAreaElement => screen.getByRole('textbox', { name: 'Remark' });

describe('a comment box', () => {
  it('closes on Esc and holds what was typed when it opens again', async () => {
    const user = userEvent.setup();
    const first = box('r-1 line 9');
    await user.type(field(), 'Why this?');
    await user.keyboard('{Escape}');
    expect(first.onclose).toHaveBeenCalledOnce();
    first.close();
    const other = box('r-1 line 10');
    expect(field().value, 'another place').toBe('');
    other.close();
    box('r-1 line 9');
    expect(field().value).toBe('Why this?');
  });

  it('forgets what was typed when that is discarded, or sent', async () => {
    const user = userEvent.setup();
    const first = box('r-2');
    await user.type(field(), 'Never mind');
    await user.click(screen.getByRole('button', { name: 'Discard' }));
    expect([first.onclose.mock.calls.length, drafts.text('r-2')]).toEqual([1, undefined]);
    await user.type(field(), 'Sent');
    await user.click(screen.getByRole('button', { name: 'Comment' }));
    expect(first.send).toHaveBeenCalledWith('Sent');
    expect([field().value, drafts.text('r-2')]).toEqual(['', undefined]);
  });

  it('keeps what was typed when sending fails', async () => {
    const user = userEvent.setup();
    box('r-3', { send: () => Promise.reject(new Error('offline')) });
    await user.type(field(), 'Later');
    await user.click(screen.getByRole('button', { name: 'Comment' }));
    expect(field().value).toBe('Later');
  });
});

describe('open drafts', () => {
  it('are one for each place, and focus only what was opened just now', async () => {
    const open = new OpenDrafts('r-1');
    open.open(LINE);
    open.open({ ...LINE, side: 'before' });
    open.open(LINE);
    const names = (open.byResource.get(LINE.resource) ?? []).map(({ name }) => name);
    expect(names).toHaveLength(2);
    expect(names.map((name) => open.takesFocus(name))).toEqual([true, false]);
    await Promise.resolve();
    expect(open.takesFocus(names[0] ?? ''), 'scrolled into view again').toBe(false);
    open.close(names[0] ?? '');
    expect(open.byResource.get(LINE.resource)).toHaveLength(1);
  });
});
