/** What can be chosen in a release, and what its diffs follow from. Pure. */
import type { ReleaseView } from '../../../generated/ReleaseView';

/** How changes can be taken in and left out: at once, on request (it makes the next revision), or no longer. */
export type Choosing = 'now' | 'on request' | 'no';

/** Works out how changes can be chosen. */
export function choosing(view: ReleaseView): Choosing {
  switch (view.release.state) {
    case 'draft':
      return 'now';
    case 'open':
      return view.edited ? 'now' : 'on request';
    default:
      return 'no';
  }
}

/** Names the content that the diffs show: another name, other diffs. */
export function contentOf(view: ReleaseView): string {
  const { candidates, state, revisions } = view.release;
  const sealed = state === 'draft' ? '' : (revisions.at(-1)?.effect ?? '');
  return `${candidates.changes} ${sealed}`;
}
