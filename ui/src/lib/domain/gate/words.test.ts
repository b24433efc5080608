import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../generated/Gate';
import type { Requirement } from '../../../generated/Requirement';
import { MARA } from '../testing/samples';
import { gateWords, remedyWords } from './words';

const approvals = (need: number, by = [MARA]): Requirement => ({
  kind: 'approvals',
  need,
  by,
  not_by: [],
});
const gate = (over: Partial<Gate>): Gate => ({ met: [], missing: [], warnings: [], ...over });
const outdated: Gate['warnings'] = [{ kind: 'outdated_reviews', count: 2 }];

describe('gateWords', () => {
  it.each<[Gate, string]>([
    [gate({}), 'No approval needed'],
    [gate({ met: [approvals(1)] }), 'Approved by Mara Lindqvist'],
    [gate({ missing: [approvals(2)] }), '1 of 2 approvals, by Mara Lindqvist'],
    [
      gate({ missing: [approvals(2, [])], warnings: outdated }),
      '0 of 2 approvals; 2 reviews outdated',
    ],
    [
      gate({ met: [approvals(1)], missing: [{ kind: 'changes_requested', by: [MARA] }] }),
      'Mara Lindqvist asked for changes',
    ],
    [
      gate({ missing: [{ kind: 'same_as_planned', what: 'rules' }, approvals(1, [])] }),
      'The rules of the environment changed since the deployment began',
    ],
  ])('%#', (one, words) => expect(gateWords(one)).toBe(words));
});

describe('remedyWords', () => {
  it('names who can’t approve', () => {
    const asked: Requirement = { kind: 'approvals', need: 1, by: [], not_by: [MARA] };
    expect(remedyWords(asked)).toBe('Anyone but Mara Lindqvist can approve it.');
    expect(remedyWords(approvals(2))).toBe('Anyone can approve it.');
  });
});
