/** The four steps of a deployment as the header shows them, and what the whole says of itself. Pure. */
import type { DeploymentPhase } from '../../../generated/DeploymentPhase';
import type { DeploymentView } from '../../../generated/DeploymentView';
import type { OperationCounts } from '../../../generated/OperationCounts';
import type { OperationState } from '../../../generated/OperationState';
import { count, duration, plural } from '../../ui/format';
import type { OperationMark } from './states';

/** A step of the header. */
export interface PhaseStep {
  id: DeploymentPhase;
  label: string;
  note: string | undefined;
}

const PHASES = [
  { id: 'validate', label: 'Validate' },
  { id: 'order', label: 'Order' },
  { id: 'execute', label: 'Execute' },
  { id: 'verify', label: 'Verify' },
] as const satisfies readonly { id: DeploymentPhase; label: string }[];

/** The steps, each with how long it took or takes. */
export function phaseSteps(view: DeploymentView, now: number): PhaseStep[] {
  const started = new Map(view.phase_started);
  return PHASES.map((phase, index) => {
    const from = started.get(phase.id);
    if (from === undefined) return { ...phase, note: undefined };
    const later = PHASES.slice(index + 1)
      .map((next) => started.get(next.id))
      .find((at) => at !== undefined);
    const isNow = view.phase === phase.id && isRunning(view);
    const to = later ?? view.deployment.ended_at ?? (isNow ? now : undefined);
    return { ...phase, note: to === undefined ? undefined : duration(Math.max(0, to - from)) };
  });
}

/**
 * The step that is reached: of one that nobody executes, the last that began. The times of steps are known only to the
 * process that executed them, so after a restart the operations tell.
 */
export function currentPhase(view: DeploymentView): DeploymentPhase {
  if (view.phase !== 'ended') return view.phase;
  if (view.deployment.state === 'deployed') return 'verify';
  const reached = PHASES.filter((phase) => view.phase_started.some(([id]) => id === phase.id));
  const last = reached[reached.length - 1];
  if (last) return last.id;
  const { total, pending, unknown, failed } = view.counts;
  if (total === 0) return 'validate';
  return pending + unknown + failed === 0 && view.deployment.state === 'failed'
    ? 'verify'
    : 'execute';
}

/** How the reached step stands. */
export function phaseOutcome(view: DeploymentView): 'going' | 'done' | 'failed' | 'stopped' {
  switch (view.deployment.state) {
    case 'running':
      return 'going';
    case 'deployed':
      return 'done';
    case 'failed':
      return 'failed';
    case 'interrupted':
    case 'cancelled':
      return 'stopped';
  }
}

/** Whether somebody is executing it now. */
export function isRunning(view: DeploymentView): boolean {
  return view.deployment.state === 'running';
}

/** How many operations need nothing more. */
export function settled(counts: OperationCounts): number {
  return counts.applied + counts.skipped + counts.failed + counts.reverted;
}

/** The counts as the progress bar takes them: what began and has not ended is running while somebody executes it, unknown after. */
export function barCounts(view: DeploymentView): OperationCounts & { running: number } {
  const { counts } = view;
  return isRunning(view)
    ? { ...counts, unknown: 0, running: counts.unknown }
    : { ...counts, running: 0 };
}

/** How long it took or takes, in milliseconds; nothing where nobody knows when it was cut off. */
export function elapsed(view: DeploymentView, now: number): number | undefined {
  const { ended_at, started_at } = view.deployment;
  if (ended_at === null && !isRunning(view)) return undefined;
  return Math.max(0, (ended_at ?? now) - started_at);
}

/** What a state of an operation is called: begun and not ended is running while somebody executes it, unknown after. */
export function markOf(state: OperationState, runs: boolean): OperationMark {
  return state === 'unknown' && runs ? 'running' : state;
}

/** One sentence about how it stands and what is true of the environment now. */
export function standingWords(view: DeploymentView): string {
  const { counts, environment_name: where } = view;
  const done = plural(counts.applied, 'operation');
  const untouched =
    counts.applied + counts.unknown + counts.reverted === 0 ? ' Nothing was written.' : '';
  switch (view.deployment.state) {
    case 'running':
      if (view.is_cancelling) return 'Stopping after the operations that are under way.';
      if (view.phase === 'validate') return 'Checking everything before the first write.';
      if (view.phase === 'verify') return `Comparing ${where} with what it should be.`;
      return `${count(settled(counts))} of ${plural(counts.total, 'operation')} done.`;
    case 'interrupted':
      return `It was cut off after ${done}.${untouched} Resume reads back what is unclear and goes on.`;
    case 'deployed':
      return counts.reverted > 0
        ? `It was deployed; ${plural(counts.reverted, 'operation')} reverted since.`
        : `Read back and verified: ${where} holds what the release wants.`;
    case 'failed':
      if (untouched) return `It stopped before the first write.${untouched}`;
      return counts.failed > 0
        ? `${plural(counts.failed, 'operation')} failed, ${count(counts.applied)} applied. What was applied stays until it is rolled back.`
        : `${done} applied, but ${where} is not what it should be.`;
    case 'cancelled':
      return untouched
        ? `It was stopped before the first write.${untouched}`
        : `It was stopped after ${done}. What was applied stays until it is rolled back.`;
  }
}
