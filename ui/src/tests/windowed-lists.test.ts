/**
 * Every list that can grow, with 10,000 rows: scrolled to its end, its last row is there, and the core was asked for the pages
 * that were seen and no others. Each answer says something else about the whole than the one before, as it does where
 * others work in the same place.
 */
import { render } from '@testing-library/svelte';
import { tick, type Component } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event as CoreEvent } from '../generated/Event';
import { startLive, type CommandName, type RequestOf } from '../lib/backend';
import { LIST_HEIGHT, layOut, scrollTo } from '../lib/ui/testing/scroll';
import InFlight from '../features/board/InFlight.svelte';
import Captures from '../features/environments/Captures.svelte';
import Activity from '../features/activity/Activity.svelte';
import DeploymentOperations from '../features/deployment/DeploymentOperations.svelte';
import DeploymentsTab from '../features/deployment/DeploymentsTab.svelte';
import { counts, manyOperations, sampleDeployment } from '../lib/domain/testing/samples';
import ActivityTab from '../features/release/ActivityTab.svelte';
import ChangeTree from '../features/release/changes/ChangeTree.svelte';
import { Changes } from '../features/release/changes/changes.svelte';
import { manyChanges } from '../features/release/testing/changes';
import { FakeCore } from '../features/release/testing/fake-core';
import { MARA, NOW, releaseView } from '../lib/domain/testing/release';
import Releases from '../features/releases/Releases.svelte';

const ROWS = 10_000;
const core = vi.hoisted(() => ({
  answers: new Map<string, (request: never) => unknown>(),
  asked: [] as string[],
  hear: (_event: CoreEvent): void => undefined,
}));

vi.mock('../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: unknown) => {
      core.asked.push(name);
      await new Promise((resolve) => setTimeout(resolve, 0));
      return core.answers.get(name)?.(request as never);
    },
    listen: (hear: (event: CoreEvent) => void) => {
      core.hear = hear;
      return () => undefined;
    },
  },
}));
vi.mock('../lib/app/overview.svelte', () => ({
  useOverview: () => ({ environments: [], unfinished: 0, running: [] }),
}));

/** What a list asks, what it shows in its last row, and how tall its rows are. */
interface Case {
  name: string;
  command: CommandName;
  rowHeight?: number;
  last: string;
  count?: number;
  show: () => { component: Component; props: object };
}

let asked = 0;

function page<T>(
  { offset, limit }: { offset: number; limit: number },
  make: (at: number) => T,
): T[] {
  asked += 1;
  return Array.from({ length: Math.max(0, Math.min(limit, ROWS - offset)) }, (_, at) =>
    make(offset + at),
  );
}

const shown = (component: unknown, props: object = {}): ReturnType<Case['show']> => ({
  component: component as Component,
  props,
});
const treeCore = new FakeCore('draft', manyChanges(ROWS, 10));

const CASES: Case[] = [
  {
    name: 'releases',
    command: 'release_list',
    rowHeight: 40,
    last: `v-${ROWS - 1}`,
    show: () => shown(Releases),
  },
  {
    name: 'releases in flight',
    command: 'release_list',
    rowHeight: 40,
    last: `v-${ROWS - 1}`,
    show: () => shown(InFlight),
  },
  {
    name: 'captures of an environment',
    command: 'capture_list',
    rowHeight: 32,
    last: '9,999 times',
    show: () => shown(Captures, { environment: 'e' }),
  },
  { name: 'activity', command: 'trail', last: `decided ${ROWS - 1}`, show: () => shown(Activity) },
  {
    name: 'activity of a release',
    command: 'trail',
    last: `decided ${ROWS - 1}`,
    show: () => shown(ActivityTab, { release: releaseView('open') }),
  },
  {
    name: 'deployments of a release',
    command: 'deployment_list',
    rowHeight: 52,
    last: `place ${ROWS - 1}`,
    show: () => shown(DeploymentsTab, { release: releaseView('open') }),
  },
  {
    name: 'operations of a deployment',
    command: 'deployment_operations',
    last: `number-${ROWS - 1}`,
    show: () =>
      shown(DeploymentOperations, {
        view: sampleDeployment({ counts: counts({ total: ROWS, applied: ROWS }) }),
        version: 0,
      }),
  },
  {
    name: 'tree of changes',
    command: 'change_rows',
    last: 'catalogue.csv',
    count: ROWS + 22,
    show: () => shown(ChangeTree, { changes: new Changes('release-1', true) }),
  },
];

beforeEach(() => {
  layOut();
  localStorage.clear();
  core.asked.length = 0;
  asked = 0;
  startLive();
  const answer = <K extends CommandName>(name: K, give: (request: RequestOf<K>) => unknown): void =>
    void core.answers.set(name, give as (request: never) => unknown);
  answer('release_list', (request) => ({
    releases: page(request, (at) => ({
      ...releaseView('open').release,
      id: `r-${at}`,
      tag: `v-${at}`,
      title: '',
      source: 'a',
      target: 'b',
      to_production: false,
      counts: { created: 1, modified: 2, deleted: 3 },
      approval: { required: 0, approved_by: [], changes_requested_by: [], satisfied: true },
      standings: [],
      unresolved: 0,
      deployment: null,
      is_revert: false,
    })),
    total: ROWS,
    by_state: [['open', ROWS + asked]],
  }));
  answer('capture_list', (request) => ({
    rows: page(request, (at) => ({
      snapshot: 'a'.repeat(64),
      first_at: NOW,
      last_at: NOW,
      times: at,
      resources: 1,
      bytes: 1,
      counts: { created: 0, modified: 1, deleted: 0 },
    })),
    total: ROWS,
  }));
  answer('trail', (request) => ({
    entries: page(request, (at) => ({
      position: at,
      id: `${at}`,
      author: MARA,
      at: NOW,
      fact: { kind: 'release_cancelled', release: 'r', reason: '' },
      sentence: `decided ${at}`,
      release: null,
      environment: null,
    })),
    total: ROWS,
  }));
  answer('deployment_list', (request) => ({
    deployments: page(request, (at) => ({
      ...sampleDeployment({ deployment: { id: `d-${at}` } }),
      environment_name: `place ${at}`,
    })),
    total: ROWS,
  }));
  answer('deployment_get', () => sampleDeployment());
  const [operation] = manyOperations(1);
  answer('deployment_operations', (request) => ({
    operations: page(request, (at) => ({
      operation: { ...operation, id: at, resource: `object/products:number-${at}` },
      attempt: {
        state: 'applied',
        attempts: 1,
        began_at: NOW,
        ended_at: NOW,
        message: null,
        hint: null,
        is_drifted: false,
        steps: [],
      },
    })),
    total: ROWS,
  }));
  for (const name of ['change_rows', 'change_place', 'change_order'] as const) {
    answer(name, (request) => treeCore.call(name, request as never));
  }
  answer('change_rows', (request) => {
    asked += 1;
    return { ...treeCore.call('change_rows', request), viewed: asked, included: ROWS - asked };
  });
});
afterEach(() => vi.unstubAllGlobals());

/** The list with the most to scroll. */
function listIn(container: HTMLElement): HTMLElement {
  const tracks = [...container.querySelectorAll<HTMLElement>('.track')];
  const height = (track: HTMLElement): number => Number.parseFloat(track.style.height);
  const [tallest] = tracks.sort((a, b) => height(b) - height(a));
  return tallest?.parentElement as HTMLElement;
}

/** How far the walk goes at a time, in rows. */
const STRIDE = 2_500;
/** How long something may take to show, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Looks now and then whether something is as it should be: an observer of every change costs more than the list itself. */
async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each(CASES)('the list of $name', (one) => {
  const rowHeight = one.rowHeight ?? 28;
  const count = one.count ?? ROWS;
  const of = (): number => core.asked.filter((name) => name === one.command).length;

  it(
    'shows its last row after a walk, and asks for the pages seen alone',
    { timeout: 60_000 },
    async () => {
      const { component, props } = one.show();
      const { container } = render(component, { props: props as never });
      await until(() => Boolean(listIn(container)?.querySelector('[aria-setsize]')));
      const list = listIn(container);
      for (let top = 0; top < count * rowHeight; top += STRIDE * rowHeight) {
        scrollTo(list, top);
        await tick();
        await until(() => list.querySelector('[aria-busy]') === null);
      }
      scrollTo(list, count * rowHeight - LIST_HEIGHT);
      await until(() => list.textContent.includes(one.last));
      expect(list.textContent).toContain(one.last);
      expect(of(), 'two pages at each stop, at most').toBeLessThanOrEqual((count / STRIDE + 2) * 2);
      // It rests there; what changes is read again where it shows, and nowhere else.
      const { length } = core.asked;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(core.asked.length).toBe(length);
      const before = of();
      core.hear({ type: 'changed', position: 1, topics: [{ kind: 'all' }] });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(of() - before).toBeLessThanOrEqual(3);
      expect(list.textContent).toContain(one.last);
    },
  );
});
