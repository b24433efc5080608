import { flushSync, tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { handle } from '../../lib/app/handlers.svelte';
import { PaletteSearch } from './search.svelte';

const asked = vi.hoisted(() => [] as { text: string }[]);
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (_: string, request: { text: string }) => {
      asked.push(request);
      const release = { id: 'r-1', tag: 'spring-24.3', state: 'open', aftermath: null };
      return { releases: [{ ...release, source: 'dev', target: 'staging' }], total: 1 };
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));

const environments = [
  { environment: { id: 'e-1', name: 'staging' }, place: '/srv/staging' },
] as unknown as EnvironmentView[];
const help = vi.fn();
const closed = vi.fn();
let search: PaletteSearch;
let stop: () => void;

beforeEach(async () => {
  [help, closed, went].forEach((one) => one.mockClear());
  asked.length = 0;
  stop = $effect.root(() => {
    handle({ help, palette: () => undefined, 'release.create': () => undefined });
    search = new PaletteSearch({ environments }, closed);
  });
  flushSync();
  await tick();
  await vi.waitFor(() => expect(texts()).toContain('spring-24.3'));
});
afterEach(async () => {
  stop();
  await tick();
});

const texts = (): string[] => search.found.map(({ item }) => item.text);
const activeText = (): string | undefined => search.found[search.active]?.item.text;

describe('PaletteSearch', () => {
  it('lists what can be done and gone to now, and not the way to itself', () => {
    expect(texts()).toEqual(['Create release…', 'Keyboard shortcuts', 'spring-24.3', 'staging']);
  });

  it('narrows by what is typed, asks the core for releases, and starts at the best', async () => {
    search.move(1);
    search.text = ' stag';
    expect(activeText()).toBe('staging');
    flushSync();
    await vi.waitFor(() => expect(asked.at(-1)?.text).toBe('stag'));
  });

  it('keeps a group together, the best one first', () => {
    search.text = 's';
    const groups = search.found.map(({ item }) => item.group);
    const heads = groups.filter((group, at) => group !== groups[at - 1]);
    expect(heads).toHaveLength(new Set(groups).size);
    expect(groups).toHaveLength(4);
  });

  it('moves around the ends', () => {
    search.move(-1);
    expect(activeText()).toBe('staging');
    search.move(1);
    expect(activeText()).toBe('Create release…');
  });

  it('closes before it does what is chosen', () => {
    help.mockImplementation(() => expect(closed).toHaveBeenCalledOnce());
    search.active = 1;
    search.choose();
    expect(help).toHaveBeenCalledOnce();
  });

  it('goes to releases and environments', () => {
    search.choose(search.found[2]?.item);
    search.choose(search.found[3]?.item);
    expect(went.mock.calls).toEqual([
      [{ page: 'release', id: 'r-1', tab: 'overview' }],
      [{ page: 'environment', id: 'e-1' }],
    ]);
  });

  it('chooses nothing where nothing matches', () => {
    search.text = 'zzz';
    search.move(1);
    search.choose();
    expect([search.active, closed.mock.calls.length]).toEqual([-1, 0]);
  });
});
