import { describe, expect, it } from 'vitest';
import { operation, sampleDeployment, SAMPLE_NOW } from '../../lib/domain/testing/samples';
import { reportText, tookMs } from './report';

const ended = SAMPLE_NOW - 10_000;

describe('reportText', () => {
  const row = {
    operation: operation(7, 'theme/file:sections/header.liquid'),
    attempt: {
      state: 'failed' as const,
      attempts: 3,
      began_at: 1000,
      ended_at: 1840,
      message: 'The disk is full.',
      hint: 'Make room, then retry.',
      is_drifted: false,
      steps: [],
    },
  };

  it('has the state, the counts and each operation', () => {
    const text = reportText(
      sampleDeployment({ phase: 'ended', deployment: { state: 'failed', ended_at: ended } }),
      [row],
    );
    expect(text).toContain('Deployment of spring-24.3 to production (production): failed');
    expect(text).toContain(
      'operations  290: 208 applied, 3 skipped, 1 failed, 4 unknown, 74 pending',
    );
    expect(text).toContain(
      '    7  failed   update  theme/file:sections/header.liquid  (840 ms, 3 attempts)\n       The disk is full. Make room, then retry.',
    );
  });

  it('knows no time for what has not ended', () => {
    expect(tookMs({ ...row, attempt: { ...row.attempt, ended_at: null } })).toBeUndefined();
  });
});
