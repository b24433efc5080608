/** A release's state as steps, and what may be done next. Pure. */
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { ReleaseView } from '../../../generated/ReleaseView';
import type { Standing } from '../../../generated/Standing';
import { STANDINGS } from '../../ui/meaning';

/** The steps of a release's life, in order. */
export const STEPS = [
  { id: 'draft', label: 'Draft' },
  { id: 'open', label: 'Open' },
  { id: 'deploying', label: 'Deploying' },
  { id: 'deployed', label: 'Deployed' },
] as const;

/** What became of a deployed release that no environment holds any more; nothing while one does. */
export function afterDeployed(standings: readonly Standing[]): Standing | undefined {
  if (standings.includes('deployed')) return undefined;
  return (['rolled_back', 'superseded'] as const).find((one) => standings.includes(one));
}

/** How the stepper shows a state. */
export interface Steps {
  steps: { id: string; label: string }[];
  current: string;
  outcome: 'going' | 'done' | 'failed' | 'stopped';
}

/**
 * Puts a state on the steps. A cancelled or failed release stops at the last step that it reached; one that no environment
 * holds any more says what became of it.
 */
export function stepsOf(
  state: ReleaseState,
  wasSealed: boolean,
  standings: readonly Standing[] = [],
): Steps {
  switch (state) {
    case 'deployed': {
      const after = afterDeployed(standings);
      const steps = STEPS.map((step) =>
        step.id === 'deployed' && after ? { ...step, label: STANDINGS[after].label } : step,
      );
      return { steps, current: 'deployed', outcome: after === 'rolled_back' ? 'stopped' : 'done' };
    }
    case 'failed':
      return {
        steps: STEPS.map((step) => (step.id === 'deploying' ? { ...step, label: 'Failed' } : step)),
        current: 'deploying',
        outcome: 'failed',
      };
    case 'cancelled': {
      const at = wasSealed ? 'open' : 'draft';
      return {
        steps: STEPS.map((step) => (step.id === at ? { ...step, label: 'Cancelled' } : step)),
        current: at,
        outcome: 'stopped',
      };
    }
    default:
      return { steps: [...STEPS], current: state, outcome: 'going' };
  }
}

/** What may be done with a release now. */
export interface Actions {
  /** Seal it (a draft), or seal the next revision (an open release with another choice). */
  open: boolean;
  review: boolean;
  deploy: boolean;
  refresh: boolean;
  cancel: boolean;
  quick: boolean;
}

/** Works out what may be done. The core decides in the end; this only keeps buttons away that it would refuse. */
export function actionsOf(view: ReleaseView): Actions {
  const { state, revisions } = view.release;
  const sealed = revisions.length > 0;
  const over = state === 'cancelled';
  return {
    open: state === 'draft' || (state === 'open' && view.edited),
    review: sealed && !over && state !== 'deploying',
    deploy: sealed && (state === 'open' || state === 'deployed' || state === 'failed'),
    refresh: state === 'draft' || state === 'open',
    cancel: state === 'draft' || state === 'open' || state === 'failed',
    quick: state === 'draft' || state === 'open',
  };
}

/** The first line of the notes. */
export function titleOf(notes: string): string {
  return notes.trim().split('\n')[0] ?? '';
}
