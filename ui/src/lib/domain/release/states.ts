/** A release's state as steps. Pure. */
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { Standing } from '../../../generated/Standing';
import { STANDINGS } from '../../ui/meaning';

/** The steps of a release's life, in order. */
export const STEPS = [
  { id: 'draft', label: 'Draft' },
  { id: 'open', label: 'Open' },
  { id: 'deploying', label: 'Deploying' },
  { id: 'deployed', label: 'Deployed' },
] as const;

/** How the stepper shows a state. */
export interface Steps {
  steps: { id: string; label: string }[];
  current: string;
  outcome: 'going' | 'done' | 'failed' | 'stopped';
}

/**
 * Puts a state on the steps. A cancelled or failed release stops at the last step that it reached; `after` is what became of
 * one that no environment holds any more.
 */
export function stepsOf(
  state: ReleaseState,
  wasSealed: boolean,
  after: Standing | null = null,
): Steps {
  switch (state) {
    case 'deployed': {
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

/** The first line of the notes. */
export function titleOf(notes: string): string {
  return notes.trim().split('\n')[0] ?? '';
}

/** The states of releases that are not at their end. */
export const UNFINISHED: readonly ReleaseState[] = ['draft', 'open', 'deploying', 'failed'];
