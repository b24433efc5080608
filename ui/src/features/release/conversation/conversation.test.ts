/** A conversation of 10,000 comments: what shows is asked for, and nothing else. */
import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName, RequestOf } from '../../../lib/backend';
import type { Section } from '../../../lib/diff/section.svelte';
import { layOut } from '../../../lib/ui/testing/scroll';
import { comment } from '../../../lib/domain/testing/release';
import OverviewTab from '../overview/OverviewTab.svelte';
import { FakeCore } from '../testing/fake-core';
import CommentThread from './CommentThread.svelte';
import SectionThreads from './SectionThreads.svelte';

const held = vi.hoisted(() => ({ core: undefined as unknown }));
vi.mock('../../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: CommandName, request: RequestOf<CommandName>) =>
      (held.core as FakeCore).call(name, request),
    listen: () => () => undefined,
  },
}));

const ROWS = 10_000;
const RESOURCE = 'theme/file:sections/header.liquid';
let core: FakeCore;
/** Brings the blocks of a list into view, or out of it. */
let look: (blocks: Record<number, boolean>) => Promise<void>;

beforeEach(() => {
  core = new FakeCore('open');
  core.view = { ...core.view, release: { ...core.view.release, revisions: [], reviews: [] } };
  held.core = core;
  layOut();
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(heard: IntersectionObserverCallback) {
        look = async (blocks) => {
          const entries = Object.entries(blocks).map(([block, isIntersecting]) => ({
            isIntersecting,
            target: document.querySelector(`[data-block="${block}"]`),
          }));
          heard(entries as never, this as never);
          await tick();
        };
      }
      observe = (): void => undefined;
      unobserve = (): void => undefined;
    },
  );
});

function ranges(name: CommandName): string[] {
  return core.calls
    .filter((one) => one.name === name)
    .map(({ request }) => request as { offset: number; limit: number })
    .map(({ offset, limit }) => `${offset}+${limit}`);
}

describe('the timeline', () => {
  it('reads and shows what is near the view', async () => {
    core.comments = Array.from({ length: ROWS }, (_, at) => comment(`c${at}`, `said ${at}`));
    render(OverviewTab, { release: core.view });
    await waitFor(() => expect(document.querySelectorAll('[data-block]').length).toBe(501));
    expect(ranges('timeline')).toEqual(['0+20']);

    await look({ 0: true });
    await screen.findByText('said 18');
    expect(screen.queryByText('said 19')).toBeNull();

    await look({ 0: false, 500: true });
    await screen.findByText('said 9999');
    expect(screen.queryByText('said 18')).toBeNull();
    expect(ranges('timeline')).toEqual(['0+20', '10000+20']);
    const last = screen.getByText('said 9999').closest('[role=listitem]');
    expect(last?.getAttribute('aria-posinset')).toBe(`${ROWS + 1}`);
  });
});

describe('a thread', () => {
  it('shows its earlier replies a page at a time', async () => {
    const replies = Array.from({ length: ROWS }, (_, at) =>
      comment(`r${at}`, `reply ${at}`, { reply_to: 'c1' }),
    );
    core.comments = [comment('c1', 'root'), ...replies];
    const { rows } = core.call('thread_list', {
      release: 'release-1',
      resource: undefined as never,
      offset: 0,
      limit: 1,
    });
    const [thread] = rows;
    if (!thread) throw new Error('there is a thread');
    render(CommentThread, { release: 'release-1', thread });
    expect(screen.getByText('reply 9980')).toBeTruthy();
    expect(screen.queryByText('reply 9979')).toBeNull();

    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Show 9,980 earlier replies' }));
    await screen.findByText('reply 9930');
    expect(screen.queryByText('reply 9929')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show 50 earlier replies' }));
    await screen.findByText('reply 9880');
    expect(screen.getAllByText(/^reply \d+$/u).map(({ textContent }) => textContent)).toEqual(
      Array.from({ length: 120 }, (_, at) => `reply ${ROWS - 120 + at}`),
    );
  });
});

describe('the threads of a section', () => {
  it('are read by resource, and more on demand', async () => {
    core.comments = [
      comment('other', 'elsewhere'),
      ...Array.from({ length: 120 }, (_, at) =>
        comment(`c${at}`, `said ${at}`, { anchor: { kind: 'resource', resource: RESOURCE } }),
      ),
    ];
    const section = { resource: RESOURCE, threads: [], unread: undefined } as unknown as Section;
    render(SectionThreads, { release: 'release-1', section });
    await waitFor(() => expect(section.threads.length).toBe(50));
    expect(section.unread?.count).toBe(70);

    section.unread?.more();
    await waitFor(() => expect(section.threads.length).toBe(100));
    section.unread?.more();
    await waitFor(() => expect(section.threads.length).toBe(120));
    expect(section.unread?.count).toBe(0);
    expect(section.threads.at(-1)?.root.body).toBe('said 119');
  });
});
