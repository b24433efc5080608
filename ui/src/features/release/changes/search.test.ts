import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName, RequestOf } from '../../../lib/backend';
import { unified } from '../../../lib/diff/testing/rows';
import type { FakeChange } from '../testing/changes';
import { FakeCore } from '../testing/fake-core';
import { Changes } from './changes.svelte';
import { DiffSearch } from './search.svelte';

const held = vi.hoisted(() => ({ core: undefined as unknown }));
vi.mock('../../../lib/backend', () => {
  const call = async (name: CommandName, request: RequestOf<CommandName>): Promise<unknown> =>
    (held.core as FakeCore).call(name, request);
  class Job {
    error: unknown;
    progress: undefined;
    isRunning = false;
    run = (name: CommandName, request: object): Promise<unknown> =>
      call(name, { ...request, job: 'job' } as RequestOf<CommandName>);
    cancel = (): Promise<void> => Promise.resolve();
  }
  return { call, Job };
});

const COUNT = 2_000;
/** Two changes among very many hold the text. */
const HOLDING = [700, 1_500];

function change(at: number): FakeChange {
  const text = HOLDING.includes(at) ? ' first\n-needle\n+needle too\n last' : ' first\n-a\n+b';
  return {
    resource: `theme/file:assets/${at}.css`,
    group: ['Theme'],
    change: 'modified',
    before: 10,
    after: 10,
    text: unified(text),
  };
}

let core: FakeCore;

async function open(): Promise<{ changes: Changes; search: DiffSearch }> {
  core = new FakeCore(
    'open',
    Array.from({ length: COUNT }, (_, at) => change(at)),
  );
  held.core = core;
  const changes = new Changes('release-1');
  await Promise.all([changes.refresh(), changes.order()]);
  core.calls.length = 0;
  const search = new DiffSearch(changes.doc, changes.release, () => changes.shown);
  return { changes, search };
}

const key = (at: number): string => change(at).resource;

beforeEach(() => localStorage.clear());

describe('find in all diffs', () => {
  it('goes from place to place over the borders of changes, and around the end', async () => {
    const { search } = await open();
    const places: [number, number][] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      await search.step('needle', 1);
      places.push([
        HOLDING.findIndex((at) => key(at) === search.at?.resource),
        search.at?.place ?? -1,
      ]);
    }
    expect(places).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [0, 0],
    ]);
    await search.step('needle', -1);
    expect(search.at).toMatchObject({ resource: key(1_500), place: 1, of: 2 });
  });

  it('asks a number of questions that does not grow with the changes', async () => {
    const { search } = await open();
    await search.step('needle', 1);
    const finds = core.calls.filter(({ name }) => name === 'diff_find' || name === 'changes_find');
    expect(search.at?.resource).toBe(key(700));
    expect(finds.length).toBeLessThanOrEqual(3);
  });

  it('says that nothing was found', async () => {
    const { search } = await open();
    await search.step('nowhere', 1);
    expect(search.at).toBeUndefined();
    expect(search.isOver).toBe(true);
    expect(search.isSearching).toBe(false);
    expect(core.calls.length).toBeLessThanOrEqual(3);
  });

  it('reports what the core could not do', async () => {
    const { search } = await open();
    core.call = () => {
      throw new Error('no');
    };
    await search.step('needle', 1);
    expect(search.error).toBeDefined();
  });
});
