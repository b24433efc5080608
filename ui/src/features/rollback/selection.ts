/** What a rollback page asks for, worked out from the plan and the person's choices. Pure. */
import type { Edits } from '../../generated/Edits';
import type { RollbackItem } from '../../generated/RollbackItem';
import { plural } from '../../lib/ui/format';

/** What a rollback would do with the chosen resources, in numbers. */
export interface Tally {
  restore: number;
  merge: number;
  keep: number;
  nothing: number;
  refuse: number;
  /** Chosen or not: what could be taken back. */
  available: number;
}

/** Whether a rollback would write the resource, if it is chosen. */
export function isWritten(item: RollbackItem): boolean {
  return item.action.kind === 'restore' || item.action.kind === 'merge';
}

/** Counts what the rollback would do without the resources left out. */
export function tally(items: readonly RollbackItem[], leftOut: ReadonlySet<string>): Tally {
  const counts: Tally = { restore: 0, merge: 0, keep: 0, nothing: 0, refuse: 0, available: 0 };
  for (const item of items) {
    if (isWritten(item)) counts.available += 1;
    if (!leftOut.has(item.resource)) counts[item.action.kind] += 1;
  }
  return counts;
}

/** Whether everything goes back to what it was, with nothing to decide: then one confirmation is enough. */
export function isSimple(items: readonly RollbackItem[], leftOut: ReadonlySet<string>): boolean {
  return (
    leftOut.size === 0 &&
    items.every((item) => item.action.kind === 'restore' || item.action.kind === 'nothing')
  );
}

/** The `only` of the request: nothing when all are in, else one exact pattern for each chosen resource. */
export function onlyOf(items: readonly RollbackItem[], leftOut: ReadonlySet<string>): string[] {
  if (leftOut.size === 0) return [];
  return items
    .filter((item) => isWritten(item) && !leftOut.has(item.resource))
    .map((item) => exactPattern(item.resource));
}

/** A glob that matches this text and no other. */
export function exactPattern(text: string): string {
  return text.replace(/[\\*?{}[\]]/g, (sign) => (sign === ']' ? '[]]' : `[${sign}]`));
}

/** The `choices` of the request: what differs from the default, for resources that were edited. */
export function choicesOf(chosen: ReadonlyMap<string, Edits>, fallback: Edits): [string, Edits][] {
  return [...chosen].filter(([, edits]) => edits !== fallback);
}

/** The rows that a filter leaves: by text in the key, and by what the rollback does. */
export function filtered(
  items: readonly RollbackItem[],
  text: string,
  kind: 'all' | 'edited' | RollbackItem['action']['kind'],
): RollbackItem[] {
  const wanted = text.trim().toLowerCase();
  return items.filter(
    (item) =>
      (kind === 'all' || (kind === 'edited' ? item.edited : item.action.kind === kind)) &&
      (wanted === '' || item.resource.toLowerCase().includes(wanted)),
  );
}

/** The state of the box that stands for several rows. */
export function boxOf(
  items: readonly RollbackItem[],
  leftOut: ReadonlySet<string>,
): boolean | 'mixed' {
  const choosable = items.filter(isWritten);
  const out = choosable.filter((item) => leftOut.has(item.resource)).length;
  if (choosable.length === 0 || out === choosable.length) return false;
  return out === 0 ? true : 'mixed';
}

/** The words of the button that does it: `Roll back 52 resources in production`. */
export function buttonWords(counts: Tally, environment: string): string {
  return `Roll back ${plural(counts.restore + counts.merge, 'resource')} in ${environment}`;
}

/** What goes with it, for the confirmation: each line a count and what it means. */
export function consequences(counts: Tally): { id: string; words: string }[] {
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
