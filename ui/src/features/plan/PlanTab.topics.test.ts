import { render } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event as CoreEvent } from '../../generated/Event';
import type { Topic } from '../../generated/Topic';
import { startLive } from '../../lib/backend';
import { releaseView } from '../../lib/domain/testing/release';
import PlanTab from './PlanTab.svelte';
import { samplePlan } from '../../lib/domain/testing/samples';

const core = vi.hoisted(() => ({
  asked: [] as string[],
  answers: new Map<string, unknown>(),
  hear: (_event: CoreEvent): void => undefined,
}));
vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string) => {
      core.asked.push(name);
      return core.answers.get(name);
    },
    listen: (hear: (event: CoreEvent) => void) => {
      core.hear = hear;
      return () => undefined;
    },
  },
}));

/** How often the plan was asked for until now. */
const plans = (): number => core.asked.filter((name) => name === 'plan').length;
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 20));

const id = 'r-aaaaaaaaaa';
const view = releaseView('open', { release: { ...releaseView('open').release, id } });

beforeEach(() => {
  core.asked.length = 0;
  core.answers.set('plan', samplePlan());
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {
        // Nothing has a height here.
      }
      unobserve(): void {
        // As above.
      }
      disconnect(): void {
        // As above.
      }
    },
  );
  startLive();
});

describe('the plan', () => {
  it('is not worked out anew for a remark, but for a review', async () => {
    const shown = render(PlanTab, { props: { release: view } });
    await settle();
    expect(plans()).toBe(1);
    const changed = (...topics: Topic[]): void =>
      core.hear({ type: 'changed', position: 1, topics });
    changed({ kind: 'comment', release: id });
    // What the remark makes new is the release, and with it the page's properties.
    await shown.rerender({ release: structuredClone(view) });
    await settle();
    expect(plans(), 'a remark').toBe(1);
    changed({ kind: 'review', release: 'r-bbbbbbbbbb' });
    await settle();
    expect(plans(), 'a review of another release').toBe(1);
    changed({ kind: 'review', release: id });
    await settle();
    expect(plans(), 'a review').toBe(2);
  });
});
