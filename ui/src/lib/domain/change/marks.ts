/** The marks of changes: a sign in a column of its own, and the word for it. */
import type { Tone } from '../../ui/meaning';

/** How each is marked. */
export const CHANGE_MARKS = {
  created: { sign: '+', label: 'Created', tone: 'created' },
  modified: { sign: '~', label: 'Modified', tone: 'modified' },
  deleted: { sign: '−', label: 'Deleted', tone: 'deleted' },
  drift: { sign: '≠', label: 'Drifted', tone: 'drift' },
  irreversible: { sign: '⚠', label: 'Cannot be undone', tone: 'deleted' },
} as const satisfies Record<string, { sign: string; label: string; tone: Tone }>;

/** A mark of {@link CHANGE_MARKS}. */
export type ChangeMarkKind = keyof typeof CHANGE_MARKS;
