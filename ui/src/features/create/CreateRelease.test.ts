import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';
import { ApiError, type CommandName } from '../../lib/backend';
import { releaseView } from '../../lib/domain/testing/release';
import CreateRelease from './CreateRelease.svelte';

const answers = vi.hoisted(() => new Map<string, (request: never) => unknown>());
const sent = vi.hoisted(() => [] as { name: string; request: Record<string, unknown> }[]);
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      sent.push({ name, request });
      return answers.get(name)?.(request as never);
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));
vi.mock('../../lib/app/overview.svelte', () => {
  const environments = [
    ['dev', 'development', 'staging'],
    ['staging', 'staging', 'production'],
    ['production', 'production', null],
  ].map(([id, tier, promotes_to]) => ({ environment: { id, name: id, tier, promotes_to } }));
  return {
    useOverview: () => ({
      environments: environments as unknown as EnvironmentView[],
      environment: (id: string) => environments.find(({ environment }) => environment.id === id),
    }),
  };
});

function answer(name: CommandName, give: (request: never) => unknown): void {
  answers.set(name, give);
}

beforeEach(() => {
  sent.length = 0;
  went.mockClear();
  answers.clear();
  answer('compare', () => ({
    counts: { created: 12, modified: 37, deleted: 0 },
    by_kind: [],
    changes: [],
    left_out: [{ pattern: 'x', reason: '', count: 2, examples: [] }],
    not_compared: [
      {
        environment: 'dev',
        unreadable: { place: 'a/1.json', line: 1, column: 1, message: 'It is no JSON.', hint: '' },
      },
    ],
    not_compared_count: 3,
  }));
  answer('release_list', () => ({
    releases: [{ tag: 'Taken' } as ReleaseSummary],
    total: 1,
    by_state: [],
  }));
  answer('release_create', () => releaseView('draft'));
});

function show(): { onclose: ReturnType<typeof vi.fn> } {
  const onclose = vi.fn();
  render(CreateRelease, { draft: {}, onclose });
  return { onclose };
}

const tag = (): HTMLElement => screen.getByRole('textbox', { name: /^Tag/u });
const create = (): HTMLElement => screen.getByTestId('release-create');

describe('CreateRelease', () => {
  it('starts with the first step of the chain and says what differs', async () => {
    show();
    expect(screen.getByRole('combobox', { name: 'From' })).toHaveProperty('value', 'dev');
    expect(screen.getByRole('combobox', { name: 'To' })).toHaveProperty('value', 'staging');
    expect(await screen.findByText(/12 created/u)).toBeTruthy();
    expect(screen.getByText('3 resources could not be read')).toHaveProperty(
      'title',
      'dev: a/1.json',
    );
    expect(screen.getByText(/2 resources left out by rules/u)).toBeTruthy();
    expect(create(), 'a tag is required').toHaveProperty('disabled', true);
  });

  it('follows the chain when the source changes', async () => {
    show();
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'From' }), 'staging');
    expect(screen.getByRole('combobox', { name: 'To' })).toHaveProperty('value', 'production');
  });

  it('makes the release and shows its changes', async () => {
    const { onclose } = show();
    await userEvent.type(tag(), ' spring-1 ');
    await userEvent.click(create());
    await waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(sent.find(({ name }) => name === 'release_create')?.request).toMatchObject({
      tag: 'spring-1',
      kind: null,
      source: 'dev',
      target: 'staging',
      capture: true,
    });
    expect(went).toHaveBeenCalledWith({ page: 'release', id: 'release-1', tab: 'changes' });
  });

  it('says while typing that a tag is taken, without regard to case', async () => {
    show();
    await userEvent.type(tag(), 'taken');
    expect(await screen.findByText(/There is a release Taken already/u)).toBeTruthy();
    expect(create()).toHaveProperty('disabled', true);
    await userEvent.type(tag(), '-2');
    await waitFor(() => expect(create()).toHaveProperty('disabled', false));
  });

  it('keeps what was typed when the core refuses, and says why', async () => {
    answer('release_create', () => {
      throw new ApiError('failed', 'The folder can’t be read', 'Mount the disk.', true);
    });
    const { onclose } = show();
    await userEvent.type(tag(), 'spring-1');
    await userEvent.click(create());
    expect(await screen.findByText('The folder can’t be read')).toBeTruthy();
    expect(screen.getByText('Mount the disk.')).toBeTruthy();
    expect(tag()).toHaveProperty('value', 'spring-1');
    expect(onclose).not.toHaveBeenCalled();
  });

  it('asks before it deletes what a source has lost, and only for that source', async () => {
    answer('release_create', (request) => {
      if (Reflect.get(request as object, 'allow_deletes') === true) return releaseView('draft');
      throw new ApiError('deletions', 'dev holds nothing', 'See whether it is whole.', false);
    });
    const { onclose } = show();
    await userEvent.type(tag(), 'spring-1');
    await userEvent.click(create());
    expect(await screen.findByText('dev holds nothing')).toBeTruthy();
    expect(create().textContent).toContain('Create with the deletions');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'From' }), 'staging');
    expect(create().textContent, 'another source was not asked about').toContain('Create release');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'From' }), 'dev');
    await userEvent.click(create());
    await waitFor(() => expect(onclose).toHaveBeenCalled());
  });

  it('goes on to the deployment where that is wanted, and says so where the release stays a draft', async () => {
    answer('release_open', () => {
      throw new ApiError('refused', 'Nothing is included.', '', false);
    });
    const { onclose } = show();
    await userEvent.type(tag(), 'spring-1');
    await userEvent.click(screen.getByRole('checkbox', { name: /Deploy after release/u }));
    await userEvent.click(create());
    await waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(sent.map(({ name }) => name)).toContain('release_open');
    expect(went, 'its page says how it goes on').toHaveBeenCalledWith({
      page: 'release',
      id: 'release-1',
      tab: 'changes',
    });
  });
});
