/**
 * The changes of one release as the Changes tab shows them: the tree in windows, the filter, what is folded, viewed and
 * chosen, and the document of all diffs.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { ChangeFilter } from '../../../generated/ChangeFilter';
import type { ChangeRow } from '../../../generated/ChangeRow';
import type { ChangeRows } from '../../../generated/ChangeRows';
import type { PulledIn } from '../../../generated/PulledIn';
import { call } from '../../../lib/backend';
import { DiffDocument, type Entry } from '../../../lib/diff/document.svelte';
import { imageLoader, type LoadImage } from '../../../lib/diff/preview/images';
import type { DiffPort } from '../../../lib/diff/section.svelte';
import { remembered } from '../../../lib/ui';

/** A group of the tree. */
export type GroupRow = Extract<ChangeRow, { type: 'group' }>;
/** A change in the tree. */
export type LeafRow = Extract<ChangeRow, { type: 'change' }>;

/** How many rows of the tree are read at once. */
const PAGE = 200;
/** What a change is taken for before its sizes are known. */
const USUAL_BYTES = {
  created: { before: 0, after: 1_500 },
  modified: { before: 1_500, after: 1_500 },
  deleted: { before: 1_500, after: 0 },
} as const;
/** How often the place of a change in the tree is guessed before giving up. */
const GUESSES = 16;

/** Nothing filtered. */
export const EVERYTHING: ChangeFilter = {
  text: '',
  kinds: [],
  risky: false,
  unviewed: false,
  commented: false,
  included: false,
};

/** The state of one Changes tab. */
export class Changes {
  /** What the person narrowed it to. */
  filter = $state.raw<ChangeFilter>(EVERYTHING);
  /** Whether what is left out shows too: while changes are chosen. */
  showsAll = $state(false);
  folded = $state.raw<readonly string[]>([]);
  /** The counts of the tree; `undefined` until they are known. */
  counts = $state.raw<Omit<ChangeRows, 'rows'>>();
  /** Grows when the tree is to be read again. */
  version = $state(0);
  /** What the last question failed with. */
  error = $state.raw<unknown>();
  /** What was pulled in by the last choice. */
  pulledIn = $state.raw<readonly PulledIn[]>([]);
  /** Whether the order of changes is known. */
  isOrdered = $state(false);
  readonly split = remembered('diff.split', false);
  readonly wrap = remembered('diff.wrap', true);
  /** Whether documents are shown as their readers know them rather than row by row. */
  readonly preview = remembered('diff.preview', true);
  readonly doc: DiffDocument;
  /** Finds pictures that documents name. */
  readonly image: LoadImage;
  /** What the tree says of each change that was met so far. */
  readonly ledger = new SvelteMap<string, LeafRow>();
  // Bookkeeping that nothing renders.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #rowOf = new Map<string, number>();
  #first: readonly ChangeRow[] = [];
  #turn = 0;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #asking = new Set<string>();

  constructor(readonly release: string) {
    const port: DiffPort = {
      diff: (of) => call('diff', of),
      rows: (get) => call('diff_rows', get),
      documents: (get) => call('documents', get),
    };
    this.doc = new DiffDocument(
      port,
      { kind: 'release', release },
      {
        split: () => this.split.value,
        isFolded: (resource) => this.ledger.get(resource)?.viewed ?? false,
        wantsPreview: () => this.preview.value,
      },
    );
    this.image = imageLoader(
      port,
      release,
      () => this.doc.entries.map(({ resource }) => resource),
      (hash) => call('blob', { blob: hash }),
    );
  }

  /** Reads the order of all changes for the document. */
  async order(): Promise<void> {
    const filter = this.#wanted;
    const entries: Entry[] = [];
    try {
      for (;;) {
        const get = { release: this.release, filter, from: entries.length };
        const { changes, total } = await call('change_order', get);
        if (JSON.stringify(filter) !== JSON.stringify(this.#wanted)) return;
        for (const [resource, change, before, after] of changes) {
          entries.push({ resource, change, before, after });
        }
        const isWhole = entries.length >= total || changes.length === 0;
        // Until all of it is known, it only grows: whoever is further down stays there.
        if (isWhole || entries.length > this.doc.entries.length) this.doc.take([...entries]);
        if (isWhole) break;
      }
      this.isOrdered = true;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** Reads the tree again, from its first page. */
  async refresh(): Promise<void> {
    const turn = (this.#turn += 1);
    try {
      const first = await this.#ask(0, PAGE);
      if (turn !== this.#turn) return;
      this.#rowOf.clear();
      this.#first = first.rows;
      this.#learn(0, first);
      this.version += 1;
      if (!this.isOrdered && this.folded.length === 0) this.#begin(first.rows);
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
  }

  /** Begins the document with what the tree shows first; the order of all changes follows. */
  #begin(rows: readonly ChangeRow[]): void {
    this.doc.take(
      rows.flatMap((row): Entry[] =>
        row.type === 'change'
          ? [{ resource: row.resource, change: row.change, ...USUAL_BYTES[row.change] }]
          : [],
      ),
    );
  }

  /** The rows of the tree, for a windowed list. */
  rows(from: number, to: number): readonly ChangeRow[] | Promise<readonly ChangeRow[]> {
    if (to <= this.#first.length) return this.#first.slice(from, to);
    const turn = this.#turn;
    return this.#ask(from, to - from).then((page) => {
      if (turn === this.#turn) this.#learn(from, page);
      return page.rows;
    });
  }

  /** What the tree says of a change; asks for it when it was not met yet. */
  leaf(resource: string): LeafRow | undefined {
    const known = this.ledger.get(resource);
    // The first page of the tree is on its way: it will know most of what shows first.
    const isWanted = this.counts !== undefined && !this.doc.scroll.isFlying;
    if (!known && isWanted && !this.#asking.has(resource)) void this.#meet(resource);
    return known;
  }

  /** Folds or unfolds a group. */
  async toggle(group: GroupRow): Promise<void> {
    this.folded = group.folded
      ? this.folded.filter((id) => id !== group.id)
      : [...this.folded, group.id];
    await this.refresh();
  }

  /** Sets the filter, for the tree and the document. */
  async setFilter(filter: ChangeFilter): Promise<void> {
    this.filter = filter;
    await Promise.all([this.refresh(), this.order()]);
  }

  /** Marks a change as viewed, or not; a viewed one is folded in the document. */
  async setViewed(resource: string, viewed: boolean): Promise<void> {
    const leaf = this.ledger.get(resource);
    if (leaf) this.ledger.set(resource, { ...leaf, viewed });
    const index = this.doc.indexOf(resource);
    const section = index === undefined ? undefined : this.doc.section(index);
    if (section) {
      section.folded = viewed;
      section.isTouched = true;
    }
    try {
      await call('viewed_set', { release: this.release, resource, viewed });
    } catch (error) {
      this.error = error;
      if (leaf) this.ledger.set(resource, leaf);
    }
    await this.refresh();
  }

  /** Takes changes in or leaves them out. */
  async include(resources: string[], included: boolean): Promise<void> {
    if (resources.length === 0) return;
    try {
      const result = await call('release_include', { release: this.release, resources, included });
      this.pulledIn = result.pulled_in;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
    await this.refresh();
  }

  /** Takes a whole group in or leaves it out: all that match the filter. */
  async includeGroup(group: GroupRow, row: number, included: boolean): Promise<void> {
    const first = await this.#firstOf(group, row);
    const at = first === undefined ? undefined : this.doc.indexOf(first);
    if (at === undefined) return;
    const members = this.doc.entries.slice(at, at + group.count).map(({ resource }) => resource);
    await this.include(members, included);
  }

  /** The row of a change in the tree, or that of the folded group that holds it. */
  async rowOf(resource: string): Promise<number | undefined> {
    const known = this.#rowOf.get(resource);
    if (known !== undefined) return known;
    const wanted = this.doc.indexOf(resource);
    if (wanted === undefined || !this.counts) return undefined;
    // The change stands between `low` and `high`; groups above push it down, folded ones pull it up.
    let low = -1;
    let high = this.counts.total_rows;
    let guess = wanted;
    for (let turn = 0; turn < GUESSES; turn += 1) {
      const inside = guess > low && guess < high ? guess : Math.floor((low + high) / 2);
      const from = Math.max(0, inside - PAGE / 2);
      const page = await this.#ask(from, PAGE);
      this.#learn(from, page);
      const found = this.#rowOf.get(resource);
      if (found !== undefined) return found;
      const places = page.rows.flatMap((row, at) => {
        const place = row.type === 'change' ? this.doc.indexOf(row.resource) : undefined;
        return place === undefined ? [] : [{ row: from + at, place }];
      });
      const below = places.findLast(({ place }) => place < wanted);
      const above = places.find(({ place }) => place > wanted);
      if (below && above) {
        const hidden = page.rows.slice(below.row + 1 - from, above.row - from);
        const at = foldedGroupOf(hidden, wanted - below.place - 1);
        return at === undefined ? undefined : below.row + 1 + at;
      }
      const near = below ?? above;
      if (!near) return undefined;
      if (below) low = Math.max(low, below.row);
      if (above) high = Math.min(high, above.row);
      guess = near.row + (wanted - near.place);
    }
    return undefined;
  }

  /** What the document shows. */
  get shown(): ChangeFilter {
    return this.#wanted;
  }

  get #wanted(): ChangeFilter {
    return { ...this.filter, included: !this.showsAll };
  }

  /** The first change of a group, also of a folded one: the tree is asked as if it were unfolded. */
  async #firstOf(group: GroupRow, row: number): Promise<string | undefined> {
    let folded = this.folded.filter((id) => id !== group.id);
    for (let turn = 0; turn < GUESSES; turn += 1) {
      const { rows } = await call('change_rows', {
        release: this.release,
        filter: this.#wanted,
        folded,
        from: row,
        limit: GUESSES,
      });
      for (const held of rows.slice(1)) {
        if (held.type === 'change') return held.resource;
        if (held.folded) {
          folded = folded.filter((id) => id !== held.id);
          break;
        }
      }
    }
    return undefined;
  }

  #ask(from: number, limit: number): Promise<ChangeRows> {
    return call('change_rows', {
      release: this.release,
      filter: this.#wanted,
      folded: [...this.folded],
      from,
      limit,
    });
  }

  #learn(from: number, { rows, ...counts }: ChangeRows): void {
    rows.forEach((row, at) => {
      if (row.type !== 'change') return;
      this.#rowOf.set(row.resource, from + at);
      this.ledger.set(row.resource, row);
      if (row.viewed) this.doc.foldViewed(row.resource);
    });
    this.counts = counts;
  }

  /** Asks for one change that the tree did not show yet: folded away, or far off. */
  async #meet(resource: string): Promise<void> {
    this.#asking.add(resource);
    try {
      const { rows } = await call('change_rows', {
        release: this.release,
        filter: { ...EVERYTHING, included: !this.showsAll, text: resource },
        folded: [],
        from: 0,
        limit: 20,
      });
      for (const row of rows) {
        if (row.type !== 'change' || row.resource !== resource) continue;
        this.ledger.set(resource, row);
        if (row.viewed) this.doc.foldViewed(resource);
      }
    } catch {
      // Its mark stays unknown, and its box disabled, until the tree shows it.
    } finally {
      this.#asking.delete(resource);
    }
  }
}

/** Which of the rows is the folded group that holds the change after `before` other hidden changes. */
function foldedGroupOf(rows: readonly ChangeRow[], before: number): number | undefined {
  let passed = 0;
  for (const [at, row] of rows.entries()) {
    if (row.type !== 'group' || !row.folded) continue;
    passed += row.count;
    if (before < passed) return at;
  }
  return undefined;
}
