/**
 * Small view state that outlives a restart: widths, filters, open groups, the theme.
 *
 * Kept in the webview's local storage, under `slipway.<name>`. Nothing of the workspace's content belongs here.
 */

import { readStored, writeStored } from './storage';

/** A reactive value that is written to local storage when it changes. */
export interface Remembered<T> {
  value: T;
}

/**
 * Makes a remembered value. `name` must be unique in the product; `T` must survive JSON.
 *
 * ```ts
 * const width = remembered('changes.tree-width', 300);
 * width.value = 320;
 * ```
 */
export function remembered<T>(name: string, fallback: T): Remembered<T> {
  let current = $state.raw<T>(readStored(name, fallback));
  return {
    get value(): T {
      return current;
    },
    set value(next: T) {
      current = next;
      writeStored(name, next);
    },
  };
}
