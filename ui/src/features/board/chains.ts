/** Environments in the order in which releases travel, as rows of the Board. Pure. */
import type { ChangeCounts } from '../../generated/ChangeCounts';
import type { EnvironmentView } from '../../generated/EnvironmentView';

/** Environments that promote one to the next, first to last. */
export type Chain = readonly EnvironmentView[];

/**
 * Cuts the list, which comes in promotion order, where one environment does not promote to the one after it.
 *
 * Environments that stand alone share one row, so that a workspace without any order is not a tower of single cards.
 */
export function chainsOf(environments: readonly EnvironmentView[]): Chain[] {
  const chains: EnvironmentView[][] = [];
  for (const view of environments) {
    const chain = chains.at(-1);
    if (chain?.at(-1)?.environment.promotes_to === view.environment.id) chain.push(view);
    else chains.push([view]);
  }
  const linked = chains.filter((chain) => chain.length > 1);
  const alone = chains.filter((chain) => chain.length === 1).flat();
  return alone.length > 0 ? [...linked, alone] : linked;
}

/** How many cards share the width of the Board, in every row; a row of more is scrolled. */
const COLUMNS_MAX = 4;

/** How many columns the rows have, so that their cards stand under each other. */
export function columnsOf(chains: readonly Chain[]): number {
  return Math.min(COLUMNS_MAX, Math.max(1, ...chains.map((chain) => chain.length)));
}

/** All the changes of a count. */
export function totalOf(counts: ChangeCounts): number {
  return counts.created + counts.modified + counts.deleted;
}
