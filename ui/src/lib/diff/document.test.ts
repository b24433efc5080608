import { describe, expect, it, vi } from 'vitest';
import { DiffDocument } from './document.svelte';

describe('DiffDocument', () => {
  it('reads nothing while the person flies past, and what shows when they rest', () => {
    const diff = vi.fn(() => new Promise<never>(() => undefined));
    const never = () => new Promise<never>(() => undefined);
    const port = { diff, rows: never, documents: never };
    const looks = { split: () => false, isFolded: () => false, wantsPreview: () => false };
    const doc = new DiffDocument(port, { kind: 'release', release: 'r-1' }, looks);
    doc.take([{ resource: 'object/x:1', change: 'modified', before: 10, after: 10 }]);
    const placed = [{ index: 0, top: 0, height: 100, from: 0 }];
    doc.scroll.isFlying = true;
    doc.want(placed);
    expect(diff, 'flying').not.toHaveBeenCalled();
    doc.scroll.isFlying = false;
    doc.want(placed);
    expect(diff, 'at rest').toHaveBeenCalledOnce();
  });
});
