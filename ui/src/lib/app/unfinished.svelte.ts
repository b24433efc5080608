/**
 * The place that the window was still showing for the first time when it ended. It is not restored: what stopped the window
 * once would stop it again.
 */
import { readStored, writeStored } from '../ui/storage';

/** A place, and what it is called where that is known. */
export interface Place {
  address: string;
  name?: string | undefined;
}

const MARK = 'unfinished';
/** How long the window has to answer, once a place is there, for the place to count as shown. */
const RESPONSIVE_MS = 1_000;

let left = $state.raw(readStored<Place | null>(MARK, null) ?? undefined);
let current: Place | undefined;
write(undefined);

/** What was left unfinished by the window before this one. */
export const unfinished = {
  get place(): Place | undefined {
    return left;
  },
  /** Whether a place is the one that was left. */
  is(address: string): boolean {
    return left?.address === address;
  },
  dismiss(): void {
    left = undefined;
  },
};

/** Marks a place before it is shown. */
export function beginShowing(address: string): void {
  write({ address });
}

/** Says what the place is called that is being shown. */
export function nameShowing(name: string | undefined): void {
  if (current && name) write({ ...current, name });
}

/** Waits until the place that is there has painted and the window still answers; the mark goes then. */
export function finishShowing(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(() => write(undefined), RESPONSIVE_MS);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** Follows the end of the page: one that is closed in order has finished. Called once, by the app. */
export function startUnfinished(): () => void {
  const finish = (): void => write(undefined);
  window.addEventListener('pagehide', finish);
  return () => window.removeEventListener('pagehide', finish);
}

function write(place: Place | undefined): void {
  current = place;
  writeStored(MARK, place ?? null);
}
