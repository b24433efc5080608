/** A deployment as text, for a ticket or a chat. Pure. */
import type { DeploymentView } from '../../generated/DeploymentView';
import type { OperationRow } from '../../generated/OperationRow';
import { count, duration, exactTime } from '../../lib/ui/format';
import { deploymentMeaning } from '../../lib/domain/deployment/states';
import { phaseSteps, standingWords } from '../../lib/domain/deployment/phases';

/** How long the latest try of an operation took, in milliseconds; nothing while it is not known. */
export function tookMs({ attempt }: OperationRow): number | undefined {
  if (attempt.began_at === null || attempt.ended_at === null) return undefined;
  return Math.max(0, attempt.ended_at - attempt.began_at);
}

/** What a row says of itself: message and hint, one after the other. */
export function attemptWords({ attempt }: OperationRow): string {
  return [attempt.message, attempt.hint].filter(Boolean).join(' ');
}

/** The whole report as plain text. */
export function reportText(view: DeploymentView, rows: readonly OperationRow[]): string {
  const { deployment, counts } = view;
  const where = `${view.environment_name}${view.to_production ? ' (production)' : ''}`;
  const phases = phaseSteps(view, deployment.ended_at ?? deployment.started_at)
    .filter((step) => step.note !== undefined)
    .map((step) => `${step.label.toLowerCase()} ${step.note}`);
  const tallies = (['applied', 'skipped', 'failed', 'reverted', 'unknown', 'pending'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${count(counts[state])} ${state}`);
  const lines = [
    `${view.reverts === null ? 'Deployment' : 'Rollback'} of ${view.tag} to ${where}: ${deploymentMeaning(deployment, counts.reverted).label.toLowerCase()}`,
    standingWords(view),
    ...(deployment.message === null ? [] : [deployment.message]),
    '',
    `deployment  ${deployment.id}`,
    `plan        ${deployment.plan.slice(0, 12)}, effect ${deployment.effect.slice(0, 12)}, revision ${deployment.revision}`,
    `started     ${exactTime(deployment.started_at)} by ${deployment.by.name}`,
    ...(deployment.start.kind === 'quick' ? [`quick       ${deployment.start.reason}`] : []),
    ...(deployment.ended_at === null ? [] : [`ended       ${exactTime(deployment.ended_at)}`]),
    ...(phases.length > 0 ? [`phases      ${phases.join(', ')}`] : []),
    `operations  ${count(counts.total)}: ${tallies.join(', ') || 'none'}`,
    '',
    ...rows.map(rowText),
  ];
  return `${lines.join('\n')}\n`;
}

function rowText(row: OperationRow): string {
  const { operation, attempt } = row;
  const took = tookMs(row);
  const notes = [
    took === undefined ? undefined : duration(took),
    attempt.attempts > 1 ? `${attempt.attempts} attempts` : undefined,
  ].filter(Boolean);
  const words = attemptWords(row);
  return [
    `${String(operation.id).padStart(5)}  ${attempt.state.padEnd(8)} ${operation.verb.padEnd(7)} ${operation.resource}`,
    notes.length > 0 ? `  (${notes.join(', ')})` : '',
    words ? `\n       ${words}` : '',
  ].join('');
}
