import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlanView } from '../../generated/PlanView';
import type { ReleaseView } from '../../generated/ReleaseView';
import { go } from '../../lib/app/router.svelte';
import { ApiError } from '../../lib/backend';
import { place, releaseView } from '../../lib/domain/testing/release';
import { operation, sampleGraph, samplePlan, UNAPPROVED } from '../../lib/domain/testing/samples';
import { PlanFlow } from './plan-flow.svelte';

type Request = { environment: string; capture: boolean };

const core = vi.hoisted(() => ({
  sent: [] as { name: string; request: Record<string, unknown> }[],
  answers: new Map<string, (request: never) => unknown>(),
}));

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      core.sent.push({ name, request });
      return core.answers.get(name)?.(request as never);
    },
    listen: () => () => undefined,
  },
}));

const operations = [operation(1, 'object/products:a')];
const planFor = (environment: string, over: Partial<PlanView> = {}): PlanView =>
  samplePlan(operations, { environment, fingerprint: `plan for ${environment}`, ...over });

let end: () => void;

function open(release: ReleaseView): PlanFlow {
  let flow: PlanFlow | undefined;
  end = $effect.root(() => {
    flow = new PlanFlow(() => release);
  });
  return flow as unknown as PlanFlow;
}

const view = releaseView('open', {
  environments: [place({ id: 'staging', name: 'staging' }), place()],
});
const asked = (): unknown[] =>
  core.sent.filter(({ name }) => name === 'plan').map(({ request }) => request['environment']);

beforeEach(() => {
  go({ page: 'board' });
  core.sent.length = 0;
  core.answers.set('plan', ({ environment }: Request) => planFor(environment));
  core.answers.set('plan_graph', () => sampleGraph(operations));
});

afterEach(() => end());

describe('PlanFlow', () => {
  it('is for the release’s own target, until the address says otherwise', async () => {
    const flow = open(view);
    expect(flow.target).toBe('production');
    await vi.waitFor(() => expect(flow.graph).toBeDefined());
    flow.active = 3;
    flow.choose('staging');
    expect([flow.target, flow.active]).toEqual(['staging', -1]);
    expect([flow.plan, flow.graph], 'not under the name of the other').toEqual([
      undefined,
      undefined,
    ]);
    await vi.waitFor(() => expect(flow.plan?.environment).toBe('staging'));
    expect(asked()).toEqual(['production', 'staging']);
  });

  it('shows what a check found, and what was there before when it failed', async () => {
    const flow = open(view);
    await vi.waitFor(() => expect(flow.plan).toBeDefined());
    const fresh = planFor('production', { fingerprint: 'checked' });
    core.answers.set('plan', () => fresh);
    await flow.checkAgain();
    const plans = core.sent.filter(({ name }) => name === 'plan');
    expect(plans.at(-1)?.request).toMatchObject({ environment: 'production', capture: true });
    expect(flow.plan?.fingerprint).toBe('checked');
    core.answers.set('plan', () => {
      throw new ApiError('failed', 'No network', '', true);
    });
    await flow.checkAgain();
    expect(flow.check.error?.message).toBe('No network');
    expect(flow.plan?.fingerprint).toBe('checked');
  });

  it('is worked out again once the release was compared again', async () => {
    const flow = open(view);
    await vi.waitFor(() => expect(flow.plan).toBeDefined());
    core.answers.set('release_refresh', () => view);
    await flow.refreshRelease();
    expect(asked()).toEqual(['production', 'production']);
  });

  it.each([
    ['what may be deployed', {}, true],
    ['what lacks an approval', UNAPPROVED, true],
    [
      'nothing else',
      { obstacle: 'blocked', can: { deploy: false, quick_deploy: false, refresh: true } },
      false,
    ],
  ] as const)('opens the dialog for %s', async (_, over, can) => {
    core.answers.set('plan', () => planFor('production', over));
    const flow = open(view);
    await vi.waitFor(() => expect(flow.plan).toBeDefined());
    expect(flow.canDeploy).toBe(can);
  });
});
