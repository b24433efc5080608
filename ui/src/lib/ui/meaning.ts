/**
 * What states and kinds are called and how they are marked: one table for each closed set of the domain.
 *
 * Every entry has a word and a shape beside its tone, so that nothing depends on telling colours apart.
 */
import Circle from '@lucide/svelte/icons/circle';
import CircleArrowUp from '@lucide/svelte/icons/circle-arrow-up';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import CirclePause from '@lucide/svelte/icons/circle-pause';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import CircleSlash from '@lucide/svelte/icons/circle-slash';
import CircleX from '@lucide/svelte/icons/circle-x';
import Layers from '@lucide/svelte/icons/layers-2';
import MessageSquare from '@lucide/svelte/icons/message-square';
import SkipForward from '@lucide/svelte/icons/skip-forward';
import Undo from '@lucide/svelte/icons/undo-2';

/** A family of colours in `tokens.css`. */
export type Tone =
  | 'neutral'
  | 'accent'
  | 'created'
  | 'modified'
  | 'deleted'
  | 'drift'
  | 'reverted'
  | 'skipped'
  | 'pending'
  | 'running';

/** The shape of an icon component, as `@lucide/svelte` makes them. */
export type Icon = typeof Circle;

/** How one state is shown: spread it into `Badge`. */
export interface Meaning {
  label: string;
  tone: Tone;
  icon: Icon;
}

/** Where a release is in its life. */
export const RELEASE_STATES = {
  draft: { label: 'Draft', tone: 'neutral', icon: CircleDashed },
  open: { label: 'Open', tone: 'accent', icon: CircleDot },
  deploying: { label: 'Deploying', tone: 'running', icon: CircleArrowUp },
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  cancelled: { label: 'Cancelled', tone: 'skipped', icon: CircleSlash },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
} as const satisfies Record<string, Meaning>;

/** What a release stands as in one environment. */
export const STANDINGS = {
  ready: { label: 'Ready', tone: 'neutral', icon: Circle },
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  superseded: { label: 'Superseded', tone: 'skipped', icon: Layers },
  rolled_back: { label: 'Rolled back', tone: 'reverted', icon: Undo },
} as const satisfies Record<string, Meaning>;

/** What became of an operation. `running` is an operation whose end is awaited; `unknown` one whose end was lost. */
export const OPERATION_STATES = {
  pending: { label: 'Pending', tone: 'pending', icon: CircleDashed },
  running: { label: 'Running', tone: 'running', icon: CircleArrowUp },
  applied: { label: 'Applied', tone: 'created', icon: CircleCheck },
  skipped: { label: 'Skipped', tone: 'skipped', icon: SkipForward },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
  reverted: { label: 'Reverted', tone: 'reverted', icon: Undo },
  unknown: { label: 'Unknown', tone: 'drift', icon: CircleQuestionMark },
} as const satisfies Record<string, Meaning>;

/** A state of {@link OPERATION_STATES}. */
export type OperationMark = keyof typeof OPERATION_STATES;

/** How a deployment goes or went. */
export const DEPLOYMENT_STATES = {
  running: { label: 'Running', tone: 'running', icon: CircleArrowUp },
  interrupted: { label: 'Interrupted', tone: 'drift', icon: CirclePause },
  deployed: { label: 'Deployed', tone: 'created', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'deleted', icon: CircleX },
  cancelled: { label: 'Cancelled', tone: 'skipped', icon: CircleSlash },
} as const satisfies Record<string, Meaning>;

/** How a deployment stands now: what became of it, unless it was rolled back since. */
export function deploymentMeaning(
  deployment: { state: keyof typeof DEPLOYMENT_STATES; rolled_back_by: string | null },
  reverted = 0,
): Meaning {
  if (deployment.rolled_back_by !== null) return STANDINGS.rolled_back;
  if (deployment.state === 'deployed' && reverted > 0) {
    return { ...STANDINGS.rolled_back, label: 'Partly rolled back' };
  }
  return DEPLOYMENT_STATES[deployment.state];
}

/** A reviewer's verdict. */
export const VERDICTS = {
  approve: { label: 'Approved', tone: 'created', icon: CircleCheck },
  request_changes: { label: 'Changes requested', tone: 'deleted', icon: CircleX },
  comment: { label: 'Commented', tone: 'neutral', icon: MessageSquare },
} as const satisfies Record<string, Meaning>;

/** The marks of changes: a sign in a column of its own, and the word for it. */
export const CHANGE_MARKS = {
  created: { sign: '+', label: 'Created', tone: 'created' },
  modified: { sign: '~', label: 'Modified', tone: 'modified' },
  deleted: { sign: '−', label: 'Deleted', tone: 'deleted' },
  drift: { sign: '≠', label: 'Drifted', tone: 'drift' },
  irreversible: { sign: '⚠', label: 'Cannot be undone', tone: 'deleted' },
} as const satisfies Record<string, { sign: string; label: string; tone: Tone }>;

/** A mark of {@link CHANGE_MARKS}. */
export type ChangeMarkKind = keyof typeof CHANGE_MARKS;
