/** What a release waits for, in a few words. Pure. */
import type { Approval } from '../../../generated/Approval';
import type { ReleaseSummary } from '../../../generated/ReleaseSummary';
import { type Meaning } from '../../ui/meaning';
import { RELEASE_STATES, STANDINGS } from './states';

/** The words beside a release in a list: "open · 1 of 2 approvals". */
export function statusOf(
  release: Pick<ReleaseSummary, 'state' | 'approval' | 'standings' | 'aftermath'>,
): string {
  switch (release.state) {
    case 'draft':
      return 'draft';
    case 'open':
      return `open · ${approvalWords(release.approval)}`;
    case 'deploying':
      return 'deploying';
    case 'deployed': {
      const holds = release.standings.flatMap(([name, standing]) =>
        standing === 'deployed' ? [name] : [],
      );
      if (holds.length > 0) return `deployed in ${holds.join(', ')}`;
      return meaningOf(release).label.toLowerCase();
    }
    case 'cancelled':
      return 'cancelled';
    case 'failed':
      return 'failed';
  }
}

/** How a release is marked: by what became of it, else by its state. */
export function meaningOf({
  state,
  aftermath,
}: Pick<ReleaseSummary, 'state' | 'aftermath'>): Meaning {
  return aftermath ? STANDINGS[aftermath] : RELEASE_STATES[state];
}

/** How a release stands with its reviewers. */
export function approvalWords(approval: Approval): string {
  if (approval.changes_requested_by.length > 0) return 'changes requested';
  if (approval.required === 0) return 'no approval needed';
  const given = approval.approved_by.length;
  if (approval.satisfied) return 'approved';
  if (given === 0 && approval.outdated.length > 0) return 'approval outdated';
  return `${given} of ${approval.required} ${approval.required === 1 ? 'approval' : 'approvals'}`;
}
