import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { EnvironmentForm } from './environment-form.svelte';

const sent = vi.hoisted(() => [] as { name: string; request: Record<string, unknown> }[]);
const refusal = vi.hoisted(() => ({ now: undefined as unknown }));

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      sent.push({ name, request });
      if (refusal.now) throw refusal.now;
      return { notice: null };
    },
    listen: () => () => undefined,
  },
}));

const environment = (id: string, name: string): EnvironmentView =>
  ({
    environment: {
      id,
      name,
      platform: 'folder',
      connection: { path: `/srv/${name}`, layout: 'theme' },
      tier: 'staging',
      promotes_to: null,
      approvals: null,
      rules: [],
    },
  }) as unknown as EnvironmentView;

const others = [environment('e-2', 'Production')];
const done = vi.fn();

beforeEach(() => {
  sent.length = 0;
  refusal.now = undefined;
  done.mockClear();
});

describe('EnvironmentForm', () => {
  it('adds a new one once it has a name and a place, and is done', async () => {
    const form = new EnvironmentForm(undefined, others, done);
    expect(form.isReady).toBe(false);
    form.fields.name = ' staging ';
    form.fields.path = '/srv/staging';
    expect(form.isReady).toBe(true);
    await form.save();
    expect(sent).toMatchObject([
      { name: 'environment_add', request: { settings: { name: 'staging' } } },
    ]);
    expect(done).toHaveBeenCalledOnce();
  });

  it('changes the one that is there, and sends no secret of a folder', async () => {
    const form = new EnvironmentForm(environment('e-1', 'staging'), others, done);
    form.fields.tier = 'development';
    await form.save();
    expect(sent).toMatchObject([
      { name: 'environment_change', request: { id: 'e-1', settings: { tier: 'development' } } },
    ]);
    expect(sent[0]?.request).not.toHaveProperty('secrets');
  });

  it('refuses the name of another, in whatever case', () => {
    const form = new EnvironmentForm(environment('e-1', 'staging'), others, done);
    expect([form.nameProblem, form.isReady]).toEqual([undefined, true]);
    form.fields.name = 'production ';
    expect(form.nameProblem).toBe('Another environment has this name.');
    expect(form.isReady).toBe(false);
  });

  it('removes the one that is there, and stays with what went wrong', async () => {
    const form = new EnvironmentForm(environment('e-1', 'staging'), others, done);
    refusal.now = { code: 'refused', message: 'A release goes there.' };
    expect(await form.remove()).toBe(false);
    expect(form.action.error).toMatchObject({ message: 'A release goes there.' });
    expect(done).not.toHaveBeenCalled();

    refusal.now = undefined;
    await form.remove();
    expect(sent.at(-1)).toEqual({ name: 'environment_remove', request: { environment: 'e-1' } });
    expect(done).toHaveBeenCalledOnce();
  });
});
