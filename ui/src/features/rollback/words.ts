/** What the parts of a rollback plan are called. */
import type { Edits } from '../../generated/Edits';
import type { RollbackAction } from '../../generated/RollbackAction';
import type { ChangeKind } from '../../generated/ChangeKind';
import type { RollbackItem } from '../../generated/RollbackItem';
import type { RollbackKind } from '../../generated/RollbackKind';
import type { RollbackSource } from '../../generated/RollbackSource';
import type { RollbackView } from '../../generated/RollbackView';
import type { Version } from '../../generated/Version';
import type { Tone } from '../../lib/ui';
import type { ChangeMarkKind } from '../../lib/domain/change/marks';
import { shortVersion } from '../../lib/domain/resource/key';
import type { Obstacle } from './rollback-flow.svelte';

/** Where the old version comes from. */
export const SOURCES = {
  backup: 'Backup',
  snapshot: 'Older capture',
  history: "Platform's history",
} as const satisfies Record<RollbackSource, string>;

/** What the rollback does with a resource. */
const ACTIONS = {
  restore: { label: 'Restore', tone: 'reverted' },
  merge: { label: 'Merge', tone: 'modified' },
  keep: { label: 'Keep edit', tone: 'drift' },
  nothing: { label: 'Already so', tone: 'skipped' },
  refuse: { label: 'Cannot be undone', tone: 'deleted' },
} as const satisfies Record<RollbackAction['kind'], { label: string; tone: Tone }>;

/** What the rollback does with this very resource: a restore may create or delete. */
export function actionOf({ action, current, target }: RollbackItem): { label: string; tone: Tone } {
  if (action.kind !== 'restore') return ACTIONS[action.kind];
  if (target === null) return { ...ACTIONS.restore, label: 'Delete' };
  return current === null ? { ...ACTIONS.restore, label: 'Create again' } : ACTIONS.restore;
}

/** The choices for a resource that was edited since. */
export const EDITS: readonly { value: Edits; label: string }[] = [
  { value: 'keep', label: 'Keep edit' },
  { value: 'overwrite', label: 'Overwrite' },
  { value: 'merge', label: 'Merge' },
];

/** Why nothing can be rolled back now. */
export const OBSTACLES = {
  planning: 'Working out the plan…',
  failed: 'The plan could not be worked out. Try again before rolling back.',
  outdated: 'The plan shown is of an earlier choice. Work it out again before rolling back.',
  counting: 'Counting what is selected…',
  nothing: 'Nothing is selected that can be rolled back.',
} as const satisfies Record<Obstacle, string>;

/** The kinds of resources that a plan has, to filter by. */
export function kindsOf({
  edited,
  counts,
}: RollbackView): { value: RollbackKind; label: string }[] {
  const kinds = [
    { value: 'all', label: 'All resources', total: 1 },
    { value: 'edited', label: 'Edited since', total: edited },
    { value: 'unedited', label: 'Not edited since', total: edited > 0 ? counts.restore : 0 },
    { value: 'kept', label: ACTIONS.keep.label, total: counts.keep },
    { value: 'refused', label: ACTIONS.refuse.label, total: counts.refuse },
    { value: 'unchanged', label: ACTIONS.nothing.label, total: counts.nothing },
  ] as const;
  return kinds.filter(({ total }) => total > 0).map(({ value, label }) => ({ value, label }));
}

/** The mark of what the rollback changes; nothing when it leaves the resource as it is. */
export function markOf({ action, current, target }: RollbackItem): ChangeMarkKind | undefined {
  if (action.kind === 'refuse') return 'irreversible';
  if (action.kind !== 'restore' && action.kind !== 'merge') return undefined;
  return changeBetween(current, target);
}

/** `9f3c21ab → 04e1c2d7`, `not there → 04e1c2d7`, `9f3c21ab → removed`, `stays 9f3c21ab`. */
export function versionsWords({ action, current, target }: RollbackItem): string {
  const now = current === null ? 'not there' : shortVersion(current);
  if (action.kind !== 'restore' && action.kind !== 'merge') return `stays ${now}`;
  return `${now} → ${target === null ? 'removed' : shortVersion(target)}`;
}

/** What leads from one version of a resource to another one. */
export function changeBetween(before: Version | null, after: Version | null): ChangeKind {
  if (before === null) return 'created';
  return after === null ? 'deleted' : 'modified';
}

/** What can be looked at of one resource: what the rollback does, or what the deployment had done. */
export type DifferenceView = 'rollback' | 'deployment';

/**
 * The differences that say something of their own: what the rollback changes, if anything; and what the deployment changed,
 * unless the rollback is the very reverse of that.
 */
export function differencesOf(
  { current, target, edited }: Pick<RollbackItem, 'current' | 'target' | 'edited'>,
  { tag }: Pick<RollbackView, 'tag'>,
): { value: DifferenceView; label: string; text: string }[] {
  const isChanged = current?.blob !== target?.blob;
  const views: { value: DifferenceView; label: string; text: string }[] = [];
  if (isChanged) {
    views.push({
      value: 'rollback',
      label: 'This rollback',
      text: 'From what it holds now to what it returns to.',
    });
  }
  if (edited || !isChanged) {
    views.push({
      value: 'deployment',
      label: tag,
      text: edited
        ? 'It was edited since: what it holds now is not what the right side of this shows.'
        : 'The rollback leaves it as it is.',
    });
  }
  return views;
}

/** What can't be undone, and what to do instead, as text for a ticket or a chat. */
export function refusedText(items: readonly RollbackItem[]): string {
  return items
    .map(({ resource, message, hint }) => [resource, message, hint].filter(Boolean).join('\n  '))
    .join('\n');
}
