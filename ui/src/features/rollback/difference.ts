/** What can be looked at of one resource of a rollback, as documents. */
import type { ChangeKind } from '../../generated/ChangeKind';
import type { DiffSource } from '../../generated/DiffSource';
import type { RollbackItem } from '../../generated/RollbackItem';
import type { RollbackView } from '../../generated/RollbackView';
import { call } from '../../lib/backend';
import { DiffDocument } from '../../lib/diff/document.svelte';
import type { DiffPort } from '../../lib/diff/section.svelte';
import { changeBetween, type DifferenceView } from './words';

const PORT: DiffPort = {
  diff: (of) => call('diff', of),
  rows: (get) => call('diff_rows', get),
  documents: (get) => call('documents', get),
};

/** What the rollback does, by the two versions; and what the deployment had done, as it was reviewed. */
export function documentsOf(
  { resource, current, target, deployed }: RollbackItem,
  { release }: RollbackView,
): Record<DifferenceView, DiffDocument> {
  const documentOf = (source: DiffSource, change: ChangeKind): DiffDocument => {
    const made = new DiffDocument(PORT, source, {
      split: () => false,
      isFolded: () => false,
      wantsPreview: () => false,
    });
    made.take([{ resource, change, before: 2_000, after: 2_000 }]);
    return made;
  };
  return {
    rollback: documentOf(
      { kind: 'versions', before: current, after: target },
      changeBetween(current, target),
    ),
    deployment: documentOf({ kind: 'release', release }, changeBetween(target, deployed)),
  };
}
