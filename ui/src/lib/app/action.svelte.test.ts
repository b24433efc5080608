import { describe, expect, it, vi } from 'vitest';
import { Action } from './action.svelte';

/** Work that ends when the test says so. */
function work(): { act: () => Promise<void>; end: () => void; fail: (why: unknown) => void } {
  let end = (): void => undefined;
  let fail = (_: unknown): void => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { act: vi.fn(() => promise), end, fail };
}

describe('Action', () => {
  it('says what is under way, and that it was done', async () => {
    const action = new Action<'save' | 'remove'>();
    const saving = work();
    const done = action.run(saving.act, 'save');
    expect([action.isRunning, action.doing]).toEqual([true, 'save']);
    saving.end();
    expect(await done).toBe(true);
    expect([action.isRunning, action.doing, action.error]).toEqual([false, undefined, undefined]);
  });

  it('does nothing while it is under way: a double click sends once', async () => {
    const action = new Action();
    const [first, second] = [work(), work()];
    const done = action.run(first.act);
    expect(await action.run(second.act)).toBe(false);
    expect(second.act).not.toHaveBeenCalled();
    expect(action.isRunning, 'the first is still under way').toBe(true);
    first.end();
    await done;
  });

  it('keeps what it failed with until it is tried again', async () => {
    const action = new Action();
    const failing = work();
    const done = action.run(failing.act);
    failing.fail(new Error('The disk is full.'));
    expect(await done).toBe(false);
    expect(action.error).toEqual(new Error('The disk is full.'));
    expect(action.isRunning).toBe(false);

    const again = work();
    const retried = action.run(again.act);
    expect(action.error, 'an old error does not stand beside new work').toBeUndefined();
    again.end();
    expect(await retried).toBe(true);
  });
});
