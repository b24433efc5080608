/** A plan as text, for a ticket or a chat. Pure. */
import type { PlanView } from '../../generated/PlanView';
import { exactTime, plural } from '../../lib/ui/format';
import { shortVersion } from '../../lib/domain/resource/key';
import { approvalWords, irreversible, totals } from '../../lib/domain/plan/standing';
import { needsWords, passWords } from '../../lib/domain/plan/verbs';

const SIGNS = { create: '+', update: '~', delete: '-', publish: '^' } as const;

/** The whole plan as plain text. */
export function planText(plan: PlanView, tag: string): string {
  const lines = [
    `Plan of ${tag} for ${plan.environment_name}${plan.to_production ? ' (production)' : ''}`,
    `plan ${plan.digest.slice(0, 12)}, effect ${plan.effect.slice(0, 12)}, as of ${exactTime(plan.captured_at)}`,
    totals(plan)
      .map((part) => part.words)
      .join(' · '),
    approvalWords(plan.approval),
  ];
  section(
    lines,
    'Blocked',
    plan.blocked.map((one) => `${one.resource}: ${[one.message, one.hint].join(' ').trim()}`),
  );
  section(
    lines,
    'Cannot be undone',
    irreversible(plan.operations).map((one) => `${one.resource}: ${one.reasons.join(' ')}`),
  );
  section(
    lines,
    'Drifted since review',
    plan.drift.map(
      (one) =>
        `${one.resource}: expected ${shortVersion(one.expected)}, found ${shortVersion(one.found)}`,
    ),
  );
  let wave = 0;
  for (const operation of plan.operations) {
    if (operation.wave !== wave) {
      wave = operation.wave;
      lines.push('', `Wave ${wave}`);
    }
    const notes = [
      passWords(operation.pass),
      needsWords(operation, 8),
      operation.risk === 'low' ? undefined : `${operation.risk} risk`,
      operation.reversible ? undefined : 'cannot be undone',
    ].filter(Boolean);
    const note = notes.length > 0 ? `  (${notes.join('; ')})` : '';
    lines.push(
      `  ${String(operation.id).padStart(3)} ${SIGNS[operation.verb]} ${operation.resource}${note}`,
    );
  }
  section(
    lines,
    'Needs no operation',
    plan.skipped.map((one) => `${one.resource}: ${one.message}`),
  );
  section(
    lines,
    'Left out by rules',
    plan.left_out.map((one) => `${one.pattern}: ${plural(one.count, 'resource')}. ${one.reason}`),
  );
  return `${lines.join('\n')}\n`;
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  if (entries.length > 0) lines.push('', title, ...entries.map((entry) => `  ${entry}`));
}
