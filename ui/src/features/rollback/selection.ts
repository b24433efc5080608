/** What a person selects of a rollback plan, as steps that the core follows, and the words for what they come to. Pure. */
import type { Edits } from '../../generated/Edits';
import type { RollbackCounts } from '../../generated/RollbackCounts';
import type { RollbackFilter } from '../../generated/RollbackFilter';
import type { RollbackSelected } from '../../generated/RollbackSelected';
import type { RollbackStarted } from '../../generated/RollbackStarted';
import type { SelectionStep } from '../../generated/SelectionStep';
import type { Route } from '../../lib/app/route';
import { plural } from '../../lib/ui/format';

/** The filter that lists every resource. */
export const EVERYTHING: RollbackFilter = { text: '', kind: 'all' };

/** Adds a step; earlier ones that it overrides in full are dropped, so that steps do not pile up. */
export function withStep(
  steps: readonly SelectionStep[],
  step: SelectionStep,
): readonly SelectionStep[] {
  if (step.of === 'matching' && same(step.filter, EVERYTHING)) {
    // Without steps everything is selected.
    return step.included ? [] : [step];
  }
  const rest = steps.filter((earlier) => {
    if (earlier.of === 'matching') {
      return step.of !== 'matching' || !same(earlier.filter, step.filter);
    }
    return step.of !== 'resource' || earlier.resource !== step.resource;
  });
  return [...rest, step];
}

function same(one: RollbackFilter, other: RollbackFilter): boolean {
  return one.kind === other.kind && one.text.trim() === other.text.trim();
}

/** The `choices` of the request: what differs from the default, for resources that were edited. */
export function choicesOf(chosen: ReadonlyMap<string, Edits>, fallback: Edits): [string, Edits][] {
  return [...chosen].filter(([, edits]) => edits !== fallback);
}

/** The state of the box that stands for all rows that are listed. */
export function boxOf({ listed_available, listed_selected }: RollbackSelected): boolean | 'mixed' {
  if (listed_selected === 0) return false;
  return listed_selected === listed_available ? true : 'mixed';
}

/** How many resources a rollback writes. */
export function written({ restore, merge }: RollbackCounts): number {
  return restore + merge;
}

/** The words of the button that does it: `Roll back 52 resources in production`. */
export function buttonWords(counts: RollbackCounts, environment: string): string {
  return `Roll back ${plural(written(counts), 'resource')} in ${environment}`;
}

/** Where a rollback is looked at: its deployment, or its release while it waits for a review. */
export function routeAfter({ deployment, release }: RollbackStarted): Route {
  return deployment === null
    ? { page: 'release', id: release, tab: 'overview' }
    : { page: 'deployment', id: deployment };
}

/** What goes with it, for the confirmation: each line a count and what it means. */
export function consequences(counts: RollbackCounts): { id: string; words: string }[] {
  const lines = [
    {
      id: 'restore',
      value: counts.restore,
      words: (n: string) => `${n} put back as before the deployment`,
    },
    { id: 'merge', value: counts.merge, words: (n: string) => `${n} merged with edits made since` },
    { id: 'keep', value: counts.keep, words: (n: string) => `${n} left with edits made since` },
    { id: 'refuse', value: counts.refuse, words: (n: string) => `${n} cannot be undone` },
    { id: 'nothing', value: counts.nothing, words: (n: string) => `${n} already as before` },
  ];
  return lines
    .filter((line) => line.value > 0)
    .map((line) => ({ id: line.id, words: line.words(plural(line.value, 'resource')) }));
}
