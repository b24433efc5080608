/** What the gate says, in words: what is missing before something may be done, and who can give it. Pure. */
import type { Gate } from '../../../generated/Gate';
import type { Person } from '../../../generated/Person';
import type { Planned } from '../../../generated/Planned';
import type { Requirement } from '../../../generated/Requirement';
import { count, plural } from '../../ui/format';

const CHANGED = {
  revision: 'The release was edited since the deployment began',
  plan: 'The operations are not those that the deployment began with',
  rules: 'The rules of the environment changed since the deployment began',
  connection: 'The environment is at another place than when the deployment began',
  written: 'A part of the deployment was rolled back',
} as const satisfies Record<Planned, string>;

/** How a gate stands, in a few words: what is missing first, else who approved. */
export function gateWords({ met, missing, warnings }: Gate): string {
  const outdated = warnings.reduce((sum, warning) => sum + warning.count, 0);
  const stale = outdated > 0 ? `; ${plural(outdated, 'review')} outdated` : '';
  const [first] = missing;
  if (first) return `${missingWords(first)}${first.kind === 'approvals' ? stale : ''}`;
  const approved = met.find((one) => one.kind === 'approvals');
  return approved ? `Approved by ${names(approved.by)}${stale}` : `No approval needed${stale}`;
}

/** What is missing, in a few words. */
export function missingWords(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'approvals': {
      const { need, by } = requirement;
      const given = `${count(by.length)} of ${plural(need, 'approval')}`;
      return by.length > 0 ? `${given}, by ${names(by)}` : given;
    }
    case 'changes_requested':
      return `${names(requirement.by)} asked for changes`;
    case 'newer_rules':
      return `A newer Slipway decided what this one does not understand (${requirement.kinds.join(', ')})`;
    case 'same_as_planned':
      return CHANGED[requirement.what];
  }
}

/** Who can give what is missing, or what to do instead: one sentence. */
export function remedyWords(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'approvals':
      return requirement.not_by.length > 0
        ? `Anyone but ${names(requirement.not_by)} can approve it.`
        : 'Anyone can approve it.';
    case 'changes_requested':
      return 'They can approve it by now, or the request can be dismissed.';
    case 'newer_rules':
      return 'Install the newer version.';
    case 'same_as_planned':
      return requirement.what === 'plan'
        ? 'The workspace was changed by something else. Verify it before you go on.'
        : 'Roll back what was applied, or deploy the release again: that is planned anew.';
  }
}

function names(people: readonly Person[]): string {
  return people.map((person) => person.name).join(', ');
}
