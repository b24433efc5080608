import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlanView } from '../../../generated/PlanView';
import type { ReleaseView } from '../../../generated/ReleaseView';
import { ApiError } from '../../backend';
import { digest, place, releaseView } from '../../domain/testing/release';
import DeployDialog from './DeployDialog.svelte';
import { operation, samplePlan, UNAPPROVED, version } from '../../domain/testing/samples';

const core = vi.hoisted(() => ({
  sent: [] as { name: string; request: Record<string, unknown> }[],
  plan: (): unknown => undefined,
  deploy: (): unknown => ({ deployment: 'd-1' }),
}));

vi.mock('../../backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      core.sent.push({ name, request });
      return name === 'plan' ? core.plan() : core.deploy();
    },
    listen: () => () => undefined,
  },
}));

beforeEach(() => {
  core.sent.length = 0;
  core.deploy = () => ({ deployment: 'd-1' });
});

const DRAFT = {
  obstacle: 'draft',
  can: { deploy: false, quick_deploy: true, refresh: true },
} as const satisfies Partial<PlanView>;

function plan(over: Partial<PlanView> = {}): PlanView {
  return samplePlan([operation(1, 'object/products:a'), operation(2, 'object/products:b')], over);
}

function show(
  given: PlanView,
  { release = releaseView('open'), quick = false, seen = true, look = (): unknown => given } = {},
): {
  onstarted: ReturnType<typeof vi.fn>;
  onclose: ReturnType<typeof vi.fn>;
  becomes: (next: ReleaseView) => Promise<void>;
} {
  core.plan = look;
  const onstarted = vi.fn();
  const onclose = vi.fn();
  const props = {
    release,
    environment: 'production',
    quick,
    onclose,
    onstarted,
    ...(seen ? { plan: given } : {}),
  };
  const { rerender } = render(DeployDialog, props);
  return { onstarted, onclose, becomes: (next) => rerender({ ...props, release: next }) };
}

const confirm = (): Promise<HTMLButtonElement> =>
  screen.findByRole('button', { name: /2 operations to production$/u });
const deployed = (): Record<string, unknown>[] =>
  core.sent.filter(({ name }) => name === 'deploy').map(({ request }) => request);

describe('DeployDialog', () => {
  it('says where requests go, where that is not the vendor’s own address', async () => {
    show(plan({ other_address: 'https://proxy.example/' }));
    expect(await screen.findByText('https://proxy.example/')).toBeTruthy();
  });

  it('starts the plan of the changes that are on screen', async () => {
    const given = plan();
    const { onstarted } = show(given);
    await userEvent.click(await confirm());
    await waitFor(() => expect(onstarted).toHaveBeenCalledWith('d-1'));
    expect(deployed()).toMatchObject([
      { plan: given.digest, content: given.content, quick: null, environment: 'production' },
    ]);
  });

  it('goes past a missing approval only when that is chosen and a reason is given', async () => {
    show(plan(UNAPPROVED));
    expect((await confirm()).disabled, 'approval is missing').toBe(true);
    expect(screen.queryByRole('textbox')).toBeNull();
    const choice = screen.getByRole('button', { name: 'Quick deploy without review…' });
    expect(choice.className, 'outlined red').toContain('danger');
    await userEvent.click(choice);
    expect((await confirm()).disabled, 'without a reason').toBe(true);
    await userEvent.type(screen.getByRole('textbox'), 'Checkout is down.');
    await userEvent.click(await confirm());
    await waitFor(() => expect(deployed()).toMatchObject([{ quick: 'Checkout is down.' }]));
  });

  it('shows the plan of a draft before it is opened, and pins what is sealed', async () => {
    const given = plan({ ...DRAFT, content: version('chosen').digest });
    show(given, { release: releaseView('draft'), quick: true, seen: false });
    const button = await confirm();
    expect(button.textContent).toContain('Open and deploy 2 operations');
    expect(screen.getByText('2 modify')).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox'), 'Checkout is down.');
    await userEvent.click(button);
    await waitFor(() =>
      expect(deployed()).toMatchObject([
        { plan: given.digest, content: version('chosen').digest, quick: 'Checkout is down.' },
      ]),
    );
  });

  it('shows the new plan when the core refuses the one before, and asks again', async () => {
    const { onstarted } = show(plan());
    const fresh = plan({ digest: version('fresh').digest, content: version('other').digest });
    core.plan = () => fresh;
    core.deploy = () => {
      throw new ApiError('conflict', 'It holds other changes', 'Look again.', false);
    };
    await userEvent.click(await confirm());
    expect(await screen.findByText('It holds other changes')).toBeTruthy();
    expect(onstarted).not.toHaveBeenCalled();
    expect(deployed(), 'once').toHaveLength(1);
    core.deploy = () => ({ deployment: 'd-1' });
    await waitFor(async () => expect((await confirm()).disabled).toBe(false));
    await userEvent.click(await confirm());
    await waitFor(() => expect(onstarted).toHaveBeenCalled());
    expect(deployed()[1]).toMatchObject({ plan: fresh.digest, content: fresh.content });
  });

  it('is closed by stopping the plan that it waits for', async () => {
    let stop = (_: unknown): void => undefined;
    const look = (): unknown => new Promise((_, reject) => (stop = reject));
    const { onclose } = show(plan(), { seen: false, look });
    core.deploy = () => stop(new ApiError('cancelled', 'Stopped', '', false));
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }));
    await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
    expect(core.sent.map(({ name }) => name)).toEqual(['plan', 'job_cancel']);
  });

  it('starts nothing once another revision was opened, until its plan was shown', async () => {
    const { becomes } = show(plan());
    const view = releaseView('open');
    const changed = place({ revision: 3, effect: digest('rev 3') });
    await becomes({ ...view, environments: [changed] });
    expect(screen.getByText(/changed while you were looking at its plan/u)).toBeTruthy();
    expect((await confirm()).disabled).toBe(true);
    await userEvent.click(await confirm());
    expect(core.sent).toEqual([]);
    const fresh = plan({ digest: version('fresh').digest });
    core.plan = () => fresh;
    await userEvent.click(screen.getByRole('button', { name: 'Show the new plan' }));
    await waitFor(async () => expect((await confirm()).disabled).toBe(false));
    await userEvent.click(await confirm());
    await waitFor(() => expect(deployed()).toMatchObject([{ plan: fresh.digest }]));
  });

  it.each([
    ['what is harmless starts on its button', { is_harmless: true }, true],
    ['what is not starts on the safe one', { is_harmless: false }, false],
    ['what waits for approval starts on the safe one', { is_harmless: true, ...UNAPPROVED }, false],
  ] as const)('%s', async (_, over, onConfirm) => {
    show(plan(over));
    const start = onConfirm ? await confirm() : screen.getByRole('button', { name: 'Cancel' });
    expect(document.activeElement).toBe(start);
  });
});
