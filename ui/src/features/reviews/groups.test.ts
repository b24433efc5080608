import { describe, expect, it } from 'vitest';
import type { Approval } from '../../generated/Approval';
import type { ReleaseState } from '../../generated/ReleaseState';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';
import { reviewGroups } from './groups';

const mara = { name: 'Mara', email: 'Mara@northwind.example' };

function release(id: string, state: ReleaseState, approval: Partial<Approval>): ReleaseSummary {
  const none = { approved_by: [], changes_requested_by: [], outdated: [], satisfied: false };
  return {
    id,
    state,
    approval: { required: 1, ...none, ...approval },
  } as unknown as ReleaseSummary;
}

describe('reviewGroups', () => {
  it('sorts open releases by what the person has to do', () => {
    const groups = reviewGroups(
      [
        release('draft', 'draft', {}),
        release('new', 'open', {}),
        release('half', 'open', { required: 2, approved_by: [mara] }),
        release('refused', 'open', { changes_requested_by: [mara] }),
        release('approved', 'open', { approved_by: [mara], satisfied: true }),
        release('free', 'open', { required: 0, satisfied: true }),
      ],
      'mara@Northwind.example',
    );
    const ids = (of: readonly ReleaseSummary[]): string[] => of.map(({ id }) => id);
    expect(ids(groups.waiting)).toEqual(['new']);
    expect(ids(groups.answered)).toEqual(['half', 'refused']);
    expect(ids(groups.ready)).toEqual(['approved', 'free']);
  });
});
