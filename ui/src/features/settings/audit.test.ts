import { describe, expect, it } from 'vitest';
import { auditVerdict } from './audit';

const result = { records: 1204, intact: true, problem: null, projections_match: true };

describe('auditVerdict', () => {
  it.each([
    [result, 'info', 'The trail is whole', '1,204 records were read, and'],
    [{ ...result, records: 1 }, 'info', 'The trail is whole', '1 record was read, and'],
    [
      { ...result, projections_match: false },
      'warning',
      'does not follow',
      'Rebuild what is shown',
    ],
    [
      { ...result, intact: false, problem: 'Record 7 was changed.' },
      'error',
      'Record 7',
      'Restore',
    ],
    // A broken trail is said first: nothing follows from it.
    [{ ...result, intact: false, projections_match: false }, 'error', 'not whole', 'Restore'],
  ])('%j', (given, tone, title, text) => {
    const verdict = auditVerdict(given);
    expect(verdict.tone).toBe(tone);
    expect(verdict.title).toContain(title);
    expect(verdict.text).toContain(text);
  });
});
