/**
 * The order of a deployment's operations on the screen, as windows over the core's pages. Pure.
 *
 * The core pages operations in the order of the plan, filtered by state. To show what runs or failed on top of a list of
 * any length, the list is a row of *segments*, one for each group of states; a window over the list is then at most one
 * window over each segment.
 */
import type { OperationCounts } from '../../generated/OperationCounts';
import type { OperationState } from '../../generated/OperationState';

/** Operations of some states, in the order of the plan. No states: all of them. */
export interface Segment {
  states: readonly OperationState[];
  count: number;
}

/** A window over one segment. */
export interface Slice {
  states: readonly OperationState[];
  offset: number;
  limit: number;
}

/** How the list is ordered: what needs eyes on top, or as planned. */
export type Order = 'active' | 'plan';

/** What the list shows: all states, or one. */
export type Filter = 'all' | OperationState;

/** What is running comes first, then what failed, then what waits, then what is settled. */
const ACTIVE_FIRST: readonly (readonly OperationState[])[] = [
  ['unknown'],
  ['failed'],
  ['pending'],
  ['applied', 'skipped', 'reverted'],
];

/** The segments of a list. */
export function segments(counts: OperationCounts, order: Order, filter: Filter): Segment[] {
  if (filter !== 'all') return [{ states: [filter], count: counts[filter] }];
  if (order === 'plan') return [{ states: [], count: counts.total }];
  return ACTIVE_FIRST.map((states) => ({
    states,
    count: states.reduce((sum, state) => sum + counts[state], 0),
  })).filter((segment) => segment.count > 0);
}

/** How many rows the segments have together. */
export function length(list: readonly Segment[]): number {
  return list.reduce((sum, segment) => sum + segment.count, 0);
}

/** Cuts the rows `from` (inclusive) to `to` (exclusive) into windows over the segments. */
export function slices(list: readonly Segment[], from: number, to: number): Slice[] {
  const found: Slice[] = [];
  let start = 0;
  for (const { states, count } of list) {
    const first = Math.max(from, start);
    const last = Math.min(to, start + count);
    if (last > first) found.push({ states, offset: first - start, limit: last - first });
    start += count;
  }
  return found;
}
