import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReleaseView } from '../../generated/ReleaseView';
import { ApiError } from '../../lib/backend';
import ReviewDialog from './ReviewDialog.svelte';
import { digest, place, releaseView } from '../../lib/domain/testing/release';

const core = vi.hoisted(() => ({
  sent: [] as { name: string; request: Record<string, unknown> }[],
  answer: (): unknown => undefined,
}));
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      core.sent.push({ name, request });
      return core.answer();
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));

beforeEach(() => {
  core.sent.length = 0;
  core.answer = () => releaseView('open');
});

/** A release whose production is as given. */
function release(over: Parameters<typeof place>[0] = {}): ReleaseView {
  const view = releaseView('deployed');
  return { ...view, environments: [...view.environments.slice(0, 1), place(over)] };
}

function show(verdict: 'approve' | 'request_changes' | 'comment' = 'approve') {
  const onclose = vi.fn();
  const props = { release: release(), environment: 'production', verdict, onclose };
  const { rerender, unmount } = render(ReviewDialog, props);
  return {
    onclose,
    unmount,
    becomes: (next: ReleaseView) => rerender({ ...props, release: next }),
  };
}

const confirm = (): HTMLButtonElement =>
  screen.getByRole('button', {
    name: /for production$|^Choose a verdict$/u,
  });

describe('ReviewDialog', () => {
  it.each([
    ['approve', 'Approve for production'],
    ['request_changes', 'Request changes for production'],
    ['comment', 'Comment for production'],
  ] as const)('names the environment on the button of %s', (verdict, label) => {
    show(verdict);
    expect(confirm().textContent.trim()).toBe(label);
    expect(screen.getByRole('dialog', { name: 'Review spring-24.3 for production' })).toBeTruthy();
  });

  it('sends the effect and the revision that were on screen, for their environment', async () => {
    const { onclose } = show();
    await userEvent.click(confirm());
    await waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(core.sent).toEqual([
      {
        name: 'review_submit',
        request: {
          release: 'release-1',
          environment: 'production',
          effect: digest('rev 2'),
          revision: 2,
          verdict: 'approve',
          message: '',
        },
      },
    ]);
  });

  it.each([
    [
      'a revision was opened',
      { revision: 3, effect: digest('rev 3'), counts: { created: 1, modified: 0, deleted: 0 } },
      'Revision 3 was opened while you were reviewing.',
    ],
    [
      'drift changed the effect',
      { effect: digest('drifted'), counts: { created: 1, modified: 0, deleted: 0 } },
      'What spring-24.3 does to production changed while you were reviewing.',
    ],
  ])('sends nothing once %s, until the new one is taken', async (_, change, title) => {
    const { becomes } = show();
    await becomes(release(change));
    expect(screen.getByText(title)).toBeTruthy();
    expect(screen.getByText(/52 changes to/u), 'what was opened stays').toBeTruthy();
    expect(confirm().disabled).toBe(true);
    await userEvent.click(confirm());
    await userEvent.type(screen.getByRole('textbox'), 'Fine.{Control>}{Enter}{/Control}');
    expect(core.sent).toEqual([]);

    await userEvent.click(screen.getByRole('button', { name: 'Show the new version' }));
    expect(screen.queryByText(title)).toBeNull();
    expect(screen.getByText(/1 change to/u)).toBeTruthy();
    expect(confirm().disabled, 'it asks again').toBe(true);
    await userEvent.click(screen.getByRole('radio', { name: /^Approve/u }));
    await userEvent.click(confirm());
    await waitFor(() => expect(core.sent).toHaveLength(1));
    expect(core.sent[0]?.request).toMatchObject({ effect: change.effect, message: 'Fine.' });
  });

  it('can’t be sent once the release is deployed there', async () => {
    const { becomes } = show();
    const can = { review: false, deploy: false, quick_deploy: false };
    await becomes(release({ standing: 'deployed', can }));
    expect(screen.getByText('spring-24.3 can no longer be reviewed for production.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Show the new version' })).toBeNull();
    expect(confirm().disabled).toBe(true);
  });

  it('keeps what was typed when the core refuses, and when the dialog is left for the changes', async () => {
    core.answer = () => {
      throw new ApiError('conflict', 'It is another effect now', 'Look again.', false);
    };
    const { becomes, unmount, onclose } = show();
    await userEvent.type(screen.getByRole('textbox'), 'Checked the prices.');
    await userEvent.click(confirm());
    expect(await screen.findByText('It is another effect now')).toBeTruthy();
    expect(onclose).not.toHaveBeenCalled();
    await becomes(release({ revision: 3 }));
    await userEvent.click(screen.getByRole('button', { name: 'Look at changes' }));
    expect(went).toHaveBeenCalledWith({ page: 'release', id: 'release-1', tab: 'changes' });
    unmount();
    show();
    expect(screen.getByRole('textbox')).toHaveProperty('value', 'Checked the prices.');
  });
});
