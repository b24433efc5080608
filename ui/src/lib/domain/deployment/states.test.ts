import { describe, expect, it } from 'vitest';
import { deploymentMeaning } from './states';

describe('deploymentMeaning', () => {
  it.each([
    ['Deployed', { state: 'deployed', rolled_back_by: null }, 0],
    ['Partly rolled back', { state: 'deployed', rolled_back_by: null }, 3],
    ['Rolled back', { state: 'deployed', rolled_back_by: 'd-2' }, 52],
    ['Rolled back', { state: 'failed', rolled_back_by: 'd-2' }, 12],
    ['Failed', { state: 'failed', rolled_back_by: null }, 0],
    ['Running', { state: 'running', rolled_back_by: null }, 0],
  ] as const)('says %s of %j with %d operations taken back', (label, deployment, reverted) =>
    expect(deploymentMeaning(deployment, reverted).label).toBe(label),
  );
});
