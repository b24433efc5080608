/** Cuts a long value down to what changed in it, with what stands around. Pure. */
import type { Segment } from './rows';

/** How many characters of a value show before somebody asks for the whole. */
export const EXCERPT_CHARS = 480;
/** How much of them may stand on either side of a change. */
const AROUND_SHARE = 1 / 4;

const CUT: Segment = { text: '…', emphasis: false, hidden: null };

/** A value, or what is left of it. */
export interface Excerpt {
  segments: readonly Segment[];
  /** Whether something is left out. */
  isCut: boolean;
}

/** Keeps at most about `chars` characters: the changed ones and what is around them; of a value that is all new, its beginning. */
export function excerpt(segments: readonly Segment[], chars = EXCERPT_CHARS): Excerpt {
  const total = segments.reduce((sum, { text }) => sum + text.length, 0);
  if (total <= chars) return { segments, isCut: false };
  const kept: Segment[] = [];
  let end = 0;
  const spans = spansOf(segments, total, chars);
  for (const [from, to] of spans) {
    if (from > end) kept.push(CUT);
    let place = 0;
    for (const segment of segments) {
      const start = Math.max(from, place);
      const stop = Math.min(to, place + segment.text.length);
      if (stop > start) {
        const whole = segment.hidden !== null || stop - start === segment.text.length;
        const text = whole ? segment.text : segment.text.slice(start - place, stop - place);
        kept.push({ ...segment, text });
      }
      place += segment.text.length;
    }
    end = to;
  }
  if (end < total) kept.push(CUT);
  return { segments: kept, isCut: true };
}

/** Which characters are kept: half-open ranges, ascending, apart from one another. */
function spansOf(segments: readonly Segment[], total: number, chars: number): [number, number][] {
  const around = Math.floor(chars * AROUND_SHARE);
  const spans: [number, number][] = [];
  let left = chars;
  let place = 0;
  for (const { text, emphasis } of segments) {
    const start = place;
    place += text.length;
    if (!emphasis || left <= 0) continue;
    const last = spans.at(-1);
    const from = Math.max(last?.[1] ?? 0, start - around);
    const to = Math.min(total, place + around, from + left);
    // What is around a change is of no use without it.
    if (to <= Math.max(from, start)) continue;
    left -= to - from;
    if (last?.[1] === from) last[1] = to;
    else spans.push([from, to]);
  }
  return spans.length > 0 ? spans : [[0, Math.min(total, chars)]];
}
