/** What the verbs of operations and the degrees of risk are called and how they are marked. */
import type { Pass } from '../../../generated/Pass';
import type { PlanOperation } from '../../../generated/PlanOperation';
import type { Risk } from '../../../generated/Risk';
import type { Verb } from '../../../generated/Verb';
import type { Tone } from '../../ui';
import type { ChangeMarkKind } from '../change/marks';
import { count } from '../../ui/format';

/** How a verb is shown. `mark` is nothing for a publish, which changes no resource of its own. */
export const VERBS = {
  create: { label: 'Create', tone: 'created', mark: 'created' },
  update: { label: 'Modify', tone: 'modified', mark: 'modified' },
  delete: { label: 'Delete', tone: 'deleted', mark: 'deleted' },
  publish: { label: 'Publish', tone: 'accent', mark: undefined },
} as const satisfies Record<Verb, { label: string; tone: Tone; mark: ChangeMarkKind | undefined }>;

/** How a degree of risk is shown. Low is the ordinary case and has no badge. */
export const RISKS = {
  low: { label: 'Low risk', tone: 'neutral' },
  medium: { label: 'Medium risk', tone: 'modified' },
  high: { label: 'High risk', tone: 'deleted' },
} as const satisfies Record<Risk, { label: string; tone: Tone }>;

/** Which part of the resource an operation writes, in words; nothing when it writes all of it. */
export function passWords(pass: Pass): string | undefined {
  switch (pass.kind) {
    case 'whole':
      return undefined;
    case 'first':
      return `pass 1, without ${fieldWords(pass.without)}`;
    case 'fill':
      return `pass 2, only ${fieldWords(pass.fields)}`;
  }
}

function fieldWords(fields: readonly string[]): string {
  const [first, ...rest] = fields;
  if (first === undefined) return 'no field';
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/** The operations that another one waits for, in words: `after 3, 7`. */
export function needsWords(
  { needs, needs_total }: Pick<PlanOperation, 'needs' | 'needs_total'>,
  most = 3,
): string {
  if (needs_total === 0) return '';
  if (needs_total <= most) return `after ${needs.join(', ')}`;
  return `after ${count(needs_total)} others`;
}
