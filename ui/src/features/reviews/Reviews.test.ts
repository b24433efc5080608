import { render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import Reviews from './Reviews.svelte';

const known = vi.hoisted(() => ({ total: 0 }));

vi.mock('../../lib/app/overview.svelte', () => ({
  useOverview: () => ({
    reviewList: { data: {}, error: undefined, reload: () => undefined },
    inReview: [{ id: 'r1', reviews: [] }],
    get inReviewTotal() {
      return known.total;
    },
  }),
}));

describe('what is up for review', () => {
  it.each([
    [1, false],
    [1_345, true],
  ])('of %i says whether there is more than it shows', (total, isSaid) => {
    known.total = total;
    render(Reviews);
    const words = screen.queryByText(/These are 1 of 1,345 releases up for review/u);
    expect(words !== null).toBe(isSaid);
  });
});
