/**
 * All changes of a release as one document: its sections, what is read of them, and where the person is in it.
 *
 * Sections are made when they come near the view. Beyond {@link READINGS_MAX}, the rows of those that were not in view for longest
 * are forgotten; beyond {@link SECTIONS_MAX}, they are forgotten themselves. The heights that were learnt stay, and how each was
 * looked at.
 */
/* eslint-disable svelte/prefer-svelte-reactivity -- the maps are bookkeeping that nothing renders */
import type { ChangeKind } from '../../generated/ChangeKind';
import type { DiffSource } from '../../generated/DiffSource';
import { DocumentScroll, type Placed } from './document-scroll.svelte';
import { HEADER_HEIGHT, type Shape } from './layout';
import { Section, type DiffPort } from './section.svelte';
import type { DraftPlace } from './threads';
import type { Columns } from './wrap';

/** How many sections are kept. */
const SECTIONS_MAX = 200;
/** How many of them keep their rows, beside those in view. */
const READINGS_MAX = 40;
/** How many diffs are read at once. */
const READS_MAX = 4;
/** How many sections beyond the view are read ahead. */
const AHEAD = 3;

/** A change, as the order of all changes has it. */
export interface Entry {
  resource: string;
  change: ChangeKind;
  before: number;
  after: number;
}

/** A row of the document. */
export interface Cursor {
  resource: string;
  row: number;
}

/** How changes are looked at. */
export interface Looks {
  /** Whether lines stand in two columns. */
  split: () => boolean;
  /** Whether a change is folded when it comes near for the first time. */
  isFolded: (resource: string) => boolean;
  /** Whether documents are shown as their readers know them. */
  wantsPreview: () => boolean;
}

/** The document of one release. */
export class DiffDocument {
  readonly scroll = new DocumentScroll();
  /** The changes, in order. */
  entries = $state.raw<readonly Entry[]>([]);
  /** The change that the person is at. */
  current = $state(0);
  /** The row that keys act on. */
  cursor = $state.raw<Cursor>();
  /** The room that lines are wrapped into; nothing while they are not. */
  columns = $state.raw<Columns>();
  #drafts: ReadonlyMap<string, readonly DraftPlace[]> = new Map();
  #sections = new Map<string, Section>();
  /** Ends what a section derives. */
  #ends = new Map<string, () => void>();
  /** How the sections that were forgotten were looked at. */
  #looked = new Map<string, Pick<Section, 'folded' | 'mode'>>();
  #shapes = new Map<string, Shape>();
  #indices = new Map<string, number>();
  #queue: Section[] = [];
  #reads = 0;

  constructor(
    private readonly port: DiffPort,
    /** Where the versions come from that are compared. */
    private readonly source: DiffSource,
    private readonly looks: Looks,
  ) {
    this.scroll.onuser = () => {
      // What counts is what stands under the sticky header.
      this.current = this.scroll.indexAt(this.scroll.top + HEADER_HEIGHT);
    };
  }

  /** Takes the changes to show; stays at the current one if it is still among them. */
  take(entries: readonly Entry[]): void {
    const here = this.entries[this.current]?.resource;
    const offset = this.scroll.anchor.offset;
    this.entries = entries;
    this.#indices = new Map(entries.map((entry, index) => [entry.resource, index]));
    const at = (here !== undefined && this.#indices.get(here)) || 0;
    this.scroll.replace(entries, (resource) => this.#shapes.get(resource), at);
    if (at > 0 && here === entries[at]?.resource) this.scroll.show(at, offset);
    this.current = at;
  }

  /** Takes the places where remarks are being written, by resource. */
  draft(drafts: ReadonlyMap<string, readonly DraftPlace[]>): void {
    this.#drafts = drafts;
    for (const [resource, section] of this.#sections) section.drafts = drafts.get(resource) ?? [];
  }

  /** The place of a resource in the document. */
  indexOf(resource: string): number | undefined {
    return this.#indices.get(resource);
  }

  /** The section of a change. */
  section(index: number): Section | undefined {
    const entry = this.entries[index];
    if (!entry) return undefined;
    let section = this.#sections.get(entry.resource);
    if (section) {
      // The map's order is the order of use.
      this.#sections.delete(entry.resource);
    } else {
      section = this.#make(entry);
    }
    this.#sections.set(entry.resource, section);
    this.#forget();
    return section;
  }

  /** Takes note of a section's shape. */
  reshape(index: number, shape: Shape): void {
    const entry = this.entries[index];
    if (!entry) return;
    this.#shapes.set(entry.resource, shape);
    this.scroll.reshape(index, shape);
  }

  /**
   * Reads what shows, and a little of what comes next. What was wanted before and not begun is dropped, and nothing is read
   * while the person flies past.
   */
  want(placed: readonly Placed[]): void {
    if (this.scroll.isFlying) {
      this.#queue = [];
      return;
    }
    const last = placed.at(-1)?.index ?? -1;
    const indices = placed.map(({ index }) => index);
    for (let index = last + 1; index <= last + AHEAD && index < this.entries.length; index += 1) {
      indices.push(index);
    }
    this.#queue = indices.flatMap((index) => {
      const section = this.section(index);
      return section && !section.folded && section.error === undefined ? [section] : [];
    });
    this.#pump();
    this.#forgetRows(new Set(indices.map((index) => this.entries[index]?.resource)));
  }

  /** Folds a change that turned out to be viewed before, unless the person is at it or opened it. */
  foldViewed(resource: string): void {
    const section = this.#sections.get(resource);
    if (!section || section.isTouched || this.entries[this.current]?.resource === resource) return;
    section.folded = true;
    section.isTouched = true;
    const index = this.#indices.get(resource);
    if (section.shape && index !== undefined) this.reshape(index, section.shape);
  }

  /** Reads every section again when it shows next: the release has other changes now. */
  expire(): void {
    for (const section of this.#sections.values()) section.expire();
  }

  /** Goes to a change. */
  show(index: number): void {
    if (index < 0 || index >= this.entries.length) return;
    this.scroll.show(index);
    this.current = index;
  }

  /** Goes to a row of a change. */
  async showRow(index: number, row: number): Promise<void> {
    const section = this.section(index);
    if (!section) return;
    section.folded = false;
    section.isTouched = true;
    await section.load(row);
    if (section.shape) this.reshape(index, section.shape);
    this.cursor = { resource: section.resource, row };
    this.current = index;
    this.scroll.reveal(index, this.scroll.layout(index).rowTop(row), HEADER_HEIGHT);
  }

  /** Goes to the next (1) or the previous (-1) hunk, over the borders of changes. */
  async showHunk(step: 1 | -1): Promise<void> {
    let index = this.current;
    let from = this.#rowHere(index);
    while (index >= 0 && index < this.entries.length) {
      const section = this.section(index);
      if (section) {
        await section.load(Math.max(0, Math.min(from, section.rowCount)));
        const hunks = section.folded ? [] : section.hunks;
        const row =
          step > 0 ? hunks.find((hunk) => hunk > from) : hunks.findLast((hunk) => hunk < from);
        if (row !== undefined) {
          await this.showRow(index, row);
          return;
        }
        // What has no rows (an image) is a stop of its own.
        if (hunks.length === 0 && !section.folded && index !== this.current) {
          this.cursor = undefined;
          this.show(index);
          return;
        }
      }
      index += step;
      from = step > 0 ? -1 : Infinity;
    }
  }

  /** The row that the next step starts from. */
  #rowHere(index: number): number {
    const entry = this.entries[index];
    if (this.cursor && this.cursor.resource === entry?.resource) return this.cursor.row;
    const { anchor } = this.scroll;
    if (anchor.index !== index || anchor.offset === 0) return -1;
    return this.scroll.layout(index).rowAt(anchor.offset + HEADER_HEIGHT);
  }

  #pump(): void {
    while (this.#reads < READS_MAX) {
      const section = this.#queue.shift();
      if (!section) return;
      if (section.isLoading) continue;
      const reading = section.reading;
      const done = section.load();
      this.#reads += 1;
      void done.then(() => {
        this.#reads -= 1;
        const index = this.#indices.get(section.resource);
        if (section.reading !== reading && section.shape && index !== undefined) {
          this.reshape(index, section.shape);
        }
        this.#pump();
      });
    }
  }

  /** Makes a section outside of whatever asked for it, which it outlives. */
  #make(entry: Entry): Section {
    const { resource, change } = entry;
    const looked = this.#looked.get(resource);
    let made: Section | undefined;
    const end = $effect.root(() => {
      made = new Section(
        this.port,
        this.source,
        resource,
        change,
        this.looks.split,
        () => this.columns,
        this.looks.wantsPreview,
      );
      made.drafts = this.#drafts.get(resource) ?? [];
      made.folded = looked?.folded ?? this.looks.isFolded(resource);
      made.mode = looked?.mode ?? made.firstMode;
      made.isTouched = looked !== undefined || made.folded;
    });
    this.#ends.set(resource, end);
    return made as unknown as Section;
  }

  #forget(): void {
    if (this.#sections.size <= SECTIONS_MAX) return;
    for (const [resource, section] of this.#sections) {
      if (this.#sections.size <= SECTIONS_MAX) return;
      const { folded, mode, firstMode } = section;
      if (section.isTouched || mode !== firstMode) this.#looked.set(resource, { folded, mode });
      this.#sections.delete(resource);
      this.#ends.get(resource)?.();
      this.#ends.delete(resource);
    }
  }

  /** Forgets the rows of what was not in view for longest. */
  #forgetRows(inView: ReadonlySet<string | undefined>): void {
    const held = [...this.#sections.values()].filter(
      ({ holdsRows, resource }) => holdsRows && !inView.has(resource),
    );
    for (const section of held.slice(0, Math.max(0, held.length - READINGS_MAX))) section.forget();
  }
}
