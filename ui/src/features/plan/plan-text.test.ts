import { describe, expect, it } from 'vitest';
import type { PlanView } from '../../generated/PlanView';
import type { WholePlan } from '../../lib/parts/plan/pages';
import { planJson, planText } from './plan-text';
import { samplePlan, sampleOperations, troubledPlan } from '../../lib/domain/testing/samples';

function whole(plan: PlanView): WholePlan {
  const { blocked, drift, skipped, cycles } = plan;
  return {
    plan,
    operations: sampleOperations(),
    blocked: blocked.rows,
    drift: drift.rows,
    skipped: skipped.rows,
    cycles: cycles.rows,
  };
}

describe('planText', () => {
  it('says what happens, wave by wave', () => {
    const text = planText(whole(samplePlan(sampleOperations())), 'spring-24.3');
    expect(text).toContain('Plan of spring-24.3 for production (production)');
    expect(text).toContain(
      'Wave 4\n   10 ~ object/collections:spring  (pass 2, only menu.parent; after 8, 9)',
    );
    expect(text).toContain(
      '   11 - object/products:old-cap  (after 9; high risk; cannot be undone)',
    );
    expect(text, 'sections that are empty have no heading').not.toContain('Blocked');
  });

  it('names what is the matter before the operations', () => {
    const text = planText(whole(troubledPlan()), 'spring-24.3');
    const order = [
      'Blocked',
      'Cannot be undone',
      'Drifted since review',
      'Wave 1',
      'Needs no operation',
      'Left out by rules',
    ];
    const places = order.map((title) => text.indexOf(`\n${title}`));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(text).toContain('object/products:canvas-tote: expected');
    expect(text).toContain('found nothing');
  });

  it('counts what was not read', () => {
    const plan = samplePlan(sampleOperations());
    const long = { ...plan, totals: { ...plan.totals, operations: 100_013 } };
    expect(planText(whole(long), 'v')).toContain('and 100,000 more');
    expect(planText(whole(plan), 'v')).not.toContain('more');
  });
});

describe('planJson', () => {
  it('has lists where the view has their first entries', () => {
    const plan = JSON.parse(planJson(whole(troubledPlan()))) as Record<string, unknown[]>;
    expect(plan.operations).toHaveLength(sampleOperations().length);
    expect([plan.blocked, plan.drift].map((list) => list?.length)).toEqual([1, 2]);
  });
});
