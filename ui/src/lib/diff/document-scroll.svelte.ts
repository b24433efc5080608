/**
 * The scroll state of a document made of many sections, whose heights become known bit by bit.
 *
 * The truth is the *anchor*: the section (and the row in it) at the top of the view. When a height above it changes, the
 * document's coordinates move under the view and nothing on the screen does; the scrollbar is put right when the document
 * rests. A document taller than a browser can scroll is mapped onto a shorter track (`$lib/ui/virtual`).
 */
import { contentPosition, trackPosition, MAX_SCROLL_HEIGHT, type Extent } from '$lib/ui/virtual';
import { Heights } from './heights';
import { guessShape, SectionLayout, type Shape } from './layout';

/** How long the document must rest before the scrollbar is put right. */
const REST_MS = 150;
/** When a view passes by in less than this, nobody reads what passes. */
const FLIGHT_MS = 250;
/** The window that is rendered begins and ends at multiples of this, in pixels, so that small scrolling renders nothing. */
const STEP = 200;
/** How far beyond the view is rendered, in pixels. */
const OVERSCAN = 500;

/** What one section is, before it is read. */
export interface SectionGuess {
  resource: string;
  before: number;
  after: number;
}

/** A section that is rendered: where it stands on the track, and which part of it. */
export interface Placed {
  index: number;
  /** Where the rendered part begins, in pixels on the track. */
  top: number;
  /** How tall the rendered part is. */
  height: number;
  /** Where the rendered part begins, in pixels from the section's top. */
  from: number;
}

/** The scroll state of one document. */
export class DocumentScroll {
  /** The element that scrolls; bind it. */
  element = $state.raw<HTMLElement | null>(null);
  /** The height that shows, in pixels; bind it. */
  viewport = $state(0);
  /** The position at the top of the view, in pixels of the document. */
  top = $state(0);
  /** What to subtract from a position in the document to get the one on the track. */
  shift = $state(0);
  /** Whether the person scrolls faster than anybody reads: what only passes by is not worth asking for. */
  isFlying = $state(false);
  /** Called when the person scrolls, not when the program does. */
  onuser: (() => void) | undefined;

  #heights = $state.raw(new Heights([]));
  #layouts: (SectionLayout | undefined)[] = [];
  #guesses: readonly SectionGuess[] = [];
  #version = $state(0);
  #anchor = { index: 0, offset: 0 };
  #lastTrack = 0;
  #scrolledAt = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  readonly #extent: Extent = $derived.by(() => {
    void this.#version;
    const content = this.#heights.total;
    return { rowHeight: 1, count: content, content, track: Math.min(content, MAX_SCROLL_HEIGHT) };
  });
  // A string, so that what hangs on it runs only when the window really is another one.
  readonly #window = $derived.by(() => {
    // What only passes by is laid out for one moment: the less of it, the better.
    const beyond = this.isFlying ? STEP : OVERSCAN;
    const from = Math.floor((this.top - beyond) / STEP) * STEP;
    const to = Math.ceil((this.top + this.viewport + beyond) / STEP) * STEP;
    return `${Math.max(0, from)} ${to}`;
  });

  /** The height of the element inside that makes the document scroll, in pixels. */
  get track(): number {
    return this.#extent.track;
  }

  /** How many sections there are. */
  get count(): number {
    return this.#heights.count;
  }

  /** Takes other sections; those that a layout is known for keep it. `at` is the section to begin with. */
  replace(
    guesses: readonly SectionGuess[],
    known: (resource: string) => Shape | undefined,
    at = 0,
  ): void {
    this.#guesses = guesses;
    this.#layouts = guesses.map(({ resource }) => {
      const shape = known(resource);
      return shape && new SectionLayout(shape);
    });
    this.#heights = new Heights(guesses.map((_, index) => this.layout(index).height));
    this.#version += 1;
    this.#go(this.#heights.topOf(at));
  }

  /** The layout of a section: as it is known, or guessed. */
  layout(index: number): SectionLayout {
    const known = this.#layouts[index];
    if (known) return known;
    const guess = this.#guesses[index];
    return new SectionLayout(
      guess
        ? guessShape(guess.resource, guess.before, guess.after)
        : { rows: 1, block: 0, inserts: [] },
    );
  }

  /** Sets a section's shape; what the view shows stays where it is. */
  reshape(index: number, shape: Shape): void {
    if (this.#layouts[index]?.shape === shape) return;
    const old = this.layout(index);
    const next = new SectionLayout(shape);
    this.#layouts[index] = next;
    const grown = this.#heights.set(index, next.height);
    if (index === this.#anchor.index && this.#anchor.offset > 0) {
      const row = old.rowAt(this.#anchor.offset);
      const within = this.#anchor.offset - old.rowTop(row);
      // Above the first row (header, lead) the view stays at the same pixel; below it, at the same row.
      const offset = within < 0 ? this.#anchor.offset : next.rowTop(row) + within;
      this.#anchor.offset = Math.min(offset, Math.max(0, next.height - 1));
    }
    this.#version += 1;
    if (grown !== 0 || index === this.#anchor.index) this.#keep();
  }

  /** The section and the position in it at the top of the view. */
  get anchor(): { index: number; offset: number } {
    void this.top;
    return { ...this.#anchor };
  }

  /** Where a section begins, in pixels of the document. */
  topOf(index: number): number {
    void this.#version;
    return this.#heights.topOf(index);
  }

  /** The section at a position of the document. */
  indexAt(y: number): number {
    return this.#heights.indexAt(y);
  }

  /** The sections to render, in order. */
  placed(): Placed[] {
    void this.#version;
    const [windowFrom = 0, windowTo = 0] = this.#window.split(' ').map(Number);
    const placed: Placed[] = [];
    if (this.count === 0) return placed;
    let index = this.#heights.indexAt(windowFrom);
    let top = this.#heights.topOf(index);
    for (; index < this.count && top < windowTo; index += 1) {
      const height = this.#heights.of(index);
      const from = Math.max(0, windowFrom - top);
      const to = Math.min(height, windowTo - top);
      if (to > from) placed.push({ index, from, height: to - from, top: top + from - this.shift });
      top += height;
    }
    return placed;
  }

  /** Scrolls to a place: a position in a section comes to the top of the view, or `inset` pixels below it. */
  show(index: number, offset = 0, inset = 0): void {
    this.#go(this.#heights.topOf(index) + offset - inset);
  }

  /** Scrolls a position of a section into view if it is not; `covered` pixels of the view's top are hidden by a header. */
  reveal(index: number, offset: number, covered: number): void {
    const y = this.#heights.topOf(index) + offset;
    const above = y < this.top + covered;
    const below = y + STEP / 2 > this.top + this.viewport;
    if (above || below) this.#go(y - covered - Math.floor((this.viewport - covered) / 3));
  }

  /** The element's scroll handler. */
  readonly onscroll = (): void => {
    const element = this.element;
    if (!element) return;
    const at = element.scrollTop;
    const delta = at - this.#lastTrack;
    if (delta === 0) return;
    this.#lastTrack = at;
    this.#clock(Math.abs(delta));
    const { content, track } = this.#extent;
    const end = Math.max(0, content - this.viewport);
    const atEnd = at <= 0 || at >= track - this.viewport - 1;
    if (atEnd || Math.abs(delta) > 2 * this.viewport) {
      this.top = contentPosition(this.#extent, this.viewport, at);
    } else {
      this.top = Math.min(Math.max(0, this.top + delta), end);
    }
    this.shift = this.top - at;
    this.#drop();
    this.onuser?.();
    this.#settleLater();
  };

  /** Tells flying from reading, by how far the view went since it last moved. */
  #clock(distance: number): void {
    const now = performance.now();
    const elapsed = now - this.#scrolledAt;
    this.#scrolledAt = now;
    this.isFlying = elapsed < REST_MS && distance * FLIGHT_MS > this.viewport * elapsed;
  }

  /** Makes the anchor of where the view is. */
  #drop(): void {
    const index = this.#heights.indexAt(this.top);
    this.#anchor = { index, offset: this.top - this.#heights.topOf(index) };
  }

  /** Moves the coordinates so that the anchor stays where it is on the screen. */
  #keep(): void {
    const top = this.#heights.topOf(this.#anchor.index) + this.#anchor.offset;
    if (top === this.top) return;
    this.shift += top - this.top;
    this.top = top;
    this.#settleLater();
  }

  #settleLater(): void {
    clearTimeout(this.#rest);
    // Near the ends of the track there is no room to scroll into: the scrollbar is put right at once.
    const near = this.shift > 0 && this.#lastTrack < this.viewport;
    this.#rest = setTimeout(() => this.#settle(), near ? 0 : REST_MS);
  }

  #settle(): void {
    this.isFlying = false;
    const wanted = trackPosition(this.#extent, this.viewport, this.top);
    if (Math.abs(wanted - this.#lastTrack) > 1) this.#place(this.top);
  }

  #go(top: number): void {
    const end = Math.max(0, this.#extent.content - this.viewport);
    const bounded = Math.min(Math.max(0, top), end);
    this.top = bounded;
    this.#drop();
    this.#place(bounded);
  }

  #place(top: number): void {
    const wanted = trackPosition(this.#extent, this.viewport, top);
    const element = this.element;
    if (!element) return;
    // The track's height may not have reached the document yet; without it the browser would clamp the position.
    const inner = element.firstElementChild;
    if (inner instanceof HTMLElement) inner.style.height = `${this.#extent.track}px`;
    element.scrollTop = wanted;
    this.#lastTrack = element.scrollTop;
    this.shift = top - this.#lastTrack;
  }

  /** Stops its timer. */
  destroy(): void {
    clearTimeout(this.#rest);
  }
}
