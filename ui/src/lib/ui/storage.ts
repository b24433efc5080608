/** What the webview keeps for the window under `slipway.<name>`. */

const PREFIX = 'slipway.';

/** What is kept under a name, or else the fallback. */
export function readStored<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    // Unreadable or forbidden storage costs the person a remembered width, never the window.
    return fallback;
  }
}

/** Keeps a value that survives JSON. */
export function writeStored(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // As above: full or forbidden storage is not worth a message.
  }
}
