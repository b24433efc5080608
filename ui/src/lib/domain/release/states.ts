/** What the states of a release are called and how they are marked, and its life as steps. Pure. */
import Circle from '@lucide/svelte/icons/circle';
import CircleArrowUp from '@lucide/svelte/icons/circle-arrow-up';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import CircleSlash from '@lucide/svelte/icons/circle-slash';
import CircleX from '@lucide/svelte/icons/circle-x';
import Layers from '@lucide/svelte/icons/layers-2';
import Undo from '@lucide/svelte/icons/undo-2';
import type { ReleaseState } from '../../../generated/ReleaseState';
import type { Standing } from '../../../generated/Standing';
import type { Meaning } from '../../ui/meaning';

/** Where a release is in its life. */
export const RELEASE_STATES = {
  draft: { label: 'Draft', tone: 'neutral', icon: CircleDashed },
  open: { label: 'Open', tone: 'accent', icon: CircleDot },
  deploying: { label: 'Deploying', tone: 'running', icon: CircleArrowUp },
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  cancelled: { label: 'Cancelled', tone: 'skipped', icon: CircleSlash },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
} as const satisfies Record<ReleaseState, Meaning>;

/** What a release stands as in one environment. */
export const STANDINGS = {
  ready: { label: 'Ready', tone: 'neutral', icon: Circle },
  deploying: RELEASE_STATES.deploying,
  failed: RELEASE_STATES.failed,
  cancelled: RELEASE_STATES.cancelled,
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  superseded: { label: 'Superseded', tone: 'skipped', icon: Layers },
  rolled_back: { label: 'Rolled back', tone: 'reverted', icon: Undo },
} as const satisfies Record<Standing, Meaning>;

/** The steps of a release's life, in order. */
const STEPS = [
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
