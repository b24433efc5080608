import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call } from './call';
import { live, startLive } from './live.svelte';
import { Query } from './query.svelte';
import type { Event } from '../../generated/Event';
import type { Topic } from '../../generated/Topic';

/** How long the core takes, in milliseconds. */
const ANSWER_MS = 250;
const core = vi.hoisted(() => ({
  asked: [] as { name: string; request: unknown; at: number }[],
  fail: false,
  hear: (_event: Event): void => undefined,
}));

vi.mock('./transport', () => ({
  IN_SHELL: false,
  transport: {
    call: (name: string, request: unknown) => {
      const number = core.asked.push({ name, request, at: Date.now() });
      return new Promise((resolve, reject) =>
        setTimeout(() => (core.fail ? reject(new Error('gone')) : resolve(number)), ANSWER_MS),
      );
    },
    listen: (hear: (event: Event) => void) => {
      core.hear = hear;
      return () => undefined;
    },
  },
}));

function changed(...topics: Topic[]): void {
  core.hear({ type: 'changed', position: 1, topics });
}

beforeEach(() => {
  vi.useFakeTimers();
  core.asked.length = 0;
  core.fail = false;
  startLive();
});
afterEach(() => vi.useRealTimers());

/** A query about a release that can be changed, and that hears of what changes. */
function releaseQuery(): { made: Query<unknown>; about: (release: string) => void } {
  let release = 'r-1';
  const made = new Query<unknown>(() => call('release_get', { release }));
  live.hear(made.hear);
  void made.run();
  return {
    made,
    about(next: string) {
      release = next;
      void made.run();
    },
  };
}

describe('a query', () => {
  it('shows answers however often it is asked again, and ends with the last', async () => {
    const { made } = releaseQuery();
    const events = setInterval(() => changed({ kind: 'all' }), 100);
    await vi.advanceTimersByTimeAsync(ANSWER_MS + 1);
    expect(made.data, 'the first answer, 2 events after the question').toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    clearInterval(events);
    expect(made.data).toBeGreaterThan(35);
    expect(core.asked.length, 'one question at a time').toBeLessThanOrEqual(42);
    expect(made.isLoading).toBe(true);
    await vi.advanceTimersByTimeAsync(2 * ANSWER_MS);
    expect([made.data, made.isLoading]).toEqual([core.asked.length, false]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(made.data, 'and then it rests').toBe(core.asked.length);
  });

  it('drops answers to what is not asked any more, and asks the new at once', async () => {
    const { made, about } = releaseQuery();
    await vi.advanceTimersByTimeAsync(100);
    about('r-2');
    await vi.advanceTimersByTimeAsync(0);
    expect(core.asked.map(({ request }) => request)).toEqual([
      { release: 'r-1' },
      { release: 'r-2' },
    ]);
    await vi.advanceTimersByTimeAsync(ANSWER_MS - 50);
    expect(made.data, 'the answer about the other').toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    expect(made.data).toBe(2);
  });

  it('does not ask the same again because state was made anew', async () => {
    const { made, about } = releaseQuery();
    about('r-1');
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    about('r-1');
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect([core.asked.length, made.data, made.isLoading]).toEqual([1, 1, false]);
  });

  it('resolves a reload once an answer to it is here', async () => {
    const { made } = releaseQuery();
    let isHere = false;
    void made.reload().then(() => (isHere = true));
    await vi.advanceTimersByTimeAsync(ANSWER_MS + 10);
    expect([isHere, made.data], 'the answer from before').toEqual([false, 1]);
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect([isHere, made.data]).toEqual([true, 2]);
  });

  it('keeps the answer that it has when the next one fails, and recovers', async () => {
    const { made } = releaseQuery();
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    core.fail = true;
    void made.reload();
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect(made.data).toBe(1);
    expect(made.error?.message).toContain('gone');
    core.fail = false;
    void made.reload();
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect([made.data, made.error]).toEqual([3, undefined]);
  });
});

describe('topics', () => {
  const here = 'r-aaaaaaaaaa';
  const other = 'r-bbbbbbbbbb';
  const plan = { release: here, environment: 'e-aaaaaaaaaa', capture: false, job: '' };
  const deployed: Topic = {
    kind: 'deployment',
    deployment: 'd-1',
    release: other,
    environment: 'e-1',
  };

  it.each([
    ['comment', { kind: 'comment', release: here }, ['release_get', 'trail']],
    ['comment elsewhere', { kind: 'comment', release: other }, ['trail']],
    ['review', { kind: 'review', release: here }, ['plan', 'release_get', 'trail']],
    ['review elsewhere', { kind: 'review', release: other }, ['trail']],
    [
      'capture',
      { kind: 'capture', environment: 'e-aaaaaaaaaa' },
      ['environment_list', 'plan', 'release_get'],
    ],
    [
      'capture elsewhere',
      { kind: 'capture', environment: 'e-bbbbbbbbbb' },
      ['environment_list', 'release_get'],
    ],
    ['deployment elsewhere', deployed, ['environment_list', 'plan', 'trail']],
    ['all', { kind: 'all' }, ['environment_list', 'plan', 'release_get', 'trail']],
  ] as [string, Topic, readonly string[]][])(
    'a %s makes only what follows from it be asked again',
    async (_, topic, expected) => {
      const trail = { kinds: [], environment: null, text: '', offset: 0, limit: 1 };
      for (const ask of [
        () => call('release_get', { release: here }),
        () => call('plan', plan),
        () => call('environment_list', {}),
        () => call('trail', { ...trail, release: null }),
      ] as (() => Promise<unknown>)[]) {
        const made = new Query(ask);
        live.hear(made.hear);
        void made.run();
      }
      await vi.advanceTimersByTimeAsync(ANSWER_MS);
      core.asked.length = 0;
      changed(topic);
      await vi.advanceTimersByTimeAsync(0);
      const asked = new Set(core.asked.map(({ name }) => name));
      expect([...asked].sort()).toEqual(expected);
    },
  );
});
