/** What the states of deployments and of their operations are called and how they are marked. */
import CircleArrowUp from '@lucide/svelte/icons/circle-arrow-up';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CirclePause from '@lucide/svelte/icons/circle-pause';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import CircleSlash from '@lucide/svelte/icons/circle-slash';
import CircleX from '@lucide/svelte/icons/circle-x';
import SkipForward from '@lucide/svelte/icons/skip-forward';
import Undo from '@lucide/svelte/icons/undo-2';
import type { Deployment } from '../../../generated/Deployment';
import type { DeploymentState } from '../../../generated/DeploymentState';
import type { OperationState } from '../../../generated/OperationState';
import type { Meaning } from '../../ui/meaning';
import { STANDINGS } from '../release/states';

/** What a list calls the state of an operation; see `markOf` in `phases.ts`. */
export type OperationMark = OperationState | 'running';

/** What became of an operation. `running` is an operation whose end is awaited; `unknown` one whose end was lost. */
export const OPERATION_STATES = {
  pending: { label: 'Pending', tone: 'pending', icon: CircleDashed },
  running: { label: 'Running', tone: 'running', icon: CircleArrowUp },
  applied: { label: 'Applied', tone: 'created', icon: CircleCheck },
  skipped: { label: 'Skipped', tone: 'skipped', icon: SkipForward },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
  reverted: { label: 'Reverted', tone: 'reverted', icon: Undo },
  unknown: { label: 'Unknown', tone: 'drift', icon: CircleQuestionMark },
} as const satisfies Record<OperationMark, Meaning>;

/** How a deployment goes or went. */
export const DEPLOYMENT_STATES = {
  running: { label: 'Running', tone: 'running', icon: CircleArrowUp },
  interrupted: { label: 'Interrupted', tone: 'drift', icon: CirclePause },
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
  cancelled: { label: 'Cancelled', tone: 'skipped', icon: CircleSlash },
} as const satisfies Record<DeploymentState, Meaning>;

/** How a deployment stands now: what became of it, unless it was rolled back since. */
export function deploymentMeaning(
  deployment: Pick<Deployment, 'state' | 'rolled_back_by'>,
  reverted = 0,
): Meaning {
  if (deployment.rolled_back_by !== null) return STANDINGS.rolled_back;
  if (deployment.state === 'deployed' && reverted > 0) {
    return { ...STANDINGS.rolled_back, label: 'Partly rolled back' };
  }
  return DEPLOYMENT_STATES[deployment.state];
}
