/** How fast a deployment goes and how long it takes yet, from what was seen of it. Pure; times are epoch milliseconds. */

/** How many operations were settled at a time. */
export interface Sample {
  at: number;
  settled: number;
}

/** How far back the rate looks. */
const WINDOW_MS = 20_000;
/** A rate from less time than this says nothing. */
const LEAST_MS = 1_500;

/** Adds what was seen, and drops what is older than the window needs. A count that went down starts anew. */
export function addSample(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples[samples.length - 1];
  if (last && next.settled < last.settled) return [next];
  if (last && next.at <= last.at) return [...samples];
  const kept = samples.filter((sample) => next.at - sample.at <= WINDOW_MS);
  // The newest sample that is too old still marks where the window begins.
  const edge = samples[samples.length - kept.length - 1];
  return edge ? [edge, ...kept, next] : [...kept, next];
}

/** Operations a second over the window; nothing until there is enough to go by. */
export function rate(samples: readonly Sample[], now: number): number | undefined {
  const first = samples[0];
  const last = samples[samples.length - 1];
  if (!first || !last) return undefined;
  const span = Math.max(now, last.at) - first.at;
  if (span < LEAST_MS || last.settled === first.settled) return undefined;
  return ((last.settled - first.settled) * 1000) / span;
}

/** What is left, in milliseconds: what the core says, else by the rate; nothing when neither is known. */
export function remaining(
  left: number,
  said: number | null,
  perSecond: number | undefined,
): number | undefined {
  if (left === 0) return 0;
  if (said !== null) return said;
  return perSecond === undefined ? undefined : (left * 1000) / perSecond;
}

/** `12.4 / s`, `3 / min`. */
export function rateWords(perSecond: number): string {
  if (perSecond >= 10) return `${Math.round(perSecond)} / s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)} / s`;
  return `${Math.max(1, Math.round(perSecond * 60))} / min`;
}

/** `1 min left`, `a few seconds left`: coarse on purpose, so that it does not flicker. */
export function remainingWords(ms: number): string {
  if (ms < 8_000) return 'a few seconds left';
  if (ms < 55_000) return `${Math.ceil(ms / 10_000) * 10} s left`;
  if (ms < 3_570_000) return `${Math.ceil(ms / 60_000)} min left`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.ceil((ms % 3_600_000) / 60_000);
  return minutes === 0 || minutes === 60
    ? `${hours + (minutes === 60 ? 1 : 0)} h left`
    : `${hours} h ${minutes} min left`;
}
