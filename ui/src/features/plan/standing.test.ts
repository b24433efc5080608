import { describe, expect, it } from 'vitest';
import type { PlanView } from '../../generated/PlanView';
import {
  approvalWords,
  environmentLabel,
  isHarmless,
  obstacle,
  obstacleWords,
  saysTier,
  totals,
  type Obstacle,
} from './standing';
import { MARA, operation, page, samplePlan, troubledPlan } from './samples';

const open = {
  required: 2,
  approved_by: [MARA],
  changes_requested_by: [],
  outdated: [],
  satisfied: false,
};

describe('obstacle', () => {
  it.each<[Obstacle, PlanView]>([
    ['blocked', troubledPlan()],
    ['drift', { ...troubledPlan(), blocked: page([]) }],
    ['empty', samplePlan([])],
    ['approval', samplePlan(undefined, { approval: open })],
    ['none', samplePlan()],
  ])('is %s first', (expected, plan) => {
    expect(obstacle(plan)).toBe(expected);
    expect(obstacleWords(plan) === '', 'only no obstacle has no words').toBe(expected === 'none');
  });
});

describe('approvalWords', () => {
  it.each([
    [{ ...open, required: 0, approved_by: [], satisfied: true }, 'No approval needed'],
    [open, '1 of 2 approvals'],
    [{ ...open, required: 1, satisfied: true }, 'Approved by Mara Lindqvist'],
    [{ ...open, approved_by: [], outdated: ['a', 'b'] }, '0 of 2 approvals; 2 reviews outdated'],
    [{ ...open, changes_requested_by: [MARA] }, 'Mara Lindqvist asked for changes'],
  ])('%#', (approval, words) => expect(approvalWords(approval)).toBe(words));
});

describe('totals', () => {
  const words = (plan: Parameters<typeof totals>[0]): string =>
    totals(plan)
      .map((part) => part.words)
      .join(' · ');

  it('leaves zeros out', () => {
    expect(words(samplePlan())).toBe(
      '4 create · 6 modify · 2 delete · 1 cannot be undone · 6 waves · about 3 min 5 s',
    );
    expect(words(samplePlan([]))).toBe('Nothing to do');
    expect(words(samplePlan(undefined, { estimate_ms: null }))).not.toContain('about');
  });
});

describe('isHarmless', () => {
  const key = 'object/product:a';
  it.each<[boolean, string, PlanView]>([
    [true, 'what can be undone', samplePlan([operation(1, key)])],
    [false, 'what can not', samplePlan([operation(1, key, { reversible: false })])],
    [false, 'what is risky', samplePlan([operation(1, key, { risk: 'high' })])],
    [false, 'what waits for approval', samplePlan([operation(1, key)], { approval: open })],
    [false, 'what does nothing', samplePlan([])],
  ])('is %s of %s', (expected, _, plan) => expect(isHarmless(plan)).toBe(expected));
});

describe('the tier of an environment', () => {
  it.each([
    ['production', true],
    ['app-production', true],
    ['EU Prod', true],
    ['live', false],
    ['productions', false],
  ])('is said by the name %j: %s', (name, says) => {
    expect(saysTier(name, 'production')).toBe(says);
    expect(environmentLabel(name, true)).toBe(says ? name : `${name} · production`);
    expect(environmentLabel(name, false)).toBe(name);
  });
});
