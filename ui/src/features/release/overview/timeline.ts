/** The story of a release, oldest first: made, sealed, reviewed, talked about. Pure. */
import type { Review } from '../../../generated/Review';
import type { Revision } from '../../../generated/Revision';
import type { Person } from '../../../generated/Person';
import type { Release } from '../../../generated/Release';
import { threadsOf, type Thread } from '../../../lib/diff/threads';

/** Something that happened. */
export type Moment =
  | { kind: 'made'; id: string; at: number; by: Person }
  | { kind: 'sealed'; id: string; at: number; revision: Revision; isLatest: boolean }
  | { kind: 'reviewed'; id: string; at: number; review: Review; isOutdated: boolean }
  | { kind: 'said'; id: string; at: number; thread: Thread };

const RANK = { made: 0, sealed: 1, reviewed: 2, said: 3 } as const;

/** Puts everything in order. `outdated` are the reviews that no longer count because the effect is another one. */
export function timelineOf(release: Release, outdated: readonly string[]): Moment[] {
  const moments: Moment[] = [
    { kind: 'made', id: 'made', at: release.created_at, by: release.created_by },
    ...release.revisions.map((revision, index): Moment => ({
      kind: 'sealed',
      id: `revision ${revision.number}`,
      at: revision.at,
      revision,
      isLatest: index === release.revisions.length - 1,
    })),
    ...release.reviews.map((review): Moment => ({
      kind: 'reviewed',
      id: review.id,
      at: review.at,
      review,
      isOutdated: outdated.includes(review.id),
    })),
    ...threadsOf(release.comments).map((thread): Moment => ({
      kind: 'said',
      id: thread.root.id,
      at: thread.root.at,
      thread,
    })),
  ];
  return moments.sort((a, b) => a.at - b.at || RANK[a.kind] - RANK[b.kind]);
}
