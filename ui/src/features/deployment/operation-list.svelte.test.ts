import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeploymentView } from '../../generated/DeploymentView';
import { counts, sampleDeployment } from '../../lib/domain/testing/samples';
import { OperationList } from './operation-list.svelte';

interface Asked {
  states: string[];
  offset: number;
  limit: number;
}

const sent = vi.hoisted(() => [] as Asked[]);

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (_: string, request: Asked) => {
      sent.push(request);
      const state = request.states[0] ?? 'any';
      const operations = [{ operation: { id: request.offset }, attempt: { state } }];
      return { operations, total: 1 };
    },
    listen: () => () => undefined,
  },
}));

const MIXED = counts({ total: 9, applied: 6, failed: 1, pending: 2 });
let stop: () => void = () => undefined;

/** Makes a list as a component would, and waits for what it shows first. */
async function show(view: DeploymentView): Promise<{ list: OperationList; touch: () => void }> {
  let list: OperationList | undefined;
  let version = $state(0);
  stop = $effect.root(() => {
    list = new OperationList(
      () => view,
      () => version,
    );
  });
  flushSync();
  await vi.waitFor(() => expect(list?.rows.count).toBeDefined());
  if (!list) throw new Error('BUG: no list');
  return { list, touch: () => flushSync(() => (version += 1)) };
}

const ended = (over = MIXED): DeploymentView =>
  sampleDeployment({ counts: over, deployment: { state: 'failed' } });
const asked = (): string[] => sent.map(({ states }) => states.join(' '));

beforeEach(() => {
  localStorage.clear();
  sent.length = 0;
});
afterEach(() => stop());

describe('OperationList', () => {
  it('lists what failed on top, then what waits, then what is settled', async () => {
    const { list } = await show(sampleDeployment({ counts: MIXED }));
    expect(list.rows.count).toBe(9);
    expect(asked()).toEqual(['failed', 'pending', 'applied skipped reverted']);
    expect(list.isMixed).toBe(true);
  });

  it('shows at once why it failed, and nothing in full while it runs', async () => {
    const { list } = await show(ended());
    expect(list.current?.attempt.state).toBe('failed');
    stop();
    const running = await show(sampleDeployment({ counts: MIXED }));
    expect(running.list.current).toBeUndefined();
  });

  it('is asked again in the order of the plan, and remembers that', async () => {
    const { list } = await show(ended());
    sent.length = 0;
    flushSync(() => (list.isActiveFirst = false));
    await vi.waitFor(() => expect(sent).toMatchObject([{ states: [], offset: 0 }]));
    stop();
    expect((await show(ended())).list.isActiveFirst).toBe(false);
  });

  it('is asked for one state alone', async () => {
    const { list } = await show(ended());
    sent.length = 0;
    flushSync(() => (list.filter = 'pending'));
    await vi.waitFor(() => expect(list.rows.count).toBe(2));
    expect(asked()).toEqual(['pending']);
  });

  it('is read again when operations may have changed', async () => {
    const done = counts({ total: 3, applied: 3 });
    const { list, touch } = await show(sampleDeployment({ counts: done }));
    expect(list.isMixed).toBe(false);
    sent.length = 0;
    touch();
    await vi.waitFor(() => expect(asked()).toEqual(['applied skipped reverted']));
  });
});
