import { describe, expect, it } from 'vitest';
import type { CaptureInfo } from '../../../generated/CaptureInfo';
import { captureSentence } from './words';

const capture = (counts: Partial<CaptureInfo>): CaptureInfo => ({
  snapshot: '',
  at: 0,
  whole_at: 0,
  looked_at: null,
  resources: 0,
  bytes: 0,
  created: 0,
  modified: 0,
  deleted: 0,
  unchanged: 0,
  unreadable: [],
  left_out: [],
  ...counts,
});

describe('captureSentence', () => {
  it.each([
    [capture({ resources: 1204, created: 1204 }), 'Captured production: 1,204 resources'],
    [
      capture({ resources: 10, unchanged: 10 }),
      'Captured production: 10 resources, nothing changed',
    ],
    [
      capture({ resources: 10, unchanged: 7, modified: 2, created: 1, deleted: 1 }),
      'Captured production: 10 resources, 4 changed since the last capture',
    ],
  ])('%#', (found, sentence) => expect(captureSentence('production', found)).toBe(sentence));
});
