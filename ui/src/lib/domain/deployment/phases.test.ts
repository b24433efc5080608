import { describe, expect, it } from 'vitest';
import { counts, sampleDeployment, SAMPLE_NOW } from '../testing/samples';
import { barCounts, currentPhase, phaseOutcome, phaseSteps, standingWords } from './phases';

const ended = SAMPLE_NOW - 10_000;

describe('phaseSteps', () => {
  it('counts each step up to the next, and the running one up to now', () => {
    expect(phaseSteps(sampleDeployment(), SAMPLE_NOW).map((step) => step.note)).toEqual([
      '4.2 s',
      '100 ms',
      '1 min 31 s',
      undefined,
    ]);
  });

  it('stops the clock at the end, and has no time for what was cut off', () => {
    const failed = sampleDeployment({
      phase: 'ended',
      deployment: { state: 'failed', ended_at: ended },
    });
    expect(phaseSteps(failed, SAMPLE_NOW)[2]?.note).toBe('1 min 21 s');
    const cut = sampleDeployment({ deployment: { state: 'interrupted' } });
    expect(
      phaseSteps(cut, SAMPLE_NOW)[2]?.note,
      'nobody knows when it was cut off',
    ).toBeUndefined();
  });
});

describe('currentPhase', () => {
  it('is the last one that began, once it is over', () => {
    const failed = sampleDeployment({ phase: 'ended', deployment: { state: 'failed' } });
    expect(currentPhase(failed)).toBe('execute');
    expect(phaseOutcome(failed)).toBe('failed');
    const done = sampleDeployment({ phase: 'ended', deployment: { state: 'deployed' } });
    expect([currentPhase(done), phaseOutcome(done)]).toEqual(['verify', 'done']);
    const restarted = sampleDeployment({
      phase: 'ended',
      phase_started: [],
      deployment: { state: 'interrupted' },
    });
    expect(currentPhase(restarted), 'operations were begun').toBe('execute');
    const early = sampleDeployment({
      counts: counts({}),
      phase: 'ended',
      phase_started: [],
      deployment: { state: 'failed' },
    });
    expect(currentPhase(early)).toBe('validate');
  });
});

describe('barCounts', () => {
  it('calls what has begun running only while somebody executes it', () => {
    expect(barCounts(sampleDeployment())).toMatchObject({ running: 4, unknown: 0 });
    const cut = sampleDeployment({ deployment: { state: 'interrupted' } });
    expect(barCounts(cut)).toMatchObject({ running: 0, unknown: 4 });
  });
});

describe('standingWords', () => {
  it.each([
    [
      'failed',
      counts({ total: 9, pending: 9 }),
      'It stopped before the first write. Nothing was written.',
    ],
    [
      'failed',
      counts({ total: 9, applied: 7, failed: 2 }),
      '2 operations failed, 7 applied. What was applied stays until it is rolled back.',
    ],
    [
      'cancelled',
      counts({ total: 9, pending: 9 }),
      'It was stopped before the first write. Nothing was written.',
    ],
    [
      'interrupted',
      counts({ total: 9, applied: 3, unknown: 1, pending: 5 }),
      'It was cut off after 3 operations. Resume reads back what is unclear and goes on.',
    ],
  ] as const)('%s says what is true now', (state, tally, words) => {
    expect(
      standingWords(sampleDeployment({ phase: 'ended', counts: tally, deployment: { state } })),
    ).toBe(words);
  });

  it('never says that nothing was written while an operation is unclear', () => {
    const view = sampleDeployment({
      counts: counts({ total: 9, unknown: 1, pending: 8 }),
      deployment: { state: 'interrupted' },
    });
    expect(standingWords(view)).not.toContain('Nothing was written');
  });
});
