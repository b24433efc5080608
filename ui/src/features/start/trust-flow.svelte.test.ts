import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TrustFlow } from './trust-flow.svelte';

const sent = vi.hoisted(() => [] as { name: string; request: unknown }[]);
const answers = vi.hoisted(() => new Map<string, () => unknown>());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: unknown) => {
      sent.push({ name, request });
      return answers.get(name)?.() ?? {};
    },
    listen: () => () => undefined,
  },
}));

const refuse = (message: string) => (): never => {
  throw { code: 'conflict', message };
};

beforeEach(() => {
  sent.length = 0;
  answers.clear();
  answers.set('workspace_places', () => ({ environments: [], digest: 'seen' }));
});

describe('TrustFlow', () => {
  it('trusts what was seen, and nothing before', async () => {
    const flow = new TrustFlow();
    expect(await flow.trust()).toBe(false);
    expect(sent).toEqual([]);

    await flow.look();
    expect(await flow.trust()).toBe(true);
    expect(sent[1]).toEqual({ name: 'workspace_trust', request: { digest: 'seen' } });
  });

  it('has to be seen again once the core refuses', async () => {
    answers.set('workspace_trust', refuse('They moved.'));
    const flow = new TrustFlow();
    await flow.look();
    expect(await flow.trust()).toBe(false);
    expect(flow.places).toBeUndefined();
    expect(flow.error).toMatchObject({ message: 'They moved.' });

    await flow.look();
    expect([flow.places?.digest, flow.error]).toEqual(['seen', undefined]);
  });

  it('says why the places could not be seen', async () => {
    answers.set('workspace_places', refuse('The file is locked.'));
    const flow = new TrustFlow();
    await flow.look();
    expect(flow.error).toMatchObject({ message: 'The file is locked.' });
  });
});
