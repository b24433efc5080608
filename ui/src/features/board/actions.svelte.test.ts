import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { dialogs } from '../../lib/app/dialogs.svelte';
import { CardActions } from './actions.svelte';

const sent = vi.hoisted(() => [] as { name: string; request: unknown }[]);
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: unknown) => {
      sent.push({ name, request });
      throw { code: 'failed', message: 'The folder can’t be read.' };
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));

function environment(id: string, promotes_to: string | null, can = {}): EnvironmentView {
  return {
    environment: { id, name: id, promotes_to },
    current: { id: 'release-1', tag: 'spring-1' },
    can: { promote: false, create_release: false, roll_back: false, ...can },
  } as unknown as EnvironmentView;
}

const production = environment('production', null);

function actions(view: EnvironmentView): CardActions {
  return new CardActions(() => view, {
    environment: (id) => (id === 'production' ? production : undefined),
  });
}

beforeEach(() => {
  sent.length = 0;
  went.mockClear();
});

describe('CardActions', () => {
  it('promotes what it holds: to the plan for the next environment', () => {
    actions(environment('staging', 'production')).promote();
    expect(went).toHaveBeenCalledWith({
      page: 'release',
      id: 'release-1',
      tab: 'plan',
      environment: 'production',
    });
  });

  it('promotes nothing from the end of a chain', () => {
    actions(production).promote();
    expect(went).not.toHaveBeenCalled();
  });

  it.each([
    ['staging', 'production', { source: 'staging', target: 'production' }],
    ['production', null, { source: 'production' }],
  ])('creates a release from %s to %s', (id, next, draft) => {
    actions(environment(id, next)).createRelease();
    expect(dialogs.current).toEqual({ name: 'create-release', draft });
  });

  it('offers a release in the menu where the button promotes', () => {
    const ids = (view: EnvironmentView): unknown[] =>
      actions(view).menu.map((entry) => typeof entry === 'object' && 'id' in entry && entry.id);
    expect(ids(environment('staging', 'production', { promote: true }))).toContain('create');
    expect(ids(environment('staging', 'production', { create_release: true }))).not.toContain(
      'create',
    );
  });

  it('captures, and keeps why it failed', async () => {
    const staging = actions(environment('staging', 'production'));
    staging.capture();
    await vi.waitFor(() =>
      expect(staging.capturing.error?.message).toBe('The folder can’t be read.'),
    );
    expect(sent).toMatchObject([
      { name: 'capture', request: { environment: 'staging', stop_at_unreadable: false } },
    ]);
  });
});
