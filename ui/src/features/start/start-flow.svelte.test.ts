import { beforeEach, describe, expect, it, vi } from 'vitest';
import { StartFlow } from './start-flow.svelte';

const sent = vi.hoisted(() => [] as { name: string; request: unknown }[]);
const refused = vi.hoisted(() => new Map<string, unknown>());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: unknown) => {
      sent.push({ name, request });
      if (refused.has(name)) throw refused.get(name);
      return {};
    },
    listen: () => () => undefined,
  },
}));

const MARA = { name: 'Mara Lindqvist', email: 'mara@northwind.example' };
const onproblem = vi.fn();
const names = (): string[] => sent.map(({ name }) => name);

function start(person: typeof MARA | null = MARA, failed?: unknown): StartFlow {
  return new StartFlow({ person: null, suggested_person: person }, failed, onproblem);
}

beforeEach(() => {
  sent.length = 0;
  refused.clear();
  onproblem.mockClear();
});

describe('StartFlow', () => {
  it('saves who acts, as suggested or typed, and opens the sample', async () => {
    const flow = start();
    flow.person.name = ' Mara L. ';
    expect(await flow.openSample()).toBe(true);
    expect(sent.slice(0, 2)).toEqual([
      { name: 'person_set', request: { ...MARA, name: 'Mara L.' } },
      { name: 'sample_open', request: {} },
    ]);
  });

  it('opens a workspace that was open before, by its file', async () => {
    await start().openRecent('/home/mara/northwind.slipway');
    expect(sent[1]).toEqual({
      name: 'workspace_open',
      request: { path: '/home/mara/northwind.slipway' },
    });
  });

  it('goes nowhere without a person, and says what is wrong only then', async () => {
    const flow = start(null);
    expect(flow.isAsked).toBe(false);
    expect(await flow.openSample()).toBe(false);
    expect(await flow.show('new')).toBe(false);
    expect([flow.isAsked, flow.dialog, names()]).toEqual([true, undefined, []]);
    expect(onproblem).toHaveBeenCalledTimes(2);
  });

  it('goes on to a dialog once the person is saved, and not where that fails', async () => {
    refused.set('person_set', { code: 'invalid', message: 'A name has no < or >.' });
    const flow = start();
    await flow.show('open');
    expect(flow.dialog).toBeUndefined();
    expect(flow.action.error).toMatchObject({ message: 'A name has no < or >.' });

    refused.clear();
    await flow.show('open');
    expect([flow.dialog, flow.action.error]).toEqual(['open', undefined]);
  });

  it('starts with why the last workspace did not open, until something else is tried', async () => {
    const failed = new Error('The file is gone.');
    const flow = start(MARA, failed);
    expect(flow.action.error).toBe(failed);
    await flow.show('new');
    expect(flow.action.error).toBeUndefined();
  });
});
