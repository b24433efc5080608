import { fireEvent, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import FormDialog, { type Sending } from './FormDialog.svelte';

const children = createRawSnippet(() => ({
  render: () => '<div><input aria-label="Name"><textarea aria-label="Notes"></textarea></div>',
}));

function show(
  more: { action?: Sending; disabled?: boolean; careful?: boolean; ready?: boolean } = {},
) {
  const onsubmit = vi.fn();
  const onclose = vi.fn();
  const { rerender } = render(FormDialog, {
    title: 'Add a group',
    verb: 'Add group',
    action: { isRunning: false, error: undefined },
    note: 'Nothing was changed.',
    onsubmit,
    onclose,
    children,
    ...more,
  });
  return { onsubmit, onclose, rerender };
}

const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });
const dialog = (): HTMLElement => screen.getByRole('dialog', { name: 'Add a group' });

describe('FormDialog', () => {
  it('starts in the first field, and sends by its verb, Enter, and Ctrl+Enter in a text', async () => {
    const { onsubmit } = show();
    expect(document.activeElement).toBe(screen.getByLabelText('Name'));
    await userEvent.click(button('Add group'));
    await userEvent.type(screen.getByLabelText('Name'), 'Finance{Enter}');
    expect(onsubmit).toHaveBeenCalledTimes(2);
    await userEvent.type(screen.getByLabelText('Notes'), 'a line{Enter}');
    expect(onsubmit, 'Enter in a text is a line').toHaveBeenCalledTimes(2);
    await userEvent.type(screen.getByLabelText('Notes'), '{Control>}{Enter}{/Control}');
    expect(onsubmit).toHaveBeenCalledTimes(3);
  });

  it('sends nothing while something is missing', async () => {
    const { onsubmit } = show({ disabled: true });
    expect(button('Add group').disabled).toBe(true);
    // Not every engine heeds a disabled button here.
    const form = screen.getByLabelText('Name').closest('form');
    if (form) await fireEvent.submit(form);
    await userEvent.type(screen.getByLabelText('Notes'), '{Control>}{Enter}{/Control}');
    expect(onsubmit).not.toHaveBeenCalled();
  });

  it('is closed by Cancel and by Esc', async () => {
    const { onclose } = show();
    await userEvent.click(button('Cancel'));
    await fireEvent(dialog(), new Event('cancel', { cancelable: true }));
    expect(onclose).toHaveBeenCalledTimes(2);
  });

  it('stays while it is under way, and sends no second time', async () => {
    const { onsubmit, onclose } = show({ action: { isRunning: true, error: undefined } });
    await fireEvent(dialog(), new Event('cancel', { cancelable: true }));
    await userEvent.type(screen.getByLabelText('Name'), '{Enter}');
    expect(button('Cancel').disabled).toBe(true);
    expect(button('Add group').getAttribute('aria-busy')).toBe('true');
    expect([onsubmit, onclose].map((one) => one.mock.calls.length)).toEqual([0, 0]);
  });

  it('offers to stop what can be stopped', async () => {
    const stop = vi.fn();
    show({ action: { isRunning: true, error: undefined, cancel: stop } });
    expect(screen.getByLabelText('Name').matches(':disabled'), 'it has what it was given').toBe(
      true,
    );
    await userEvent.click(button('Stop'));
    expect(stop).toHaveBeenCalledOnce();
  });

  it('says what went wrong, where it happened, and what is still true', () => {
    show({
      action: { isRunning: false, error: { message: 'The disk is full.', hint: 'Make room.' } },
    });
    expect(dialog().textContent).toContain('The disk is full.');
    expect(dialog().textContent).toContain('Make room. Nothing was changed.');
  });

  it('starts on Cancel where a person is to be careful, and stays there while it runs', async () => {
    const { rerender } = show({ careful: true });
    expect(document.activeElement).toBe(button('Cancel'));
    await rerender({ action: { isRunning: true, error: undefined, cancel: vi.fn() } });
    expect(document.activeElement).toBe(button('Stop'));
  });

  it('starts on its verb where that is as good as decided', () => {
    show({ ready: true });
    expect(document.activeElement).toBe(button('Add group'));
  });
});
