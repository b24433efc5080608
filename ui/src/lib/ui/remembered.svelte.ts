/**
 * Small view state that outlives a restart: widths, filters, open groups, the theme.
 *
 * Kept in the webview's local storage, under `slipway.<name>`. Nothing of the workspace's content belongs here.
 */

/** A reactive value that is written to local storage when it changes. */
export interface Remembered<T> {
  value: T;
}

const PREFIX = 'slipway.';

function read<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    // Unreadable or forbidden storage costs the person a remembered width, never the window.
    return fallback;
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // As above: full or forbidden storage is not worth a message.
  }
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
  let current = $state.raw<T>(read(name, fallback));
  return {
    get value(): T {
      return current;
    },
    set value(next: T) {
      current = next;
      write(name, next);
    },
  };
}
