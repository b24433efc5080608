import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../generated/Approval';
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { Standing } from '../../../generated/Standing';
import { approvalWords, meaningOf, statusOf } from './status';

const mara = { name: 'Mara', email: 'mara@northwind.example' };
const approval = (given: Partial<Approval>): Approval => ({
  required: 2,
  approved_by: [],
  changes_requested_by: [],
  outdated: [],
  satisfied: false,
  ...given,
});

describe('approvalWords', () => {
  it.each([
    ['0 of 2 approvals', approval({})],
    ['1 of 2 approvals', approval({ approved_by: [mara] })],
    ['0 of 1 approval', approval({ required: 1 })],
    ['approved', approval({ required: 1, approved_by: [mara], satisfied: true })],
    ['no approval needed', approval({ required: 0, satisfied: true })],
    ['changes requested', approval({ approved_by: [mara], changes_requested_by: [mara] })],
    ['approval outdated', approval({ outdated: ['r-1'] })],
  ])('%s', (words, given) => expect(approvalWords(given)).toBe(words));
});

describe('statusOf', () => {
  const at = (
    state: Parameters<typeof statusOf>[0]['state'],
    standings: [string, Standing][] = [],
    aftermath: Standing | null = null,
  ): string => statusOf({ state, standings, aftermath, approval: approval({}) });

  it.each([
    ['draft', at('draft')],
    ['open · 0 of 2 approvals', at('open')],
    [
      'deployed in staging, production',
      at('deployed', [
        ['staging', 'deployed'],
        ['production', 'deployed'],
      ]),
    ],
    ['superseded', at('deployed', [['staging', 'superseded']], 'superseded')],
    ['rolled back', at('deployed', [['production', 'rolled_back']], 'rolled_back')],
  ])('%s', (words, said) => expect(said).toBe(words));
});

describe('meaningOf', () => {
  it.each<[string, ReleaseState, Standing | null]>([
    ['Deployed', 'deployed', null],
    ['Rolled back', 'deployed', 'rolled_back'],
    ['Superseded', 'deployed', 'superseded'],
    ['Open', 'open', null],
  ])('marks as %s what is %s and became %s', (label, state, aftermath) => {
    expect(meaningOf({ state, aftermath }).label).toBe(label);
  });
});
