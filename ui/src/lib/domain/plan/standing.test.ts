import { describe, expect, it } from 'vitest';
import type { PlanView } from '../../../generated/PlanView';
import { environmentLabel, obstacleWords, saysTier, totals } from './standing';
import { samplePlan, troubledPlan } from '../testing/samples';

describe('obstacleWords', () => {
  it.each<[PlanView['obstacle'], RegExp]>([
    ['state', /can’t be deployed to production now/u],
    ['drift', /^2 resources of production changed since the review/u],
    ['blocked', /^1 change is blocked\. Fix what is listed/u],
    ['empty', /already holds everything/u],
    ['draft', /Open it for review first/u],
    ['gate', /^1 of 2 approvals/u],
    [null, /^$/u],
  ])('says of %s what the core saw', (obstacle, words) => {
    expect(obstacleWords({ ...troubledPlan(), obstacle })).toMatch(words);
  });
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
