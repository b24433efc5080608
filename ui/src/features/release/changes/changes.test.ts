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
  const opened = new Changes('release-1');
  opened.showsAll = showsAll;
  await Promise.all([opened.refresh(), opened.order()]);
  return opened;
}

async function groups(changes: Changes): Promise<GroupRow[]> {
  const rows = await changes.rows(0, changes.counts?.total_rows ?? 0);
  return rows.filter((row): row is GroupRow => row.type === 'group');
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
  it('answers its first page without asking twice', async () => {
    const changes = await open();
    const asked = core.calls.length;
    expect(Array.isArray(changes.rows(0, 10))).toBe(true);
    expect(core.calls.length).toBe(asked);
    expect(changes.counts).toMatchObject({ total: 12, included: 11, viewed: 1 });
  });

  it('finds the row of any change among very many', async () => {
    const changes = await open(manyChanges(5_000, 10));
    for (const at of [0, 1, 499, 500, 2_345, 4_999]) {
      const resource = changes.doc.entries[at]?.resource ?? '';
      expect(await changes.rowOf(resource), resource).toBe(walked(changes, resource));
    }
  });

  it('finds rows with groups folded, and the group that holds a folded change', async () => {
    const changes = await open(manyChanges(5_000, 10));
    for (const group of (await groups(changes)).filter(({ title }) => /Kind [234]$/u.test(title))) {
      await changes.toggle(group);
    }
    const last = changes.doc.entries[4_999]?.resource ?? '';
    expect(await changes.rowOf(last)).toBe(walked(changes, last));
    const inside = 'object/kind-02:item-01200';
    const row = (await changes.rowOf(inside)) ?? -1;
    const [group] = await changes.rows(row, row + 1);
    expect(group).toMatchObject({ type: 'group', title: 'Kind 3', folded: true });
  });
});

describe('choosing', () => {
  it('leaves a change out, and says what taking it in pulls in', async () => {
    const changes = await open();
    await changes.include(['object/products:blue-shirt'], false);
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
    let group = (await groups(changes)).find(({ title }) => title === 'Theme') as GroupRow;
    if (folded) {
      await changes.toggle(group);
      group = (await groups(changes)).find(({ title }) => title === 'Theme') as GroupRow;
    }
    const rows = await changes.rows(0, changes.counts?.total_rows ?? 0);
    await changes.includeGroup(group, rows.indexOf(group), false);
    const sent = core.calls.findLast(({ name }) => name === 'release_include');
    const { resources } = sent?.request as RequestOf<'release_include'>;
    expect(resources).toEqual(
      CHANGES.map(({ resource }) => resource).filter((resource) => resource.startsWith('theme/')),
    );
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
    expect(changes.counts).toMatchObject({ matching: 1, total_rows: 3 });
  });
});
