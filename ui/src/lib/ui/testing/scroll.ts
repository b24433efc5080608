/** Gives the simulated document a layout, so that windowed lists show rows. Nothing that ships imports this. */
import { vi } from 'vitest';

/** The height that every list has, in pixels. */
export const LIST_HEIGHT = 560;

/** Gives every element {@link LIST_HEIGHT}, for one test. */
export function layOut(): void {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(private readonly heard: ResizeObserverCallback) {}
      observe(target: Element): void {
        const entry = { target, contentRect: {}, borderBoxSize: [] } as unknown;
        this.heard([entry as ResizeObserverEntry], this as unknown as ResizeObserver);
      }
      unobserve(): void {
        // Heights never change here.
      }
      disconnect(): void {
        // As above.
      }
    },
  );
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(LIST_HEIGHT);
}

/** Scrolls an element. */
export function scrollTo(list: HTMLElement, top: number): void {
  list.scrollTop = top;
  list.dispatchEvent(new Event('scroll'));
}
