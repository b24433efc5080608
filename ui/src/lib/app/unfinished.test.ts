import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Router from './router.svelte';
import type * as Unfinished from './unfinished.svelte';

// Each start reads its modules anew; of the components it needs none.
vi.mock('../ui', () => import('../ui/remembered.svelte'));

const RELEASE = '#/release/spring-24.3/changes';

let stop: (() => void) | undefined;

/** Starts a window on what the one before left. */
async function start(): Promise<typeof Router & typeof Unfinished> {
  stop?.();
  vi.resetModules();
  const router = await import('./router.svelte');
  const unfinished = await import('./unfinished.svelte');
  stop = router.startRouter();
  return { ...router, ...unfinished };
}

/** Ends a window as a person does who sees it hang. */
function kill(): void {
  vi.clearAllTimers();
  history.replaceState(null, '', ' ');
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'],
  });
  localStorage.clear();
  history.replaceState(null, '', ' ');
});

afterEach(() => {
  stop?.();
  stop = undefined;
  vi.useRealTimers();
});

describe('a place that did not finish loading', () => {
  it('is not restored, and is named', async () => {
    const before = await start();
    before.go({ page: 'release', id: 'spring-24.3', tab: 'changes' });
    before.nameShowing('spring-24.3');
    kill();
    const after = await start();
    expect(after.router.route).toEqual({ page: 'board' });
    expect(location.hash).toBe('#/board');
    expect(after.unfinished.place).toEqual({ address: RELEASE, name: 'spring-24.3' });
    kill();
    const third = await start();
    expect(third.router.route, 'nor at the start after that').toEqual({ page: 'board' });
    expect(third.unfinished.place, 'but that is said once').toBeUndefined();
  });

  it('is not shown again by a reload either', async () => {
    const before = await start();
    before.go({ page: 'release', id: 'spring-24.3', tab: 'changes' });
    vi.clearAllTimers();
    expect(location.hash).toBe(RELEASE);
    const after = await start();
    expect(after.router.route).toEqual({ page: 'board' });
  });

  it('is not restored when it stops the window as it is restored', async () => {
    localStorage.setItem('slipway.route', JSON.stringify(RELEASE));
    const before = await start();
    expect(before.router.route.page).toBe('release');
    kill();
    expect((await start()).router.route).toEqual({ page: 'board' });
  });
});

describe('a place that was shown', () => {
  it.each([
    ['once the window has answered for a while', () => vi.advanceTimersByTime(2_000)],
    ['when the window is closed in order', () => window.dispatchEvent(new Event('pagehide'))],
  ])('is restored %s', async (_when, end) => {
    const before = await start();
    before.go({ page: 'release', id: 'spring-24.3', tab: 'changes' });
    before.finishShowing();
    end();
    kill();
    const after = await start();
    expect(after.router.route).toMatchObject({ page: 'release', id: 'spring-24.3' });
    expect(after.unfinished.place).toBeUndefined();
  });

  it('does not vouch for the place after it', async () => {
    const before = await start();
    before.go({ page: 'releases' });
    const leave = before.finishShowing();
    leave();
    before.go({ page: 'release', id: 'spring-24.3', tab: 'changes' });
    vi.advanceTimersByTime(2_000);
    kill();
    expect((await start()).unfinished.place?.address).toBe(RELEASE);
  });
});
