/**
 * Remarks that are being written. They are kept, each under the place that it is about, for as long as the program runs:
 * closing a box, scrolling away or leaving the tab loses nothing. Sending one or discarding it ends it.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Anchor } from '../../../generated/Anchor';
import { placeOf, type DraftPlace } from '../../../lib/diff/threads';

const texts = new SvelteMap<string, string>();

/** What was typed, by the name of the box that it was typed in. */
export const drafts = {
  /** The text of a draft; `undefined` when nothing was typed, or it was sent or discarded. Reactive. */
  text(name: string): string | undefined {
    return texts.get(name);
  },
  /** Keeps what was typed. */
  write(name: string, text: string): void {
    texts.set(name, text);
  },
  /** Forgets what was typed. */
  end(name: string): void {
    texts.delete(name);
  },
};

/** The boxes that are open in the diffs of one release. */
export class OpenDrafts {
  #open = new SvelteMap<string, DraftPlace>();
  #newest: string | undefined;
  /** The open boxes of each resource, in the order in which they were opened. */
  readonly byResource: ReadonlyMap<string, readonly DraftPlace[]> = $derived.by(() => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew
    const found = new Map<string, DraftPlace[]>();
    for (const place of this.#open.values()) {
      const { resource } = place.anchor;
      found.set(resource, [...(found.get(resource) ?? []), place]);
    }
    return found;
  });

  constructor(private readonly release: string) {}

  /** Opens a box; one that was open before, or closed, holds what was typed in it. `line` as {@link DraftPlace} has it. */
  open(anchor: Anchor, line?: string): void {
    const name = [this.release, anchor.resource, line ?? placeOf(anchor) ?? ''].join('\n');
    this.#newest = name;
    this.#open.set(name, { name, anchor, line });
  }

  /** Whether a box was opened just now and takes the focus; one that scrolls into view again does not. */
  takesFocus(name: string): boolean {
    if (this.#newest !== name) return false;
    queueMicrotask(() => (this.#newest = undefined));
    return true;
  }

  /** Closes a box; what was typed in it stays. */
  close(name: string): void {
    this.#open.delete(name);
  }
}

// One for each release that was looked at; nothing renders the map itself.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const byRelease = new Map<string, OpenDrafts>();

/** The open boxes of a release. */
export function openDraftsOf(release: string): OpenDrafts {
  let found = byRelease.get(release);
  if (!found) {
    $effect.root(() => {
      found = new OpenDrafts(release);
      byRelease.set(release, found);
    });
  }
  return found as unknown as OpenDrafts;
}
