import { describe, expect, it } from 'vitest';
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { Standing } from '../../../generated/Standing';
import { actionsOf, stepsOf, titleOf } from './states';
import { releaseView } from '../testing/release';

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
  it.each<[string, Standing[], string, string]>([
    ['where one environment still holds it', ['rolled_back', 'deployed'], 'Deployed', 'done'],
    ['that was taken back', ['superseded', 'rolled_back'], 'Rolled back', 'stopped'],
    ['that another one followed', ['superseded', 'ready'], 'Superseded', 'done'],
  ])('says of one %s', (_, standings, label, outcome) => {
    const { steps, ...rest } = stepsOf('deployed', true, standings);
    expect(rest).toEqual({ current: 'deployed', outcome });
    expect(steps.at(-1)?.label).toBe(label);
  });
});

describe('actionsOf', () => {
  it.each<[ReleaseState, string[]]>([
    ['draft', ['open', 'refresh', 'cancel', 'quick']],
    ['open', ['review', 'deploy', 'refresh', 'cancel', 'quick']],
    ['deploying', []],
    ['deployed', ['review', 'deploy']],
    ['failed', ['review', 'deploy', 'cancel']],
    ['cancelled', []],
  ])('offers for %s: %j', (state, expected) => {
    const can = Object.entries(actionsOf(releaseView(state)));
    expect(can.flatMap(([name, may]) => (may ? [name] : []))).toEqual(expected);
  });

  it('offers the next revision when the choice differs', () => {
    expect(actionsOf(releaseView('open', { edited: true })).open).toBe(true);
  });
});

describe('titleOf', () => {
  it('takes the first line', () => {
    expect(titleOf('\n Spring \nmore')).toBe('Spring ');
    expect(titleOf('')).toBe('');
  });
});
