import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { DeploymentView } from '../../generated/DeploymentView';
import { sampleDeployment } from '../../lib/domain/testing/samples';
import ResumeNotice from './ResumeNotice.svelte';

const gate: DeploymentView['gate'] = {
  met: [],
  missing: [{ kind: 'same_as_planned', what: 'rules' }],
  warnings: [],
};

describe('why a deployment is not taken up again', () => {
  it('says what changed, and what to do instead', () => {
    render(ResumeNotice, { view: sampleDeployment({ gate, deployment: { state: 'failed' } }) });
    expect(screen.getByText(/rules of the environment changed since/u)).toBeTruthy();
    expect(screen.getByText(/can’t be retried now\. Roll back what was applied/u)).toBeTruthy();
  });

  it('says nothing of one that can be, or was rolled back', () => {
    const open = { ...gate, missing: [] };
    render(ResumeNotice, {
      view: sampleDeployment({ gate: open, deployment: { state: 'interrupted' } }),
    });
    const rolledBack = { state: 'failed', rolled_back_by: 'd2' } as const;
    render(ResumeNotice, { view: sampleDeployment({ gate, deployment: rolledBack }) });
    expect(document.body.textContent.trim()).toBe('');
  });
});
