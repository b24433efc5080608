/** What can be chosen in a release, and what its diffs follow from. Pure. */
import type { ReleaseView } from '../../../generated/ReleaseView';

/** How changes can be taken in and left out: at once, on request (it makes the next revision), or no longer. */
export type Choosing = 'now' | 'on request' | 'no';

/** Works out how changes can be chosen. */
export function choosing(view: ReleaseView): Choosing {
  if (!view.can.choose) return 'no';
  return view.can.open ? 'now' : 'on request';
}

/** Names the content that the diffs show: another name, other diffs. */
export function contentOf(view: ReleaseView): string {
  const { candidates, state, revisions } = view.release;
  const sealed = state === 'draft' ? '' : (revisions.at(-1)?.effect ?? '');
  return `${candidates.changes} ${sealed}`;
}
