/** Sizes for a simulated document, which lays nothing out. */
import { vi } from 'vitest';

/** Gives every element a height and a width, in pixels, so that windowed lists show rows. Call it before each test. */
export function giveSize(height: number, width = 1000): void {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe = (): void => undefined;
      unobserve = (): void => undefined;
      disconnect = (): void => undefined;
    },
  );
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(height);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(width);
}
