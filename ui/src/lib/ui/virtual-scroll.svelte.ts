/**
 * The scroll state of one windowed list: keeps the scrollbar (the track) and the rows (the content) together.
 *
 * Small movements, as by wheel or keys, move the content pixel for pixel; large ones, as by dragging the scrollbar, go where
 * the track says. Afterwards, when the list rests, the scrollbar is put where it belongs. `virtual.ts` has the arithmetic.
 */
import {
  contentPosition,
  extent,
  revealPosition,
  trackPosition,
  visibleRange,
  type Align,
  type Range,
} from './virtual';

/** How long the list must rest before the scrollbar is put right. There is no `scrollend` in WebKitGTK. */
const REST_MS = 150;

/** The scroll position of one list. `count` and `rowHeight` are read reactively. */
export class VirtualScroll {
  /** The element that scrolls; bind it. */
  element = $state.raw<HTMLElement | null>(null);
  /** The height that shows, in pixels; bind it. */
  viewport = $state(0);
  /** The content position at the top of the viewport, in pixels. */
  top = $state(0);
  /** What to subtract from a row's content position to get its position on the track, in pixels. */
  offset = $state(0);

  #lastTrack = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  readonly #list = $derived.by(() => extent(this.count(), this.rowHeight()));

  constructor(
    private readonly count: () => number,
    private readonly rowHeight: () => number,
  ) {}

  /** The height of the element inside that makes the list scroll, in pixels. */
  get track(): number {
    return this.#list.track;
  }

  /** The rows that show, with `overscan` more on either side. */
  range(overscan: number): Range {
    // A list that got shorter is at its new end before the browser says so.
    const end = Math.max(0, this.#list.content - this.viewport);
    return visibleRange(this.#list, this.viewport, Math.min(this.top, end), overscan);
  }

  /** Brings a row into view. */
  reveal(index: number, align: Align): void {
    const top = revealPosition(this.#list, this.viewport, this.top, index, align);
    if (top !== this.top) this.#go(top);
  }

  /** The element's scroll handler. */
  readonly onscroll = (): void => {
    const element = this.element;
    if (!element) return;
    const at = element.scrollTop;
    const list = this.#list;
    if (list.content === list.track) {
      this.top = at;
      this.offset = 0;
      return;
    }
    const delta = at - this.#lastTrack;
    if (delta === 0) return;
    this.#lastTrack = at;
    const atEnd = at <= 0 || at >= list.track - this.viewport - 1;
    if (atEnd || Math.abs(delta) > 2 * this.viewport) {
      this.top = contentPosition(list, this.viewport, at);
      this.offset = this.top - at;
    } else {
      this.top = Math.min(Math.max(0, this.top + delta), list.content - this.viewport);
      this.offset = this.top - at;
    }
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#settle(), REST_MS);
  };

  #settle(): void {
    const wanted = trackPosition(this.#list, this.viewport, this.top);
    if (Math.abs(wanted - this.#lastTrack) > 1) this.#go(this.top);
  }

  #go(top: number): void {
    const element = this.element;
    if (!element) return;
    element.scrollTop = trackPosition(this.#list, this.viewport, top);
    this.#lastTrack = element.scrollTop;
    this.top = top;
    this.offset = this.#list.content === this.#list.track ? 0 : top - this.#lastTrack;
  }
}
