/** Reviews by what one person has to do about them, as the core says. Pure. */
import type { ReleaseReview } from '../../generated/ReleaseReview';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';
import type { ReviewStage } from '../../generated/ReviewStage';

/** A release in one environment that it is up for review in. */
export interface ReviewLine {
  release: ReleaseSummary;
  review: ReleaseReview;
}

/** One line for each release and environment, by stage, each in the order given. */
export function reviewLines(
  releases: readonly ReleaseSummary[],
): Record<ReviewStage, readonly ReviewLine[]> {
  const lines = releases.flatMap((release) =>
    release.reviews.map((review): ReviewLine => ({ release, review })),
  );
  const at = (stage: ReviewStage): readonly ReviewLine[] =>
    lines.filter(({ review }) => review.stage === stage);
  return {
    asks_you: at('asks_you'),
    asks_others: at('asks_others'),
    approved: at('approved'),
  };
}
