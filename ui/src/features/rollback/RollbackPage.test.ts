import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Requirement } from '../../generated/Requirement';
import type { RollbackItem } from '../../generated/RollbackItem';
import type { RollbackView } from '../../generated/RollbackView';
import type { SelectionStep } from '../../generated/SelectionStep';
import { ApiError } from '../../lib/backend';
import { giveSize } from '../../lib/ui/testing/sized';
import { page, samplePlan, version } from '../../lib/domain/testing/samples';
import RollbackPage from './RollbackPage.svelte';

type Request = Record<string, unknown>;

const answers = vi.hoisted(() => new Map<string, (request: never) => unknown>());
const sent = vi.hoisted(() => [] as { name: string; request: Request }[]);
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Request) => {
      sent.push({ name, request });
      return answers.get(name)?.(request as never);
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));

// A whole page under a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const COUNT = 10_000;
const TALL = 320;

function item(at: number, edits: unknown): RollbackItem {
  const edited = at === 1;
  const kind = edited && edits === 'keep' ? 'keep' : 'restore';
  return {
    resource: `object/products:p-${String(at).padStart(5, '0')}`,
    action: { kind },
    current: version('now'),
    target: version('old'),
    deployed: version('now'),
    source: 'backup',
    edited,
    edits: edits as RollbackItem['edits'],
    changed_by: null,
    message: 'It was edited since.',
    hint: '',
  };
}

/** The digest of the plan of a choice. */
const digestOf = (edits: unknown): string => version(`rollback ${String(edits)}`).digest;

function view(request: Request): RollbackView {
  const kept = request.edits === 'keep' ? 1 : 0;
  return {
    digest: digestOf(request.edits),
    deployment: 'd1',
    release: 'r1',
    tag: 'spring-24.3',
    environment_name: 'production',
    to_production: true,
    returns_to: null,
    live: version('live').digest,
    total: COUNT,
    edited: 1,
    counts: { restore: COUNT - kept, merge: 0, keep: kept, nothing: 0, refuse: 0 },
    refused: page([]),
    is_complete: kept === 0,
  };
}

let plan: (request: Request) => unknown = view;
let missing: Requirement[] = [];
const named = (name: string): Request[] =>
  sent.filter((one) => one.name === name).map((one) => one.request);

beforeEach(() => {
  HTMLDialogElement.prototype.showModal ??= function show(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
    this.open = false;
  };
  giveSize(TALL);
  sent.length = 0;
  went.mockClear();
  plan = view;
  missing = [];
  answers.clear();
  answers.set('rollback_plan', (request: Request) => plan(request));
  answers.set('rollback_selected', ({ rollback, selection }: Request) => {
    const kept = rollback === digestOf('keep') ? 1 : 0;
    const left = (selection as SelectionStep[]).filter((step) => !step.included).length;
    const restore = COUNT - kept - left;
    return {
      counts: { restore, merge: 0, keep: kept, nothing: 0, refuse: 0 },
      available: COUNT - kept,
      is_simple: false,
      listed: COUNT,
      listed_available: COUNT - kept,
      listed_selected: restore,
      writes_edits: kept === 0,
      gate: { met: [], missing, warnings: [] },
    };
  });
  answers.set('rollback_resources', ({ offset, limit, rollback, selection }: Request) => {
    const edits = ['keep', 'overwrite', 'merge'].find((one) => digestOf(one) === rollback);
    const length = Math.min(Number(limit), COUNT - Number(offset));
    const rows = Array.from({ length }, (_, index) => {
      const one = item(Number(offset) + index, edits);
      const step = (selection as SelectionStep[]).findLast(
        (each) => each.of === 'matching' || each.resource === one.resource,
      );
      const is_available = one.action.kind === 'restore';
      return { item: one, is_available, is_selected: step?.included ?? true };
    });
    return { rows, total: COUNT };
  });
  answers.set('rollback_execute', () => ({
    release: 'r2',
    tag: 'revert',
    deployment: 'd2',
    gate: null,
  }));
  answers.set('rollback_dry_run', (request: Request) => ({
    rollback: view(request),
    plan: samplePlan([]),
  }));
});

/** The element of these words or this label. Roles of a whole page take seconds to work out, so they are not used here. */
function find<E extends HTMLElement>(selector: string, words: RegExp): E {
  const wanted = [...document.querySelectorAll<E>(selector)].find((one) =>
    words.test(one.getAttribute('aria-label') ?? one.textContent.trim()),
  );
  if (!wanted) throw new Error(`no ${selector} says ${String(words)}`);
  return wanted;
}

const button = (): HTMLButtonElement => find('footer button', /^Roll back .*…$/u);
const choice = (): HTMLSelectElement => find('select', /edits made since the deployment/u);
const press = (words: RegExp): Promise<unknown> => fireEvent.click(find('button', words));
const choose = (value: string): Promise<unknown> =>
  fireEvent.change(choice(), { target: { value } });
const tick = async (words: RegExp): Promise<void> => {
  const box = await waitFor(() => find<HTMLInputElement>('input[type=checkbox]', words));
  await fireEvent.click(box);
};

async function show(): Promise<void> {
  render(RollbackPage, { environment: 'production' });
  await waitFor(() => expect(button().disabled).toBe(false));
}

async function confirm(): Promise<void> {
  await fireEvent.click(button());
  await waitFor(() => find('dialog button', /^Roll back/u));
  await fireEvent.click(find('dialog button', /^Roll back/u));
}

describe('what is rolled back is what was on screen', () => {
  it('starts the plan that is shown, by its digest', async () => {
    await show();
    await confirm();
    await waitFor(() => expect(went).toHaveBeenCalled());
    expect(named('rollback_execute')).toMatchObject([
      { edits: 'keep', plan: digestOf('keep'), selection: [] },
    ]);
  });

  it('does nothing after a choice whose plan failed, says so, and takes the choice back', async () => {
    await show();
    plan = () => {
      throw new ApiError('failed', 'The store did not answer', 'Try again.', true);
    };
    await choose('overwrite');
    expect(await screen.findByText('The store did not answer')).toBeTruthy();
    expect(screen.getByText('Your choice about edits is not in force')).toBeTruthy();
    expect(screen.getByText(/could not be worked out\. Try again before/u)).toBeTruthy();
    expect(button().disabled).toBe(true);
    await fireEvent.click(button());
    expect(named('rollback_execute'), 'the button does nothing').toEqual([]);
    expect(find('button', /^Dry run$/u)).toHaveProperty('disabled', true);

    await press(/^Undo choice$/u);
    expect(choice()).toHaveProperty('value', 'keep');
    await waitFor(() => expect(button().disabled).toBe(false));
    await confirm();
    expect(named('rollback_execute')).toMatchObject([{ edits: 'keep', plan: digestOf('keep') }]);
  });

  it('does nothing while the plan of a choice is worked out, and then starts that plan', async () => {
    await show();
    let answer: (view: RollbackView) => void = () => undefined;
    plan = () => new Promise((resolve) => (answer = resolve));
    await choose('overwrite');
    expect(button().disabled).toBe(true);
    expect(screen.getByText('Working out the plan…')).toBeTruthy();
    await fireEvent.click(button());
    expect(named('rollback_execute')).toEqual([]);

    answer(view({ edits: 'overwrite' }));
    await waitFor(() => expect(button().disabled).toBe(false));
    await confirm();
    expect(named('rollback_execute')).toMatchObject([
      { edits: 'overwrite', plan: digestOf('overwrite') },
    ]);
  });

  it('tries a failed choice again', async () => {
    await show();
    plan = () => {
      throw new ApiError('failed', 'The store did not answer', '', true);
    };
    await choose('merge');
    await screen.findByText('The store did not answer');
    plan = view;
    await press(/^Try again$/u);
    await waitFor(() => expect(button().disabled).toBe(false));
    expect(screen.queryByText('Your choice about edits is not in force')).toBeNull();
  });

  it('shows the plan as it is now when the environment asks for another one', async () => {
    await show();
    answers.set('rollback_execute', () => {
      throw new ApiError('conflict', 'The rollback plan changed', '', false);
    });
    await confirm();
    expect(await screen.findByText('The rollback plan changed')).toBeTruthy();
    await waitFor(() => expect(named('rollback_plan')).toHaveLength(2));
    expect(went).not.toHaveBeenCalled();
  });

  it('marks a dry run of another selection as outdated', async () => {
    await show();
    await press(/^Dry run$/u);
    await waitFor(() => find('button', /^Dry run again$/u));
    expect(named('rollback_dry_run')).toMatchObject([{ plan: digestOf('keep'), selection: [] }]);
    expect(screen.queryByText(/^Outdated/u)).toBeNull();
    await tick(/p-00002$/u);
    expect(await screen.findByText(/^Outdated/u)).toBeTruthy();
  });
});

describe('a rollback that lacks an approval', () => {
  const waits = (): HTMLButtonElement => find('footer button', /^Open for review…$/u);

  beforeEach(() => {
    missing = [{ kind: 'approvals', need: 1, by: [], not_by: [] }];
    answers.set('rollback_execute', ({ quick }: Request) => ({
      release: 'r2',
      tag: 'revert',
      deployment: quick === null ? null : 'd2',
      gate: quick === null ? { met: [], missing, warnings: [] } : null,
    }));
    render(RollbackPage, { environment: 'production' });
  });

  it('is opened for review, and says what is missing and who can give it', async () => {
    await waitFor(() => expect(waits().disabled).toBe(false));
    expect(screen.getByText(/needs a review before it starts: 0 of 1 approval/u)).toBeTruthy();
    await fireEvent.click(waits());
    expect(await screen.findByText(/Anyone can approve it/u)).toBeTruthy();
    await fireEvent.click(await waitFor(() => find('dialog button', /^Open for review$/u)));
    await waitFor(() => expect(went).toHaveBeenCalled());
    expect(named('rollback_execute')).toMatchObject([{ quick: null }]);
    expect(went.mock.lastCall?.[0]).toMatchObject({ page: 'release', id: 'r2' });
  });

  it('goes past it only when that is chosen and a reason is given', async () => {
    await waitFor(() => expect(waits().disabled).toBe(false));
    await fireEvent.click(waits());
    await fireEvent.click(await waitFor(() => find('dialog button', /without review…$/u)));
    const confirm = await waitFor(() =>
      find<HTMLButtonElement>('dialog button', /^Roll back .* resources/u),
    );
    expect(confirm.disabled, 'without a reason').toBe(true);
    const why = document.querySelector<HTMLTextAreaElement>('dialog textarea');
    if (!why) throw new Error('no field for the reason');
    await fireEvent.input(why, { target: { value: ' Checkout is down ' } });
    await fireEvent.click(confirm);
    await waitFor(() => expect(went).toHaveBeenCalled());
    expect(named('rollback_execute')).toMatchObject([{ quick: 'Checkout is down' }]);
    expect(went.mock.lastCall?.[0]).toMatchObject({ page: 'deployment', id: 'd2' });
  });
});

describe('the difference of a resource', () => {
  it('is what the rollback does, and on demand what was deployed, where it was edited since', async () => {
    await show();
    await choose('overwrite');
    await waitFor(() => expect(button().disabled).toBe(false));
    const edited = await waitFor(() => find('[data-index="1"] button', /^Show difference$/u));
    await fireEvent.click(edited);
    await waitFor(() => expect(named('diff')).not.toEqual([]));
    const resource = 'object/products:p-00001';
    const versions = { kind: 'versions', before: version('now'), after: version('old') };
    expect(named('diff')).toMatchObject([{ resource, source: versions }]);

    await press(/^spring-24\.3$/u);
    await waitFor(() => expect(named('diff')).toHaveLength(2));
    expect(named('diff').at(-1)).toMatchObject({ source: { kind: 'release', release: 'r1' } });
  });
});

describe('the resources of a long rollback', () => {
  it('are read page by page to the last one', async () => {
    await show();
    const grid = find('[role=grid]', /^Resources to roll back$/u);
    const before = named('rollback_resources').length;
    grid.scrollTop = COUNT * 32 - TALL;
    await fireEvent.scroll(grid);
    expect(await screen.findByText(/p-09999/u)).toBeTruthy();
    const asked = named('rollback_resources').slice(before);
    expect(asked.length, 'no more than the pages that show').toBeLessThanOrEqual(2);
    expect(Math.max(...asked.map(({ limit }) => Number(limit)))).toBeLessThanOrEqual(1000);
  });

  it('are left out as steps, and counted by the core', async () => {
    await show();
    await tick(/p-00002$/u);
    expect(await screen.findByText('9,998 of 9,999 selected')).toBeTruthy();
    await confirm();
    expect(named('rollback_execute')).toMatchObject([
      {
        selection: [{ of: 'resource', resource: 'object/products:p-00002', included: false }],
      },
    ]);
    await tick(/^Select all that are listed$/u);
    await waitFor(() => expect(named('rollback_selected').at(-1)).toMatchObject({ selection: [] }));
  });

  it('are asked for again after the core forgot the plan', async () => {
    await show();
    const kept = answers.get('rollback_resources');
    let isForgotten = true;
    answers.set('rollback_resources', (request) => {
      if (isForgotten) throw new ApiError('expired', 'No longer in memory', '', true);
      return kept?.(request);
    });
    plan = (request) => {
      isForgotten = false;
      return view(request);
    };
    const grid = find('[role=grid]', /^Resources to roll back$/u);
    grid.scrollTop = COUNT * 32 - TALL;
    await fireEvent.scroll(grid);
    expect(await screen.findByText(/p-09999/u)).toBeTruthy();
    expect(named('rollback_plan')).toHaveLength(2);
  });
});
