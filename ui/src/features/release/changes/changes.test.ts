import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName, RequestOf } from '../../../lib/backend';
import { CHANGES, manyChanges } from '../testing/changes';
import { FakeCore } from '../testing/fake-core';
import { Changes, type GroupRow } from './changes.svelte';

const held = vi.hoisted(() => ({ core: undefined as unknown }));
vi.mock('../../../lib/backend', () => ({
  call: async (name: CommandName, request: RequestOf<CommandName>) =>
    (held.core as FakeCore).call(name, request),
}));

let core: FakeCore;

async function open(changes = CHANGES, showsAll = true): Promise<Changes> {
  core = new FakeCore('draft', changes);
  held.core = core;
  const opened = new Changes('release-1', showsAll);
  opened.refresh();
  await opened.order();
  await settled(opened);
  return opened;
}

/** Waits until the tree is as it was asked for last. */
async function settled(changes: Changes): Promise<void> {
  await vi.waitFor(() => expect(changes.counts).toBeDefined());
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

function groups(changes: Changes): GroupRow[] {
  return [...changes.tree.held()].flatMap(([, row]) => (row.type === 'group' ? [row] : []));
}

function group(changes: Changes, title: string): GroupRow {
  return groups(changes).find((one) => one.title === title) as GroupRow;
}

/** The row of a change, as walking through the whole tree finds it. */
function walked(changes: Changes, resource: string): number {
  const { rows } = core.call('change_rows', {
    release: 'release-1',
    filter: { ...changes.filter, included: false },
    folded: [...changes.folded],
    from: 0,
    limit: 1e6,
  });
  return rows.findIndex((row) => row.type === 'change' && row.resource === resource);
}

/** What is left out now, in the order of the tree. */
function leftOut(): string[] {
  return core.changes.map(({ resource }) => resource).filter((one) => core.left.has(one));
}

beforeEach(() => localStorage.clear());

describe('the order of changes', () => {
  it('comes in pages, and is whole then', async () => {
    const changes = await open(manyChanges(2_500, 10));
    const asked = core.calls.filter(({ name }) => name === 'change_order');
    expect(asked.map(({ request }) => (request as { from: number }).from)).toEqual([
      0, 1_000, 2_000,
    ]);
    expect(changes.doc.entries.length).toBe(2_500);
    expect(changes.isOrdered).toBe(true);
  });
});

describe('the tree', () => {
  it('reads its first page once, and no page that is not in view', async () => {
    const changes = await open(manyChanges(5_000, 10));
    expect(changes.tree.row(0)).toMatchObject({ type: 'group' });
    expect(changes.counts).toMatchObject({ total: 5_000, matching: 5_000, count: 5_012 });
    expect(core.calls.filter(({ name }) => name === 'change_rows')).toHaveLength(1);
  });

  it('asks the core where a change stands, folded or not', async () => {
    const changes = await open(manyChanges(5_000, 10));
    for (const at of [0, 499, 500, 4_999]) {
      const resource = changes.doc.entries[at]?.resource ?? '';
      expect(await changes.rowOf(resource), resource).toBe(walked(changes, resource));
    }
    const second = { ...groups(changes)[0], id: 'Kind 2', folded: false } as GroupRow;
    const inside = core.changes.find((one) => one.group[0] === 'Kind 2')?.resource ?? '';
    changes.toggle(second);
    await settled(changes);
    expect(await changes.rowOf(inside), 'the group that holds it').toBe(504);
    await changes.setFilter({ ...changes.filter, text: 'nothing' });
    expect(await changes.rowOf(inside)).toBeUndefined();
  });
});

describe('choosing', () => {
  it('leaves a change out, and says what taking it in pulls in', async () => {
    const changes = await open();
    await changes.include(['object/products:blue-shirt'], false);
    await settled(changes);
    expect(changes.counts?.included).toBe(10);
    await changes.include(['object/products:blue-shirt'], true);
    expect(changes.pulledIn).toEqual([
      {
        resource: 'object/collections:spring',
        needed_by: 'object/products:blue-shirt',
        path: 'collections[0]',
      },
    ]);
  });

  it.each([
    ['open', false],
    ['folded', true],
  ])('leaves a whole group out, %s', async (_, folded) => {
    const changes = await open();
    if (folded) {
      changes.toggle(group(changes, 'Theme'));
      await settled(changes);
    }
    await changes.includeMatching(group(changes, 'Theme').id, false);
    await settled(changes);
    expect(leftOut()).toEqual(
      CHANGES.filter((one) => one.resource.startsWith('theme/') && one.withheld === undefined).map(
        ({ resource }) => resource,
      ),
    );
    expect(group(changes, 'Theme').included).toBe(0);
  });

  it('leaves out exactly what a group shows, not what was viewed a moment ago', async () => {
    const changes = await open(manyChanges(40, 2));
    await changes.setFilter({ ...changes.filter, unviewed: true });
    await settled(changes);
    const [first] = groups(changes);
    const members = core.changes.filter((one) => one.group[0] === first?.title);
    const viewed = members[10]?.resource ?? '';
    await changes.setViewed(viewed, true);
    await settled(changes);
    await changes.includeMatching(first?.id ?? '', false);
    expect(leftOut()).toEqual(
      members.map(({ resource }) => resource).filter((resource) => resource !== viewed),
    );
  });

  it('leaves out all that match', async () => {
    const changes = await open();
    await changes.setFilter({ ...changes.filter, text: 'header' });
    await changes.includeMatching(null, false);
    expect(leftOut().length).toBeGreaterThan(0);
    expect(leftOut().every((resource) => resource.includes('header'))).toBe(true);
  });

  it('shows only what is in, unless changes are chosen', async () => {
    const changes = await open(CHANGES, false);
    expect(changes.doc.entries.map(({ resource }) => resource)).not.toContain(
      'theme/file:config/settings_data.json',
    );
    expect(changes.doc.entries.length).toBe(11);
  });
});

describe('viewed', () => {
  it('marks a change, and folds its diff', async () => {
    const changes = await open();
    await changes.setViewed('object/products:blue-shirt', true);
    expect(core.viewed.has('object/products:blue-shirt')).toBe(true);
    expect(changes.ledger.get('object/products:blue-shirt')?.viewed).toBe(true);
    expect(changes.doc.section(0)?.folded).toBe(true);
  });

  it('begins with the diffs folded that were viewed before', async () => {
    const changes = await open();
    const at = changes.doc.indexOf('object/products:canvas-tote') ?? -1;
    expect(changes.doc.section(at)?.folded).toBe(true);
  });
});

describe('the filter', () => {
  it('narrows the tree and the document alike', async () => {
    const changes = await open();
    await changes.setFilter({ ...changes.filter, text: 'HEADER', kinds: ['modified'] });
    expect(changes.doc.entries.map(({ resource }) => resource)).toEqual([
      'theme/file:sections/header.liquid',
    ]);
    await settled(changes);
    expect(changes.counts).toMatchObject({ matching: 1, total_rows: 3 });
  });
});

describe('a release that changes', () => {
  const sent = (name: CommandName): number => core.calls.filter((one) => one.name === name).length;

  it('is read again as far as its answer follows from what changed', async () => {
    const changes = await open(CHANGES, false);
    const view = core.call('release_get', { release: 'release-1' });
    changes.follow(view, false);
    await settled(changes);
    core.calls.length = 0;
    changes.follow(view, false);
    expect(core.calls, 'the same').toEqual([]);
    changes.follow({ ...view }, false);
    await settled(changes);
    expect([sent('change_rows'), sent('change_order')], 'a remark').toEqual([1, 0]);
    const candidates = { ...view.release.candidates, changes: 'others' };
    changes.follow({ ...view, release: { ...view.release, candidates } }, false);
    await settled(changes);
    expect([sent('change_rows'), sent('change_order')], 'other changes').toEqual([2, 1]);
  });

  it('shows what is left out too while changes are chosen', async () => {
    const changes = await open(CHANGES, false);
    const view = core.call('release_get', { release: 'release-1' });
    changes.follow(view, false);
    expect(changes.doc.entries).toHaveLength(11);
    changes.follow(view, true);
    await vi.waitFor(() => expect(changes.doc.entries).toHaveLength(CHANGES.length));
  });
});
