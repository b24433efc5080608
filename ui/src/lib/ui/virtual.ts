/**
 * The arithmetic of a windowed list: where rows are, which of them show, and how a list taller than a browser can scroll
 * is mapped onto one that it can. Pure; `VirtualList.svelte` is the only thing that touches the document.
 *
 * Browsers clamp an element's height (Chromium and WebKit near 33.5 million px, others near 17 million). A list over
 * {@link MAX_SCROLL_HEIGHT} therefore has two heights: the *content* height, `count × rowHeight`, and the *track* height
 * that the scrollbar moves along. Near both ends the two run in step, pixel for pixel, so that the first and the last rows
 * behave as in any list; between them the track is compressed.
 */

/** The tallest track, in pixels. Well below every browser's limit. */
export const MAX_SCROLL_HEIGHT = 8_000_000;

/** How far from each end the track and the content run in step, in pixels. */
const EDGE = 500_000;

/** The heights of one list, in pixels. */
export interface Extent {
  rowHeight: number;
  count: number;
  /** The height of all rows. */
  content: number;
  /** The height of the element that scrolls. */
  track: number;
}

/** Works out a list's heights. */
export function extent(count: number, rowHeight: number): Extent {
  const content = count * rowHeight;
  return { rowHeight, count, content, track: Math.min(content, MAX_SCROLL_HEIGHT) };
}

/** How far the content and the track scroll in a viewport of the given height. */
function reach(list: Extent, viewport: number): { content: number; track: number } {
  return {
    content: Math.max(0, list.content - viewport),
    track: Math.max(0, list.track - viewport),
  };
}

/** Turns a position on the track (`scrollTop`) into a position in the content. */
export function contentPosition(list: Extent, viewport: number, trackTop: number): number {
  const { content, track } = reach(list, viewport);
  if (content <= track) return clamp(trackTop, 0, content);
  if (trackTop <= EDGE) return Math.max(0, trackTop);
  if (trackTop >= track - EDGE) return Math.min(content, content - (track - trackTop));
  const share = (trackTop - EDGE) / (track - 2 * EDGE);
  return EDGE + share * (content - 2 * EDGE);
}

/** Turns a position in the content into a position on the track. The inverse of {@link contentPosition}. */
export function trackPosition(list: Extent, viewport: number, contentTop: number): number {
  const { content, track } = reach(list, viewport);
  if (content <= track) return clamp(contentTop, 0, track);
  if (contentTop <= EDGE) return Math.max(0, contentTop);
  if (contentTop >= content - EDGE) return Math.min(track, track - (content - contentTop));
  const share = (contentTop - EDGE) / (content - 2 * EDGE);
  return EDGE + share * (track - 2 * EDGE);
}

/** A half-open range of row indices. */
export interface Range {
  from: number;
  to: number;
}

/** The rows that show at a content position, with `overscan` more on either side. */
export function visibleRange(
  list: Extent,
  viewport: number,
  contentTop: number,
  overscan: number,
): Range {
  const first = Math.floor(contentTop / list.rowHeight);
  const last = Math.ceil((contentTop + viewport) / list.rowHeight);
  return {
    from: clamp(first - overscan, 0, list.count),
    to: clamp(last + overscan, 0, list.count),
  };
}

/** Where a row is to be put: just into view, or at an edge or the middle. */
export type Align = 'nearest' | 'start' | 'center' | 'end';

/**
 * The content position that shows a row.
 *
 * With `nearest`, the position stays as it is when the row already shows whole.
 */
export function revealPosition(
  list: Extent,
  viewport: number,
  contentTop: number,
  index: number,
  align: Align,
): number {
  const top = index * list.rowHeight;
  const end = top + list.rowHeight - viewport;
  const { content } = reach(list, viewport);
  switch (align) {
    case 'start':
      return clamp(top, 0, content);
    case 'end':
      return clamp(end, 0, content);
    case 'center':
      return clamp(top - (viewport - list.rowHeight) / 2, 0, content);
    case 'nearest':
      if (contentTop > top) return clamp(top, 0, content);
      if (contentTop < end) return clamp(end, 0, content);
      return contentTop;
  }
}

/** Where a key moves the active row, or `undefined` if the key is not about moving. */
export function movedIndex(
  key: string,
  active: number,
  count: number,
  page: number,
): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return clamp(active + 1, 0, last);
    case 'ArrowUp':
      return clamp(active - 1, 0, last);
    case 'PageDown':
      return clamp(active + Math.max(1, page - 1), 0, last);
    case 'PageUp':
      return clamp(active - Math.max(1, page - 1), 0, last);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
