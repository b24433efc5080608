import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeploymentView } from '../../generated/DeploymentView';
import { counts, sampleDeployment } from '../../lib/domain/testing/samples';
import { DeploymentDeeds } from './actions.svelte';
import CancelDialog from './CancelDialog.svelte';

const sent = vi.hoisted(() => [] as string[]);
const refusal = vi.hoisted(() => ({ now: undefined as unknown }));

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string) => {
      sent.push(name);
      if (refusal.now) throw refusal.now;
      return {};
    },
    listen: () => () => undefined,
  },
}));

function show(more: Partial<DeploymentView> = {}) {
  const view: DeploymentView = {
    ...sampleDeployment({ counts: counts({ total: 9, applied: 2, unknown: 1, pending: 6 }) }),
    ...more,
  };
  const reload = vi.fn(async () => undefined);
  const onclose = vi.fn();
  render(CancelDialog, { view, deeds: new DeploymentDeeds(() => view, reload), onclose });
  return { onclose, reload };
}

const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });

beforeEach(() => {
  sent.length = 0;
  refusal.now = undefined;
});

describe('cancelling a deployment', () => {
  it('says what it leaves behind, starts on the way back, and asks the core', async () => {
    const { onclose, reload } = show();
    expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      '1 operation under way; brought to their end',
      '2 operations applied; stay in production until they are rolled back',
      '6 operations not started; left undone',
    ]);
    expect(document.activeElement).toBe(button('Keep deploying'));
    await userEvent.click(button('Cancel deployment'));
    await waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(sent).toEqual(['deployment_cancel']);
    expect(reload).toHaveBeenCalledOnce();
  });

  it('stays, and says why, where the core refuses', async () => {
    refusal.now = { code: 'refused', message: 'It has ended.' };
    const { onclose } = show();
    await userEvent.click(button('Cancel deployment'));
    await screen.findByText('It has ended.');
    expect(onclose).not.toHaveBeenCalled();
  });

  it('has nothing to cancel once it is over', () => {
    const can = { ...sampleDeployment().can, cancel: false };
    show({ can });
    expect(button('Cancel deployment').disabled).toBe(true);
    expect(screen.getByRole('dialog').textContent).toContain('nothing left to cancel');
  });
});
