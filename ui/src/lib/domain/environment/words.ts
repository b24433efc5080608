/** What captures, rules and environments are called. Pure. */
import type { CaptureInfo } from '../../../generated/CaptureInfo';
import type { RuleAction } from '../../../generated/RuleAction';
import type { Tier } from '../../../generated/Tier';
import { count, plural } from '../../ui';

/** What a capture found, in a sentence: "Captured production: 1,204 resources, 3 changed since the last capture". */
export function captureSentence(name: string, capture: CaptureInfo): string {
  const changed = capture.created + capture.modified + capture.deleted;
  const isFirst = capture.unchanged === 0 && capture.created === capture.resources;
  const since = isFirst
    ? ''
    : changed === 0
      ? ', nothing changed'
      : `, ${count(changed)} changed since the last capture`;
  return `Captured ${name}: ${plural(capture.resources, 'resource')}${since}`;
}

/** The tiers, from far to close to customers. */
export const TIERS: readonly { value: Tier; label: string }[] = [
  { value: 'development', label: 'Development' },
  { value: 'staging', label: 'Staging' },
  { value: 'production', label: 'Production' },
];

/** What a tier is called. */
export function tierLabel(tier: Tier): string {
  return TIERS.find(({ value }) => value === tier)?.label ?? tier;
}

/** What rules do, in words. */
export const RULE_ACTIONS: readonly { value: RuleAction; label: string; means: string }[] = [
  { value: 'ignore', label: 'Never capture', means: 'It is not read, compared or deployed.' },
  { value: 'hold', label: 'Never deploy', means: 'It is compared, and no release writes it here.' },
  {
    value: 'keep',
    label: 'Keep as it is here',
    means: 'Deployments leave these values as they are.',
  },
];
