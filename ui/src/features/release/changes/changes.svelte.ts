/**
 * The changes of one release as the Changes tab shows them: the tree in windows, the filter, what is folded, viewed and
 * chosen, and the document of all diffs.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { ChangeFilter } from '../../../generated/ChangeFilter';
import type { ChangeRow } from '../../../generated/ChangeRow';
import type { ChangeRows } from '../../../generated/ChangeRows';
import type { PulledIn } from '../../../generated/PulledIn';
import type { ReleaseView } from '../../../generated/ReleaseView';
import type { Selection } from '../../../generated/Selection';
import { call } from '../../../lib/backend';
import { DiffDocument, type Entry } from '../../../lib/diff/document.svelte';
import { imageLoader, type LoadImage } from '../../../lib/diff/preview/images';
import type { DiffPort } from '../../../lib/diff/section.svelte';
import { PagedList, remembered, type RowPage } from '../../../lib/ui';
import { contentOf } from './editing';

/** A group of the tree. */
export type GroupRow = Extract<ChangeRow, { type: 'group' }>;
/** A change in the tree. */
export type LeafRow = Extract<ChangeRow, { type: 'change' }>;

/** A page of the tree, with its counts. */
export type TreePage = ChangeRows & RowPage<ChangeRow>;

/** How many rows of the tree are read at once. */
const PAGE_ROWS = 200;
/** What a change is taken for before its sizes are known. */
const USUAL_BYTES = {
  created: { before: 0, after: 1_500 },
  modified: { before: 1_500, after: 1_500 },
  deleted: { before: 1_500, after: 0 },
} as const;
/** Nothing filtered. */
const EVERYTHING: ChangeFilter = {
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
  /** The tree, as far as it shows. */
  readonly tree: PagedList<ChangeRow, TreePage>;
  /** Grows when rows of the tree may stand elsewhere: another filter, other folds, another choice. */
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
  #asking = new Set<string>();

  /** What the tree was asked for last. */
  #listed: string;
  /** The release that it follows. */
  #view: ReleaseView | undefined;

  constructor(
    readonly release: string,
    showsAll = false,
  ) {
    this.showsAll = showsAll;
    this.#listed = this.#question;
    this.tree = new PagedList((from, limit) => this.#read(from, limit), { pageRows: PAGE_ROWS });
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
      (blob, box) => call('picture', { blob, ...box }),
    );
  }

  /** Takes the release as it is now, and whether changes are chosen in it. */
  follow(view: ReleaseView, showsAll: boolean): void {
    const before = this.#view;
    const isOther = before === undefined || contentOf(before) !== contentOf(view);
    const isReordered = isOther || showsAll !== this.showsAll;
    this.#view = view;
    this.showsAll = showsAll;
    // What is in can change with every decision; what the diffs show only with the content.
    if (before && (isReordered || view !== before)) this.refresh();
    if (isOther) this.doc.expire();
    if (isReordered) void this.order().then(() => this.doc.want(this.doc.scroll.placed()));
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

  /** The counts that came with the tree; `undefined` until they are known. */
  get counts(): TreePage | undefined {
    return this.tree.answer;
  }

  /** Reads the tree again, as far as it shows. */
  refresh(): void {
    const question = this.#question;
    this.version += 1;
    if (question === this.#listed) {
      this.tree.refresh();
    } else {
      this.#listed = question;
      this.tree.ask((from, limit) => this.#read(from, limit));
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

  /** What the tree says of a change; asks for it when it was not met yet. */
  leaf(resource: string): LeafRow | undefined {
    const known = this.ledger.get(resource);
    // The first page of the tree is on its way: it will know most of what shows first.
    const isWanted = this.counts !== undefined && !this.doc.scroll.isFlying;
    if (!known && isWanted && !this.#asking.has(resource)) void this.#meet(resource);
    return known;
  }

  /** Folds or unfolds a group. */
  toggle(group: GroupRow): void {
    this.folded = group.folded
      ? this.folded.filter((id) => id !== group.id)
      : [...this.folded, group.id];
    this.refresh();
  }

  /** Changes the filter, for the tree and the document. */
  async setFilter(change: Partial<ChangeFilter>): Promise<void> {
    this.filter = { ...this.filter, ...change };
    this.refresh();
    await this.order();
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
    this.refresh();
  }

  /** Takes in what a row of the tree stands for, or leaves it out when it is in. */
  async choose(row: ChangeRow): Promise<void> {
    if (row.type === 'group') await this.includeMatching(row.id, row.included < row.count);
    else if (row.withheld === null) await this.include([row.resource], !row.included);
  }

  /** Takes changes in or leaves them out. */
  include(resources: string[], included: boolean): Promise<void> {
    return this.#choose({ type: 'resources', resources }, included);
  }

  /** Takes in or leaves out all that match the filter; of a group, where one is named. */
  includeMatching(group: string | null, included: boolean): Promise<void> {
    return this.#choose({ type: 'matching', filter: this.#wanted, group }, included);
  }

  async #choose(selection: Selection, included: boolean): Promise<void> {
    try {
      const result = await call('release_include', { release: this.release, selection, included });
      this.pulledIn = result.pulled_in;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
    this.refresh();
  }

  /** The row of a change in the tree, or that of the folded group that holds it; `undefined` where it does not show. */
  async rowOf(resource: string): Promise<number | undefined> {
    const { row } = await call('change_place', {
      release: this.release,
      resource,
      filter: this.#wanted,
      folded: [...this.folded],
    });
    return row ?? undefined;
  }

  /** Whether the filter leaves anything out. */
  get isFiltered(): boolean {
    return JSON.stringify(this.filter) !== JSON.stringify(EVERYTHING);
  }

  /** What the document shows. */
  get shown(): ChangeFilter {
    return this.#wanted;
  }

  get #wanted(): ChangeFilter {
    return { ...this.filter, included: !this.showsAll };
  }

  /** What the tree shows, in words: another one is another list. */
  get #question(): string {
    return JSON.stringify([this.#wanted, this.folded]);
  }

  async #read(from: number, limit: number): Promise<TreePage> {
    const page = await call('change_rows', {
      release: this.release,
      filter: this.#wanted,
      folded: [...this.folded],
      from,
      limit,
    });
    this.#learn(page.rows);
    if (from === 0 && !this.isOrdered && this.folded.length === 0) this.#begin(page.rows);
    return { ...page, count: page.total_rows };
  }

  #learn(rows: readonly ChangeRow[]): void {
    for (const row of rows) {
      if (row.type !== 'change') continue;
      this.ledger.set(row.resource, row);
      if (row.viewed) this.doc.foldViewed(row.resource);
    }
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
