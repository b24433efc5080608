/** What a plan says, in words: its totals, and what the core says stands in the way of executing it. Pure. */
import type { PlanView } from '../../../generated/PlanView';
import type { Tier } from '../../../generated/Tier';
import { count, duration, plural } from '../../ui/format';
import { gateWords } from '../gate/words';

const TIER_WORDS = {
  development: ['development', 'dev'],
  staging: ['staging', 'stage'],
  production: ['production', 'prod'],
} as const satisfies Record<Tier, readonly string[]>;

/** What stands in the way, and what to do about it, in one sentence. */
export function obstacleWords(plan: PlanView): string {
  switch (plan.obstacle) {
    case 'state':
      return `It can’t be deployed to ${plan.environment_name} now: a deployment is under way, or it was cancelled.`;
    case 'blocked':
      return `${plural(plan.blocked.total, 'change')} ${plan.blocked.total === 1 ? 'is' : 'are'} blocked. Fix what is listed, then check again.`;
    case 'drift':
      return `${plural(plan.drift.total, 'resource')} of ${plan.environment_name} changed since the review. Refresh the release, or check again once that is undone.`;
    case 'empty':
      return `${plan.environment_name} already holds everything that this release wants.`;
    case 'draft':
      return 'It is a draft. Open it for review first.';
    case 'gate':
      return gateWords(plan.gate);
    case null:
      return '';
  }
}

/** The parts of the totals line, each with what it counts; zeros are left out, except when all are. */
export function totals(plan: PlanView): { id: string; words: string }[] {
  const { create, update, delete: remove, irreversible: final, waves } = plan.totals;
  const parts = [
    { id: 'create', value: create, words: `${count(create)} create` },
    { id: 'update', value: update, words: `${count(update)} modify` },
    { id: 'delete', value: remove, words: `${count(remove)} delete` },
    { id: 'irreversible', value: final, words: `${count(final)} cannot be undone` },
  ].filter((part) => part.value > 0);
  const shown = parts.map(({ id, words }) => ({ id, words }));
  if (shown.length === 0) shown.push({ id: 'none', words: 'Nothing to do' });
  else shown.push({ id: 'waves', words: plural(waves, 'wave') });
  if (plan.estimate_ms !== null && plan.totals.operations > 0) {
    shown.push({ id: 'estimate', words: `about ${duration(plan.estimate_ms)}` });
  }
  return shown;
}

/** What a confirmation says: `Deploy 52 operations to production`. Past the review, a draft is opened by it. */
export function deployWords(plan: PlanView, way: 'reviewed' | 'quick' = 'reviewed'): string {
  const quick = plan.obstacle === 'draft' ? 'Open and deploy' : 'Quick deploy';
  const operations = plural(plan.totals.operations, 'operation');
  return `${way === 'quick' ? quick : 'Deploy'} ${operations} to ${plan.environment_name}`;
}

/** An environment's name, with the word where it is production and its name does not say so. */
export function environmentLabel(name: string, isProduction: boolean): string {
  return isProduction && !saysTier(name, 'production') ? `${name} · production` : name;
}

/** Whether the name of an environment says its tier already: `staging`, `app-production`, `EU prod`. */
export function saysTier(name: string, tier: Tier): boolean {
  const words = name.toLowerCase().split(/[^\p{L}]+/u);
  return TIER_WORDS[tier].some((word) => words.includes(word));
}
