/** Where a thread stands in a diff. Pure. */
import type { Anchor } from '../../generated/Anchor';

/** Where a remark is being written. */
export interface DraftPlace {
  /** What names the draft. */
  name: string;
  /** What it is about. */
  anchor: Anchor;
  /** The line that it stands under, inside a text that is one field to the core; as `lineIn` names it. */
  line?: string | undefined;
}

/** Names a place inside a resource; `undefined` for the resource as a whole. */
export function placeOf(anchor: Anchor): string | undefined {
  switch (anchor.kind) {
    case 'resource':
      return undefined;
    case 'line':
      return `${anchor.side}:${anchor.line}`;
    case 'field':
      return `field:${anchor.path}`;
  }
}

/** A place as a person says it: `line 18`, `line 18 before`, `variants / 0 / price`. */
export function placeWords(anchor: Anchor): string {
  switch (anchor.kind) {
    case 'resource':
      return '';
    case 'line':
      return anchor.side === 'before' ? `line ${anchor.line} before` : `line ${anchor.line}`;
    case 'field':
      return anchor.path;
  }
}

/** The rows of a diff that were read so far, by the places that they show. */
export class Places {
  #rows = new Map<string, { row: number; text: string | undefined }>();
  #gaps = new Map<number, { from: number; to: number }>();

  /** Notes what a row shows. `text` is compared with the one that a comment was made on. */
  show(place: string, row: number, text?: string): void {
    this.#rows.set(place, { row, text });
  }

  /** Notes a row that hides lines `from` to `to` (both numbers of the side after, from 1). */
  hide(row: number, from: number, to: number): void {
    this.#gaps.set(row, { from, to });
  }

  /**
   * Finds the row of a place. `-1` is the head of the resource: for remarks on the whole, and, once all rows are read, for
   * those whose place is gone or says something else by now. `undefined`: not read yet. `line` is a line inside a field.
   */
  find(anchor: Anchor, isComplete: boolean, line?: string): number | undefined {
    const inside = line === undefined ? undefined : this.#rows.get(line);
    if (inside) return inside.row;
    const place = placeOf(anchor);
    if (place === undefined) return -1;
    const shown = this.#rows.get(place);
    if (shown && (anchor.kind !== 'line' || saysTheSame(shown.text, anchor.text))) return shown.row;
    if (anchor.kind === 'line' && !shown && anchor.side === 'after') {
      for (const [row, gap] of this.#gaps) {
        if (anchor.line >= gap.from && anchor.line <= gap.to) return row;
      }
    }
    return isComplete || shown ? -1 : undefined;
  }
}

/** A cut line begins like the whole one. */
function saysTheSame(shown: string | undefined, commented: string): boolean {
  if (shown === undefined) return true;
  return shown === commented || (shown.length > 200 && commented.startsWith(shown.slice(0, 200)));
}
