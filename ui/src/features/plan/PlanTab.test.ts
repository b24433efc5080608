import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startKeys } from '../../lib/app/handlers.svelte';
import { releaseView } from '../../lib/domain/testing/release';
import PlanTab from './PlanTab.svelte';
import {
  operation,
  page,
  sampleGraph,
  samplePlan,
  UNAPPROVED,
} from '../../lib/domain/testing/samples';

const core = vi.hoisted(() => ({ sent: [] as string[], answers: new Map<string, unknown>() }));

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string) => {
      core.sent.push(name);
      return core.answers.get(name);
    },
    listen: () => () => undefined,
  },
}));

beforeEach(() => {
  core.sent.length = 0;
});

describe('the Plan tab', () => {
  it('shows by the key D that approval is missing, and neither starts nor offers to go past it first', async () => {
    const stop = startKeys();
    const operations = [operation(1, 'object/products:a')];
    const plan = samplePlan(operations, { ...UNAPPROVED, environment: 'production' });
    core.answers.set('plan', plan);
    core.answers.set('plan_graph', sampleGraph(operations));
    core.answers.set('plan_operations', page(operations));
    render(PlanTab, { release: releaseView('open') });
    const button = await screen.findByText(/^Deploy to production…/u);
    expect(button.textContent, 'no quick deploy').not.toMatch(/quick/iu);
    await userEvent.keyboard('d');
    expect(screen.getByRole('dialog', { name: 'Deploy spring-24.3' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Deploy 1 operation to production' })).toHaveProperty(
      'disabled',
      true,
    );
    expect(document.activeElement?.textContent, 'the safe button').toContain('Cancel');
    await userEvent.keyboard('d{Enter}');
    expect(core.sent.filter((name) => name === 'deploy')).toEqual([]);
    stop();
  });
});
