/** One change in the document: what its diff holds, the rows that were read, and what is opened or folded in it. */
/* eslint-disable svelte/prefer-svelte-reactivity -- what is not a SvelteMap is made anew where it is derived */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Anchor } from '../../generated/Anchor';
import type { ChangeKind } from '../../generated/ChangeKind';
import type { DiffMode } from '../../generated/DiffMode';
import type { DiffOf } from '../../generated/DiffOf';
import type { DiffRows } from '../../generated/DiffRows';
import type { DiffRowsGet } from '../../generated/DiffRowsGet';
import type { DiffSource } from '../../generated/DiffSource';
import type { DiffView } from '../../generated/DiffView';
import type { Documents } from '../../generated/Documents';
import type { DocumentsGet } from '../../generated/DocumentsGet';
import type { Expansion } from '../../generated/Expansion';
import type { Thread } from '../../generated/Thread';
import { PageCache } from '$lib/ui/page-cache.svelte';
import type { Chunk } from './colours/colours';
import { BINARY_HEIGHT, IMAGE_HEIGHT, ROW_HEIGHT, type Insert, type Shape } from './layout';
import { isSvg } from '../domain/resource/names';
import { EXPAND_LINES, placesOf, widthOf, type DiffRow, type GapRow } from './rows';
import { readPair, type Pair } from './preview/read';
import { Places, type DraftPlace } from './threads';
import { extentOf, tallRows, WRAPPED_ROWS_MAX, type Columns, type Extent } from './wrap';

/** Where diffs come from. */
export interface DiffPort {
  diff(of: DiffOf): Promise<DiffView>;
  rows(get: DiffRowsGet): Promise<DiffRows>;
  /** Answers with a document as a whole. */
  documents(get: DocumentsGet): Promise<Documents>;
}

/** Rows are read in windows of this many. */
export const WINDOW_ROWS = 200;
/** How many windows of one diff are kept. */
const WINDOWS_MAX = 24;
/** What an insert is taken for until it was measured, in pixels. */
const INSERT_GUESS = 120;
/** How far from a row its nearest gap is looked for. */
const GAP_REACH_ROWS = WINDOW_ROWS;
/** What a preview is taken for until it was measured, in pixels. */
const PREVIEW_GUESS = 240;
/** What the lead is taken for until it was measured, in pixels. */
const LEAD_GUESS = 44;

/** A diff that was read: its rows follow from `of`. */
export interface Reading {
  of: DiffOf;
  /** Whether it is to be read again before it shows: its content is another now, or was forgotten. */
  isStale: boolean;
  /** Whether documents were to be shown as their readers know them. */
  preview: boolean;
  view: DiffView;
  rows: PageCache<DiffRow>;
  places: Places;
  /** The colours that are known, by chunk of rows, and the chunks that were asked for. */
  coloured: SvelteMap<number, Chunk>;
  colouring: Set<number>;
  /** The document as a whole, where it is shown as its readers know it; `null` when it can't be, or was forgotten. */
  pair: Pair | null | undefined;
  /** Whether it shows as its readers know it. */
  isPreview: boolean;
  /** The widest line that was read so far, in characters. */
  widest: number;
  /** Where the windows begin that were read so far, and how much their rows say. */
  windows: Map<number, readonly Extent[]>;
}

/** One change of the document. */
export class Section {
  /** What shows; stays until what was asked for next is there. */
  reading = $state.raw<Reading>();
  error = $state.raw<unknown>();
  mode = $state<DiffMode>('fields');
  /** How it is looked at until somebody decides. */
  readonly firstMode: DiffMode;
  #folded = $state(false);
  /** Whether somebody decided about folding it. */
  isTouched = false;
  /** Where remarks are being written. */
  drafts = $state.raw<readonly DraftPlace[]>([]);
  /** The threads about it that were read so far. */
  threads = $state.raw<readonly Thread[]>([]);
  /** How many there are beside these, and how they are read; nothing until some were read. */
  unread = $state.raw<{ count: number; more: () => void }>();
  /** The rows whose values are shown whole, below. */
  readonly peeks = new SvelteSet<number>();
  /** Grows when rows arrive, so that threads find their rows. */
  #arrived = $state(0);
  #measured = new SvelteMap<number, number>();
  /** The heights that wrapped rows have on the screen, in the columns that they were measured in. */
  #heights = new Map<number, number>();
  #heightsIn: Columns | undefined;
  /** Grows when rows were measured. */
  #sized = $state(0);
  #previewHeight = $state(PREVIEW_GUESS);
  #expanded: Expansion[] = [];
  #holdsRows = false;
  #turn = 0;
  #loading: Promise<void> | undefined;

  constructor(
    private readonly port: DiffPort,
    /** Where its versions come from. */
    private readonly source: DiffSource,
    readonly resource: string,
    readonly change: ChangeKind,
    private readonly split: () => boolean,
    /** The room of wrapped lines; nothing while lines are not wrapped. */
    private readonly columns: () => Columns | undefined = () => undefined,
    /** Whether documents are shown as their readers know them, rather than row by row. */
    private readonly preview: () => boolean = () => false,
  ) {
    // An SVG is a text first; its drawing shows on demand.
    this.firstMode = isSvg(resource) ? 'raw' : 'fields';
    this.mode = this.firstMode;
  }

  /** Whether only its head shows. Its rows are forgotten then. */
  get folded(): boolean {
    return this.#folded;
  }

  set folded(folded: boolean) {
    if (folded === this.#folded) return;
    this.#folded = folded;
    if (folded) this.#drop();
    else if (this.reading?.isStale) void this.load();
  }

  /** How many rows its body has. */
  get rowCount(): number {
    const content = this.reading?.view.content;
    return content && 'rows' in content && !this.isPreview ? content.rows : 0;
  }

  /** Whether it shows a document as its readers know it. */
  get isPreview(): boolean {
    return this.reading?.isPreview ?? false;
  }

  /** The widest line that was read so far, in characters. */
  get widest(): number {
    void this.#arrived;
    return this.folded || this.room ? 0 : (this.reading?.widest ?? 0);
  }

  /** The room that its lines are wrapped into; nothing when they are not, as in a text of very many lines. */
  get room(): Columns | undefined {
    return this.rowCount > WRAPPED_ROWS_MAX ? undefined : this.columns();
  }

  /** The rows at which hunks begin. */
  get hunks(): readonly number[] {
    const content = this.reading?.view.content;
    return content && 'hunks' in content && !this.isPreview ? content.hunks : [];
  }

  /** Whether there is something to say above the rows. */
  get hasLead(): boolean {
    const view = this.reading?.view;
    return (
      this.error !== undefined ||
      (view !== undefined &&
        (view.reasons.length > 0 || view.limits.length > 0 || !view.reversible)) ||
      this.lacksPreview ||
      (this.unread?.count ?? 0) > 0 ||
      this.threadsAt(-1).length > 0 ||
      this.draftsAt(-1).length > 0
    );
  }

  /** Whether a preview is wanted and can't be had. */
  get lacksPreview(): boolean {
    return this.reading !== undefined && !this.reading.isPreview && this.reading.pair === null;
  }

  /** Which threads stand under each row; -1 is the lead. */
  readonly placed: ReadonlyMap<number, readonly Thread[]> = $derived.by(() => {
    void this.#arrived;
    const byRow = new Map<number, Thread[]>();
    for (const thread of this.threads) {
      const row = thread.root.anchor && this.rowOf(thread.root.anchor);
      if (row === undefined || row === null) continue;
      const held = byRow.get(row);
      if (held) held.push(thread);
      else byRow.set(row, [thread]);
    }
    return byRow;
  });

  /** Which remarks are being written under each row; -1 is the lead. They stay at their lines when rows move. */
  readonly #drafted: ReadonlyMap<number, readonly DraftPlace[]> = $derived.by(() => {
    void this.#arrived;
    const byRow = new Map<number, DraftPlace[]>();
    const reading = this.reading;
    for (const draft of this.drafts) {
      const found = reading?.places.find(draft.anchor, this.#isComplete(reading), draft.line);
      const row = this.isPreview || draft.anchor.kind === 'resource' ? -1 : found;
      if (row !== undefined) byRow.set(row, [...(byRow.get(row) ?? []), draft]);
    }
    return byRow;
  });

  /** How many threads about it are not resolved; `undefined` until all were read. */
  get unresolved(): number | undefined {
    if (this.unread?.count !== 0) return undefined;
    return this.threads.filter(({ root }) => !root.resolved).length;
  }

  /** The row that a place is in: -1 is the lead; `undefined` while that is not known. */
  rowOf(anchor: Anchor): number | undefined {
    const reading = this.reading;
    if (!reading) return undefined;
    return this.isPreview ? -1 : reading.places.find(anchor, this.#isComplete(reading));
  }

  /** The remarks that are being written under a row. */
  draftsAt(row: number): readonly DraftPlace[] {
    return this.#drafted.get(row) ?? [];
  }

  /** The threads under a row. */
  threadsAt(row: number): readonly Thread[] {
    return this.placed.get(row) ?? [];
  }

  /** The rows under which something stands, ascending. */
  readonly insertRows: readonly number[] = $derived.by(() => {
    const rows = new Set(this.placed.keys());
    rows.delete(-1);
    for (const row of this.#drafted.keys()) if (row >= 0) rows.add(row);
    for (const row of this.peeks) rows.add(row);
    const ascending = [...rows].sort((a, b) => a - b);
    return this.hasLead ? [-1, ...ascending] : ascending;
  });

  /** What its place in the document follows from; `undefined` before it is read. */
  readonly shape: Shape | undefined = $derived.by(() => {
    if (this.folded) return { rows: 0, block: 0, inserts: [] };
    const view = this.reading?.view;
    const inserts = this.insertRows.map((row): Insert => {
      const guess = row === -1 ? LEAD_GUESS : INSERT_GUESS;
      return { row, height: this.#measured.get(row) ?? guess };
    });
    if (!view) return this.error === undefined ? undefined : { rows: 0, block: 0, inserts };
    const preview = this.isPreview ? this.#previewHeight : 0;
    const block = { text: 0, fields: preview, image: IMAGE_HEIGHT, binary: BINARY_HEIGHT }[
      view.content.kind
    ];
    const tall = this.#tall;
    return { rows: this.rowCount, block, inserts, ...(tall.length > 0 && { tall }) };
  });

  /** The rows that are taller than others: as measured, or else as guessed. */
  readonly #tall = $derived.by(() => {
    void this.#arrived;
    void this.#sized;
    const room = this.room;
    if (!room || !this.reading || this.isPreview) return [];
    const known = this.#heightsIn === room ? this.#heights : undefined;
    return tallRows(this.reading.windows, room, known);
  });

  /** Takes the height that the preview has on the screen, in pixels. */
  measurePreview(height: number): void {
    if (height > 0) this.#previewHeight = height;
  }

  /** Takes the heights that rows have on the screen, in pixels. */
  measureRows(heights: readonly [row: number, height: number][]): void {
    const room = this.room;
    if (!room) return;
    if (this.#heightsIn !== room) this.#heights.clear();
    this.#heightsIn = room;
    let isNew = false;
    for (const [row, height] of heights) {
      if (height < ROW_HEIGHT || this.#heights.get(row) === height) continue;
      this.#heights.set(row, height);
      isNew = true;
    }
    if (isNew) this.#sized += 1;
  }

  /** Shows the values of a field whole, or no longer. */
  togglePeek(row: number): void {
    if (this.peeks.delete(row) || this.reading?.rows.row(row)?.kind !== 'field') return;
    this.peeks.add(row);
  }

  /** Takes the height that an insert has on the screen, in pixels. */
  measure(row: number, height: number): void {
    if (height > 0 && this.#measured.get(row) !== height) this.#measured.set(row, height);
  }

  /** Reads the diff as it is to be looked at now, unless that is what shows. `near` is a row to have at once. */
  load(near = 0): Promise<void> {
    const wanted = this.#look();
    const { reading } = this;
    if (reading && !reading.isStale && JSON.stringify([reading.of, reading.preview]) === wanted) {
      return Promise.resolve();
    }
    this.#loading ??= this.#read(this.of(), this.preview(), near).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading.then(() =>
      // It was asked to look otherwise meanwhile.
      this.#look() === wanted || this.error !== undefined ? undefined : this.load(near),
    );
  }

  #look(): string {
    return JSON.stringify([this.of(), this.preview()]);
  }

  /** Whether rows of it are held. */
  get holdsRows(): boolean {
    return this.#holdsRows;
  }

  /** Whether its rows are here or on their way. */
  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  async #readPair(): Promise<Pair | null> {
    try {
      return (await readPair(this.port, this.source, this.resource)) ?? null;
    } catch {
      // The rows say it all; that there is no preview is said above them.
      return null;
    }
  }

  /** Tries again after an error. */
  retry(): void {
    this.error = undefined;
    void this.load();
  }

  /** Forgets what was read, so that the next `load` reads again; what shows stays until then. */
  expire(): void {
    if (this.reading) this.reading = { ...this.reading, isStale: true };
  }

  /** Forgets the rows of a change that is out of sight, unless somebody is busy with it; they are read again when they show. */
  forget(): void {
    if (this.drafts.length === 0 && this.peeks.size === 0 && this.threads.length === 0)
      this.#drop();
  }

  /** Drops what was read of its content. What its head says of it and its place in the document stay. */
  #drop(): void {
    const { reading } = this;
    if (!reading || reading.isStale || !this.#holdsRows) return;
    this.#holdsRows = false;
    // Where conversations stand, and a document as a whole, is known only once all is read again.
    const isStale = reading.isPreview || this.threads.length > 0;
    const kept: Reading = {
      ...reading,
      isStale,
      pair: reading.isPreview ? null : reading.pair,
      places: new Places(),
      coloured: new SvelteMap(),
      colouring: new Set(),
      rows: this.#cache(() => kept),
    };
    this.reading = kept;
  }

  /** Opens lines of the gap in a row: so many at its start, and so many at its end. */
  async expand(row: number, fromStart: number, fromEnd: number): Promise<void> {
    const held = this.reading?.rows.row(row);
    const gap = held?.kind === 'text' ? held.row : held;
    if (gap?.kind !== 'gap') return;
    const lines = { gap: gap.id, from_start: fromStart, from_end: fromEnd };
    const opened = held?.kind === 'text' ? { ...lines, path: held.path } : lines;
    this.#expanded = [...this.#expanded, opened];
    await this.load(row);
  }

  /**
   * Opens lines of the gap that is nearest to a row: next to it, above if there are any. Answers with where the row is then.
   */
  async expandNear(row: number): Promise<number> {
    const held = (at: number): GapRow | undefined => {
      const there = this.reading?.rows.row(at);
      const inner = there?.kind === 'text' ? there.row : there;
      return inner?.kind === 'gap' ? inner : undefined;
    };
    for (let away = 0; away <= GAP_REACH_ROWS; away += 1) {
      for (const at of away === 0 ? [row] : [row - away, row + away]) {
        const gap = held(at);
        if (!gap) continue;
        const opened = gap.hidden <= EXPAND_LINES * 2 ? gap.hidden : EXPAND_LINES;
        const isAbove = at < row && opened < gap.hidden;
        await this.expand(at, isAbove ? 0 : opened, isAbove ? opened : 0);
        if (at >= row) return row;
        return row + opened - (opened === gap.hidden ? 1 : 0);
      }
    }
    return row;
  }

  #isComplete(reading: Reading): boolean {
    return reading.windows.size * WINDOW_ROWS >= this.rowCount;
  }

  /** Names the diff as it is to be looked at now. */
  of(): DiffOf {
    return {
      source: this.source,
      resource: this.resource,
      mode: this.mode,
      split: this.split(),
      expanded: this.#expanded,
    };
  }

  async #read(of: DiffOf, preview: boolean, near: number): Promise<void> {
    const turn = (this.#turn += 1);
    const from = Math.floor(near / WINDOW_ROWS) * WINDOW_ROWS;
    try {
      const [view, first] = await Promise.all([
        this.port.diff(of),
        this.port.rows({ diff: of, from, limit: WINDOW_ROWS }),
      ]);
      const isDocument = view.content.kind === 'fields';
      const pair = preview && isDocument ? await this.#readPair() : undefined;
      if (turn !== this.#turn) return;
      const reading: Reading = {
        of,
        isStale: false,
        preview,
        view,
        pair,
        isPreview: Boolean(pair),
        places: new Places(),
        coloured: new SvelteMap(),
        colouring: new Set(),
        widest: 0,
        windows: new Map(),
        rows: this.#cache(() => reading, { from, rows: first.rows }),
      };
      this.#learn(reading, from, first.rows);
      this.reading = reading;
      this.peeks.clear();
      this.#heights.clear();
      this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
  }

  /** The rows of a reading, which are read as they are wanted. What is at hand is not asked for. */
  #cache(
    reading: () => Reading,
    atHand?: { from: number; rows: readonly DiffRow[] },
  ): PageCache<DiffRow> {
    return new PageCache<DiffRow>(
      (start, end) => {
        if (atHand && start === atHand.from && end - start <= atHand.rows.length) {
          return atHand.rows.slice(0, end - start);
        }
        return this.#window(reading(), start, end);
      },
      WINDOW_ROWS,
      WINDOWS_MAX,
    );
  }

  async #window(reading: Reading, from: number, to: number): Promise<readonly DiffRow[]> {
    const window = await this.port.rows({ diff: reading.of, from, limit: to - from });
    const rows: readonly DiffRow[] = window.rows;
    this.#learn(reading, from, rows);
    return rows;
  }

  #learn(reading: Reading, from: number, rows: readonly DiffRow[]): void {
    this.#holdsRows = true;
    rows.forEach((row, at) => {
      if (row.kind === 'gap') reading.places.hide(from + at, row.id + 1, row.id + row.hidden);
      for (const { place, text } of placesOf(row)) reading.places.show(place, from + at, text);
      reading.widest = Math.max(reading.widest, widthOf(row));
    });
    reading.windows.set(
      from,
      rows.flatMap((row, at) => extentOf(from + at, row) ?? []),
    );
    this.#arrived += 1;
  }
}
