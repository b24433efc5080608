/** Open releases by what one person has to do about them. Pure. */
import type { Person } from '../../generated/Person';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';

/** The three groups, each in the order given. */
export interface ReviewGroups {
  waiting: readonly ReleaseSummary[];
  answered: readonly ReleaseSummary[];
  ready: readonly ReleaseSummary[];
}

/** Sorts releases into groups for the person of an address; what is not open is left out. */
export function reviewGroups(releases: readonly ReleaseSummary[], email: string): ReviewGroups {
  const mine = ({ email: theirs }: Person): boolean => theirs.toLowerCase() === email.toLowerCase();
  const open = releases.filter(({ state }) => state === 'open');
  const unsettled = open.filter(({ approval }) => !approval.satisfied);
  const isAnswered = ({ approval }: ReleaseSummary): boolean =>
    approval.approved_by.some(mine) || approval.changes_requested_by.some(mine);
  return {
    waiting: unsettled.filter((release) => !isAnswered(release)),
    answered: unsettled.filter(isAnswered),
    ready: open.filter(({ approval }) => approval.satisfied),
  };
}
