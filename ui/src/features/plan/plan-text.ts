/** A plan as text, for a ticket or a chat. Pure. */
import { count, exactTime, plural } from '../../lib/ui/format';
import { shortVersion } from '../../lib/domain/resource/key';
import type { WholePlan } from '../../lib/parts/plan/pages';
import { gateWords } from '../../lib/domain/gate/words';
import { totals } from '../../lib/domain/plan/standing';
import { needsWords, passWords } from '../../lib/domain/plan/verbs';

const SIGNS = { create: '+', update: '~', delete: '-', publish: '^' } as const;

/** The whole plan as plain text; what does not fit is counted. */
export function planText(whole: WholePlan, tag: string): string {
  const { plan } = whole;
  const lines = [
    `Plan of ${tag} for ${plan.environment_name}${plan.to_production ? ' (production)' : ''}`,
    `plan ${plan.digest.slice(0, 12)}, effect ${plan.effect.slice(0, 12)}, as of ${exactTime(plan.captured_at)}`,
    totals(plan)
      .map((part) => part.words)
      .join(' · '),
    gateWords(plan.gate),
  ];
  section(
    lines,
    'Blocked',
    whole.blocked.map((one) => `${one.resource}: ${[one.message, one.hint].join(' ').trim()}`),
  );
  section(
    lines,
    'Cannot be undone',
    whole.operations
      .filter((one) => !one.reversible)
      .map((one) => `${one.resource}: ${one.reasons.join(' ')}`),
  );
  section(
    lines,
    'Drifted since review',
    whole.drift.map(
      (one) =>
        `${one.resource}: expected ${shortVersion(one.expected)}, found ${shortVersion(one.found)}`,
    ),
  );
  let wave = 0;
  for (const operation of whole.operations) {
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
  const cut = plan.totals.operations - whole.operations.length;
  if (cut > 0) lines.push('', `  and ${count(cut)} more; the command line prints them all`);
  section(
    lines,
    'Needs no operation',
    whole.skipped.map((one) => `${one.resource}: ${one.message}`),
  );
  section(
    lines,
    'Left out by rules',
    plan.left_out.map((one) => `${one.pattern}: ${plural(one.count, 'resource')}. ${one.reason}`),
  );
  return `${lines.join('\n')}\n`;
}

/** The whole plan as JSON, its lists as lists. */
export function planJson({ plan, ...lists }: WholePlan): string {
  return JSON.stringify({ ...plan, ...lists }, null, 2);
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  if (entries.length > 0) lines.push('', title, ...entries.map((entry) => `  ${entry}`));
}
