import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { loadStatus } from '../../lib/app/session.svelte';
import TrustBanner from './TrustBanner.svelte';

const answers = vi.hoisted(() => new Map<string, (request: never) => unknown>());
const sent = vi.hoisted(() => [] as { name: string; request: unknown }[]);

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: unknown) => {
      sent.push({ name, request });
      return answers.get(name)?.(request as never);
    },
    listen: () => () => undefined,
  },
}));

const LINK = 'northwind.myshopify.com at https://thief.example/';
let isReadOnly: boolean;
let missing: number;

beforeEach(async () => {
  HTMLDialogElement.prototype.showModal ??= function show(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
    this.open = false;
  };
  isReadOnly = true;
  missing = 0;
  answers.set('app_status', () => ({
    version: '0',
    workspace: {
      name: 'Received',
      path: '/home/mara/received.slipway',
      is_sample: false,
      is_read_only: isReadOnly,
      missing_records: missing,
    },
    recent: [],
    person: null,
    suggested_person: null,
    default_folder: '',
  }));
  answers.set('workspace_places', () => ({
    environments: [
      { environment: 'live', platform: 'shopify', place: LINK, tier: 'production' },
      { environment: 'desk', platform: 'folder', place: '/srv/desk', tier: 'development' },
    ],
    digest: 'seen',
  }));
  answers.set('workspace_trust', () => {
    isReadOnly = false;
    return {};
  });
  await loadStatus();
  sent.length = 0;
});

const trusted = () => sent.filter(({ name }) => name === 'workspace_trust');

describe('a workspace from elsewhere', () => {
  it('is asked about at once, with every place in full, and trusts exactly what was shown', async () => {
    render(TrustBanner);
    await screen.findByText(LINK);
    expect(screen.getByText('/srv/desk')).toBeTruthy();
    expect(screen.getByText('Production')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Trust this workspace' }));
    await waitFor(() => expect(screen.queryByText('This workspace is read-only')).toBeNull());
    expect(trusted()).toEqual([{ name: 'workspace_trust', request: { digest: 'seen' } }]);
    expect(document.querySelector('dialog')).toBeNull();
  });

  it('stays read-only for whoever does not say yes, and can be looked at again', async () => {
    render(TrustBanner);
    await userEvent.click(await screen.findByRole('button', { name: 'Keep read-only' }));
    expect(document.querySelector('dialog')).toBeNull();
    expect(screen.getByText('This workspace is read-only')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Review environments…' }));
    await screen.findByText(LINK);
    expect(trusted()).toEqual([]);
  });

  it('is shown anew when its places changed meanwhile', async () => {
    answers.set('workspace_trust', () => {
      throw { code: 'conflict', message: 'They moved', hint: 'Look again.', retryable: false };
    });
    render(TrustBanner);
    await screen.findByText(LINK);
    await userEvent.click(screen.getByRole('button', { name: 'Trust this workspace' }));
    await screen.findByText('They moved');
    expect(screen.queryByText(LINK)).toBeNull();
    const button = screen.getByRole('button', { name: 'Trust this workspace' });
    expect(button.hasAttribute('disabled')).toBe(true);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByText(LINK);
  });

  it('says what an older copy lacks', async () => {
    missing = 12;
    await loadStatus();
    render(TrustBanner);
    expect(screen.getByText('This is an older copy of the workspace')).toBeTruthy();
    expect(screen.getByText(/^12 records that this machine saw are not in it/u)).toBeTruthy();
    await screen.findByText(LINK);
    await userEvent.click(screen.getByRole('button', { name: 'Go on from here' }));
    await waitFor(() => expect(trusted()).toHaveLength(1));
  });

  it('says nothing of a workspace of one’s own', async () => {
    isReadOnly = false;
    await loadStatus();
    render(TrustBanner);
    expect(screen.queryByText('This workspace is read-only')).toBeNull();
    expect(document.querySelector('dialog')).toBeNull();
  });
});
