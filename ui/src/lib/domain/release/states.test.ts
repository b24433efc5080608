import { describe, expect, it } from 'vitest';
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { Standing } from '../../../generated/Standing';
import { stepsOf, titleOf } from './states';

describe('stepsOf', () => {
  it.each<[ReleaseState, boolean, string, string, string]>([
    ['draft', false, 'draft', 'going', 'Draft'],
    ['open', true, 'open', 'going', 'Open'],
    ['deploying', true, 'deploying', 'going', 'Deploying'],
    ['deployed', true, 'deployed', 'done', 'Deployed'],
    ['failed', true, 'deploying', 'failed', 'Failed'],
    ['cancelled', false, 'draft', 'stopped', 'Cancelled'],
    ['cancelled', true, 'open', 'stopped', 'Cancelled'],
  ])('puts %s (sealed: %s) at %s, %s', (state, sealed, current, outcome, label) => {
    const steps = stepsOf(state, sealed);
    expect(steps).toMatchObject({ current, outcome });
    expect(steps.steps.find(({ id }) => id === current)?.label).toBe(label);
  });
});

describe('stepsOf a deployed release', () => {
  it.each<[string, Standing | null, string, string]>([
    ['that an environment still holds', null, 'Deployed', 'done'],
    ['that was rolled back', 'rolled_back', 'Rolled back', 'stopped'],
    ['that another one followed', 'superseded', 'Superseded', 'done'],
  ])('says of one %s', (_, after, label, outcome) => {
    const { steps, ...rest } = stepsOf('deployed', true, after);
    expect(rest).toEqual({ current: 'deployed', outcome });
    expect(steps.at(-1)?.label).toBe(label);
  });
});

describe('titleOf', () => {
  it('takes the first line', () => {
    expect(titleOf('\n Spring \nmore')).toBe('Spring ');
    expect(titleOf('')).toBe('');
  });
});
