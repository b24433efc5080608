import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { CommandId } from '../../../lib/app/commands';
import type { CommandName, RequestOf } from '../../../lib/backend';
import { anchorOf } from '../../../lib/diff/rows';
import type { Section } from '../../../lib/diff/section.svelte';
import { openDraftsOf } from '../conversation/drafts.svelte';
import { CHANGES } from '../testing/changes';
import { FakeCore } from '../testing/fake-core';
import { ChangeDeeds } from './change-actions.svelte';
import { Changes } from './changes.svelte';

const held = vi.hoisted(() => ({ core: undefined as unknown }));
vi.mock('../../../lib/backend', () => ({
  call: async (name: CommandName, request: RequestOf<CommandName>) =>
    (held.core as FakeCore).call(name, request),
}));

let core: FakeCore;
let changes: Changes;
let deeds: ChangeDeeds;

const HEADER = 'theme/file:sections/header.liquid';

async function open(state: ReleaseState = 'draft', release = `release-${Math.random()}`) {
  core = new FakeCore(state, CHANGES);
  held.core = core;
  changes = new Changes(release, state === 'draft');
  deeds = new ChangeDeeds(changes);
  changes.refresh();
  await changes.order();
  await vi.waitFor(() => expect(changes.counts).toBeDefined());
}

function press(id: CommandId): void {
  const command = deeds.commands[id];
  if (!command) throw new Error(`${id} does nothing`);
  command();
}

/** Goes to a change, with its rows. */
async function at(resource: string): Promise<Section> {
  const index = changes.doc.indexOf(resource) ?? -1;
  changes.doc.show(index);
  const section = changes.doc.section(index);
  if (!section) throw new Error(`no ${resource}`);
  await section.load();
  section.reading?.rows.want({ from: 0, to: section.rowCount }, section.rowCount);
  return section;
}

const drafted = (resource: string): unknown[] =>
  (openDraftsOf(changes.release).byResource.get(resource) ?? []).map(({ anchor }) => anchor);
const asked = (name: CommandName): unknown[] =>
  core.calls.filter((one) => one.name === name).map(({ request }) => request);

beforeEach(async () => {
  localStorage.clear();
  await open();
});

describe('a walk through the changes', () => {
  it('goes to the next one and back, and stays inside', () => {
    press('changes.next');
    expect(changes.doc.current).toBe(1);
    press('changes.previous');
    press('changes.previous');
    expect(changes.doc.current).toBe(0);
  });

  it('goes on once a change is viewed, and stays when that is taken back', async () => {
    const [first] = changes.doc.entries;
    press('changes.viewed');
    expect(changes.doc.current).toBe(1);
    expect(core.viewed.has(first?.resource ?? '')).toBe(true);
    press('changes.previous');
    press('changes.viewed');
    expect(changes.doc.current).toBe(0);
    await vi.waitFor(() => expect(core.viewed.has(first?.resource ?? '')).toBe(false));
  });

  it('goes to the line of a comment, or else to its change', async () => {
    const shown = (await at(HEADER)).reading?.rows.row(2);
    const anchor = shown && anchorOf(HEADER, shown);
    if (!anchor) throw new Error('a line can be commented on');
    changes.doc.show(0);
    await deeds.goTo(anchor);
    expect(changes.doc.cursor).toEqual({ resource: HEADER, row: 2 });
    changes.doc.cursor = undefined;
    await deeds.goTo({ kind: 'resource', resource: HEADER });
    expect(changes.doc.cursor).toBeUndefined();
    expect(changes.doc.entries[changes.doc.current]?.resource).toBe(HEADER);
  });
});

describe('choosing', () => {
  it('takes in or leaves out what the person is at, in a draft', async () => {
    const section = await at(HEADER);
    press('changes.include');
    await vi.waitFor(() => expect(core.left.has(section.resource)).toBe(true));
    await at('theme/file:config/settings_data.json');
    press('changes.include');
    expect(asked('release_include'), 'what a rule withholds stays out').toHaveLength(1);
  });

  it('is no command where nothing is chosen', async () => {
    await open('open');
    expect(deeds.commands['changes.include']).toBeUndefined();
  });
});

describe('comments', () => {
  it('begin on the row that the person is at, or else on the whole change, and unfold it', async () => {
    const section = await at(HEADER);
    changes.doc.cursor = { resource: HEADER, row: 2 };
    press('changes.comment');
    expect(drafted(HEADER)).toMatchObject([{ kind: 'line', resource: HEADER }]);
    changes.doc.cursor = undefined;
    section.folded = true;
    press('changes.comment');
    expect(drafted(HEADER)).toMatchObject([{ kind: 'line' }, { kind: 'resource' }]);
    expect(section.folded).toBe(false);
  });

  it('begin on a part of a document', async () => {
    const section = await at('object/products:blue-shirt');
    deeds.commentOnField(section, 'title');
    expect(drafted(section.resource)).toMatchObject([{ kind: 'field', path: 'title' }]);
  });
});

describe('how a change is looked at', () => {
  it('holds for all documents, but for a glance at one raw', async () => {
    const section = await at('object/products:blue-shirt');
    deeds.look(section, 'fields');
    expect([changes.preview.value, section.mode]).toEqual([false, 'fields']);
    press('changes.raw');
    expect([changes.preview.value, section.mode]).toEqual([false, 'raw']);
    press('changes.raw');
    expect([changes.preview.value, section.mode], 'around').toEqual([true, 'fields']);
  });

  it('folds by key and by the head, and goes there', async () => {
    const section = await at(HEADER);
    press('changes.fold');
    expect(section.folded).toBe(true);
    press('changes.next');
    deeds.fold(changes.doc.indexOf(HEADER) ?? -1, false);
    expect([section.folded, section.isTouched]).toEqual([false, true]);
    expect(changes.doc.entries[changes.doc.current]?.resource).toBe(HEADER);
  });
});
