import { describe, expect, it } from 'vitest';
import type { ReleaseReview } from '../../generated/ReleaseReview';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';
import type { ReviewStage } from '../../generated/ReviewStage';
import { reviewLines } from './groups';

function release(id: string, reviews: readonly [string, ReviewStage][]): ReleaseSummary {
  return {
    id,
    reviews: reviews.map(([name, stage]) => ({ name, stage }) as ReleaseReview),
  } as unknown as ReleaseSummary;
}

describe('reviewLines', () => {
  it('has a line for each environment, under what it waits for', () => {
    const lines = reviewLines([
      release('new', [['staging', 'asks_you']]),
      release('promoted', [
        ['production', 'asks_others'],
        ['eu', 'asks_you'],
      ]),
      release('approved', [['production', 'approved']]),
      release('draft', []),
    ]);
    const said = (stage: ReviewStage): string[] =>
      lines[stage].map(({ release: { id }, review: { name } }) => `${id} for ${name}`);
    expect(said('asks_you')).toEqual(['new for staging', 'promoted for eu']);
    expect(said('asks_others')).toEqual(['promoted for production']);
    expect(said('approved')).toEqual(['approved for production']);
  });
});
