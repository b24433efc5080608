import { describe, expect, it } from 'vitest';
import { planText } from './plan-text';
import { samplePlan, sampleOperations, troubledPlan } from '../../lib/domain/testing/samples';

describe('planText', () => {
  it('says what happens, wave by wave', () => {
    const text = planText(samplePlan(sampleOperations()), 'spring-24.3');
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
    const text = planText(troubledPlan(), 'spring-24.3');
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
});
