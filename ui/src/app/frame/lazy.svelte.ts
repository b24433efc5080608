/** Parts of the window that are read when they are first shown, so that the first thing to show is there early. */
import type { Component } from 'svelte';
import { ApiError } from '../../lib/backend';

/** A component that is read once, when it is first wanted. */
export class Lazy<P extends Record<string, unknown>> {
  /** What reading it failed with. */
  error = $state.raw<ApiError>();
  #component = $state.raw<Component<P>>();
  #asked: Promise<void> | undefined;

  constructor(private readonly read: () => Promise<Component<P>>) {}

  /** The component; begins to read it, `undefined` until it is there. Reactive. */
  get component(): Component<P> | undefined {
    if (!this.#component) void this.load();
    return this.#component;
  }

  /** Reads it, unless that was done. */
  load(): Promise<void> {
    this.#asked ??= this.read().then(
      (part) => {
        this.#component = part;
      },
      (failed: unknown) => {
        const hint = 'Close the window and start Slipway again.';
        const message = `A part of the window could not be read: ${String(failed)}`;
        this.error = new ApiError('failed', message, hint, false);
      },
    );
    return this.#asked;
  }
}
