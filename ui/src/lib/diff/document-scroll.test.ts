import { afterEach, describe, expect, it, vi } from 'vitest';
import { DocumentScroll } from './document-scroll.svelte';
import { HEADER_HEIGHT, ROW_HEIGHT, SECTION_GAP } from './layout';

/** A scroller as the browser has it, without a page. */
function scrollerOf(scroll: DocumentScroll, viewport: number): { scrollBy(delta: number): void } {
  let top = 0;
  const element = {
    firstElementChild: null,
    get scrollTop(): number {
      return top;
    },
    set scrollTop(next: number) {
      top = Math.min(Math.max(0, next), Math.max(0, scroll.track - viewport));
    },
  };
  scroll.element = element as unknown as HTMLElement;
  scroll.viewport = viewport;
  return {
    scrollBy(delta) {
      element.scrollTop += delta;
      scroll.onscroll();
    },
  };
}

const guesses = (count: number): { resource: string; before: number; after: number }[] =>
  Array.from({ length: count }, (_, at) => ({
    resource: `object/x:${at}`,
    before: 0,
    after: 36 * 10,
  }));
const SECTION = HEADER_HEIGHT + 10 * ROW_HEIGHT + SECTION_GAP;

/** Where on the screen a row of a section stands. */
function screenTop(scroll: DocumentScroll, index: number, row: number): number {
  return scroll.topOf(index) + scroll.layout(index).rowTop(row) - scroll.top;
}

describe('DocumentScroll', () => {
  it('renders what is near the view, and cuts tall sections', () => {
    const scroll = new DocumentScroll();
    scrollerOf(scroll, 800);
    scroll.replace(guesses(10_000), () => undefined);
    expect(scroll.placed().length, 'few of 10,000').toBeLessThan(12);
    scroll.reshape(0, { rows: 1_000_000, block: 0, inserts: [] });
    scroll.show(0, 10_000_000);
    const [first] = scroll.placed();
    expect(first?.index).toBe(0);
    expect(first?.height, 'a part of 20 million px').toBeLessThan(3_000);
  });

  it('keeps what shows where it is when heights above become known', () => {
    const scroll = new DocumentScroll();
    const { scrollBy } = scrollerOf(scroll, 800);
    scroll.replace(guesses(100), () => undefined);
    scroll.show(50);
    scrollBy(100);
    const before = screenTop(scroll, 50, 5);
    for (const [index, rows] of [
      [3, 400],
      [20, 1],
      [49, 90],
    ] as const) {
      scroll.reshape(index, { rows, block: 0, inserts: [] });
      expect(screenTop(scroll, 50, 5), `after section ${index} grew`).toBe(before);
    }
  });

  it('keeps the row at the top when something opens above it in the same section', () => {
    const scroll = new DocumentScroll();
    const { scrollBy } = scrollerOf(scroll, 800);
    scroll.replace(guesses(3), () => undefined);
    scroll.reshape(0, { rows: 1_000, block: 0, inserts: [] });
    scrollBy(HEADER_HEIGHT + 500 * ROW_HEIGHT + 7);
    expect(screenTop(scroll, 0, 500)).toBe(-7);
    scroll.reshape(0, { rows: 1_000, block: 0, inserts: [{ row: 20, height: 133 }] });
    expect(screenTop(scroll, 0, 500)).toBe(-7);
  });

  it('follows the wheel pixel for pixel, and the end of the scrollbar to the end', () => {
    const scroll = new DocumentScroll();
    const { scrollBy } = scrollerOf(scroll, 800);
    scroll.replace(guesses(100_000), () => undefined);
    expect(scroll.track, 'taller than a browser can scroll').toBe(8_000_000);
    scrollBy(120);
    expect(scroll.top).toBe(120);
    scrollBy(8_000_000);
    expect(scroll.top).toBe(100_000 * SECTION - 800);
    expect(scroll.placed().at(-1)?.index).toBe(99_999);
  });

  it('tells the scrolling of a person from its own', () => {
    const scroll = new DocumentScroll();
    const { scrollBy } = scrollerOf(scroll, 800);
    let heard = 0;
    scroll.onuser = () => (heard += 1);
    scroll.replace(guesses(100), () => undefined);
    scroll.show(40);
    scroll.onscroll();
    expect(heard, 'its own').toBe(0);
    scrollBy(10);
    expect(heard, 'the wheel').toBe(1);
  });

  it('tells flying past from reading', () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const scroll = new DocumentScroll();
    const { scrollBy } = scrollerOf(scroll, 800);
    scroll.replace(guesses(10_000), () => undefined);
    const turn = (distance: number, pause: number): boolean => {
      vi.advanceTimersByTime(pause);
      scrollBy(distance);
      return scroll.isFlying;
    };
    expect(turn(100, 1_000), 'a notch of the wheel').toBe(false);
    expect(turn(100, 100), 'and another').toBe(false);
    expect(turn(400, 16), 'half a view in a frame').toBe(true);
    expect(turn(40, 16), 'slower').toBe(false);
    expect(turn(400, 16)).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(scroll.isFlying, 'at rest').toBe(false);
  });
});

afterEach(() => {
  vi.useRealTimers();
});
