import { flushSync, tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handle, isEnabled, run, startKeys } from './handlers.svelte';

const press = (
  key: string,
  more: KeyboardEventInit = {},
  target: EventTarget = document.body,
): void => {
  target.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
  );
};

describe('commands', () => {
  let stops: (() => void)[] = [];

  /** Puts handlers in place as a component would. */
  async function place(given: Parameters<typeof handle>[0]): Promise<() => void> {
    const stop = $effect.root(() => handle(given));
    stops.push(stop);
    flushSync();
    await tick();
    return stop;
  }

  beforeEach(() => {
    stops = [startKeys()];
  });

  afterEach(async () => {
    stops.reverse().forEach((stop) => stop());
    document.body.replaceChildren();
    await tick();
  });

  it('run by a chord and by a sequence', async () => {
    const palette = vi.fn();
    const board = vi.fn();
    await place({ palette, 'go.board': board });
    press('k', { ctrlKey: true });
    expect(palette).toHaveBeenCalledOnce();
    press('g');
    press('b');
    expect(board).toHaveBeenCalledOnce();
  });

  it('take a key alone when no sequence began', async () => {
    const board = vi.fn();
    await place({ 'go.board': board });
    press('b');
    expect(board).not.toHaveBeenCalled();
  });

  it('leave typing alone, but not chords', async () => {
    const help = vi.fn();
    const palette = vi.fn();
    await place({ help, palette });
    const field = document.body.appendChild(document.createElement('input'));
    press('?', { shiftKey: true }, field);
    expect(help).not.toHaveBeenCalled();
    press('k', { ctrlKey: true }, field);
    expect(palette).toHaveBeenCalledOnce();
  });

  it('wait while a dialog is open', async () => {
    const help = vi.fn();
    await place({ help });
    document.body.appendChild(document.createElement('dialog')).setAttribute('open', '');
    press('?', { shiftKey: true });
    expect(help).not.toHaveBeenCalled();
  });

  it('zoom while a dialog is open', async () => {
    const zoom = vi.fn();
    await place({ 'zoom.in': zoom, 'zoom.out': zoom, 'zoom.reset': zoom });
    document.body.appendChild(document.createElement('dialog')).setAttribute('open', '');
    for (const key of ['=', '+', '-', '0']) press(key, { ctrlKey: true });
    expect(zoom).toHaveBeenCalledTimes(4);
  });

  it('do nothing once their screen is gone, and the one below again', async () => {
    const below = vi.fn();
    const above = vi.fn();
    await place({ 'list.filter': below });
    const close = await place({ 'list.filter': above });
    run('list.filter');
    expect([below.mock.calls.length, above.mock.calls.length]).toEqual([0, 1]);
    close();
    await tick();
    run('list.filter');
    expect([below.mock.calls.length, above.mock.calls.length]).toEqual([1, 1]);
  });

  it('are enabled only while handled', async () => {
    const close = await place({ help: () => undefined });
    expect(isEnabled('help')).toBe(true);
    expect(isEnabled('go.running')).toBe(false);
    close();
    await tick();
    expect(isEnabled('help')).toBe(false);
  });
});
