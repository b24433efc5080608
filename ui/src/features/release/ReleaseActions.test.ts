import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReleaseView } from '../../generated/ReleaseView';
import { startKeys } from '../../lib/app/handlers.svelte';
import ReleaseActions from './ReleaseActions.svelte';
import { place, releaseView } from '../../lib/domain/testing/release';

const sent = vi.hoisted(() => [] as string[]);
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string) => {
      sent.push(name);
      return new Promise(() => undefined);
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went, href: () => '' }));

beforeEach(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
  sent.length = 0;
  went.mockClear();
});

/** A release that staging holds, on its way to production, and maybe to another shop. */
function promoted(...more: Parameters<typeof place>): ReleaseView {
  const view = releaseView('deployed');
  return { ...view, environments: [...view.environments, ...more.map((over) => place(over))] };
}

async function open(name: RegExp | string): Promise<string[]> {
  await userEvent.click(screen.getByRole('button', { name }));
  // What floats is placed, and so shown, only by a real layout.
  return screen.getAllByRole('menuitem', { hidden: true }).map((item) => item.textContent.trim());
}

function entry(name: string): HTMLElement {
  const found = screen.getByText(name).closest<HTMLElement>('[role="menuitem"]');
  if (!found) throw new Error(`no menu entry ${name}`);
  return found;
}

describe('ReleaseActions', () => {
  it('lets a promoted release be approved for production, and names it everywhere', async () => {
    render(ReleaseActions, { release: promoted(), tab: 'overview' });
    const deploy = screen.getByRole('button', { name: 'Deploy to production…' });
    expect(deploy.classList, 'nothing leads past what is missing').not.toContain('primary');
    expect(await open('Review for production')).toEqual([
      'Approve for production…',
      'Request changes for production…',
      'Comment for production…',
    ]);
    const item = entry('Approve for production…');
    expect(item.querySelector('.sw-menu-production'), 'production is marked').toBeTruthy();
    await userEvent.click(item);
    expect(screen.getByRole('dialog', { name: /for production$/u })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Approve for production' })).toBeTruthy();
  });

  it('names each environment where several can be reviewed for', async () => {
    const eu = { id: 'eu', name: 'EU shop', is_production: true };
    render(ReleaseActions, { release: promoted(eu), tab: 'overview' });
    const items = await open('Review');
    expect(items).toContain('Approve for production…');
    expect(items, 'a name that does not say so').toContain('Approve for EU shop · production…');
  });

  it('offers quick deploy as the red choice of the menu alone', async () => {
    render(ReleaseActions, { release: promoted(), tab: 'overview' });
    const buttons = screen.getAllByRole('button').map((button) => button.textContent);
    expect(buttons.join(), 'no button').not.toMatch(/quick/iu);
    expect(await open('More')).toContain('Quick deploy to production…');
    const item = entry('Quick deploy to production…');
    expect(item.className).toContain('danger');
    expect(item.querySelector('.sw-menu-production'), 'production is marked').toBeTruthy();
  });

  it.each(['draft', 'open', 'deployed'] as const)(
    'quick deploys nothing by the key D when %s',
    async (state) => {
      const stop = startKeys();
      render(ReleaseActions, { release: releaseView(state), tab: 'overview' });
      await userEvent.keyboard('d');
      expect(screen.queryByRole('dialog')).toBeNull();
      expect(sent).toEqual([]);
      if (state === 'draft') expect(went).not.toHaveBeenCalled();
      else {
        const environment = 'production';
        expect(went).toHaveBeenCalledWith({
          page: 'release',
          id: 'release-1',
          tab: 'plan',
          environment,
        });
      }
      stop();
    },
  );

  it('offers what the core says, and nothing else', async () => {
    const view = releaseView('cancelled');
    render(ReleaseActions, { release: view, tab: 'overview' });
    expect(screen.queryByRole('button', { name: /review|^open|deploy/iu })).toBeNull();
    const items = await open('More');
    expect(items.join()).not.toMatch(/quick|cancel/iu);
  });
});
