/** Which words of two texts differ, for texts that are shown whole. Pure. */
import type { Segment } from '../rows';

/** Beyond so many pairs of words, everything between the first and the last difference counts as one. */
const PAIRS_MAX = 250_000;

/** Marks the words of each text that the other does not have there. */
export function emphasise(before: string, after: string): { before: Segment[]; after: Segment[] } {
  const old = wordsOf(before);
  const now = wordsOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  ) {
    end += 1;
  }
  const oldMiddle = old.slice(start, old.length - end);
  const nowMiddle = now.slice(start, now.length - end);
  const common = commonOf(oldMiddle, nowMiddle);
  const side = (words: readonly string[], isKept: readonly boolean[]): Segment[] =>
    segmentsOf(
      words,
      (at) => at < start || at >= words.length - end || isKept[at - start] === true,
    );
  return { before: side(old, common.old), after: side(now, common.now) };
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? [];
}

function segmentsOf(words: readonly string[], isSame: (at: number) => boolean): Segment[] {
  const segments: Segment[] = [];
  words.forEach((word, at) => {
    // A space between two words that changed belongs to them.
    const isBetween =
      word.trim() === '' && at > 0 && at + 1 < words.length && !isSame(at - 1) && !isSame(at + 1);
    const emphasis = !isSame(at) || isBetween;
    const last = segments.at(-1);
    if (last?.emphasis === emphasis) last.text += word;
    else segments.push({ text: word, emphasis, hidden: null });
  });
  return segments;
}

/** Which words belong to a longest common sequence. */
function commonOf(
  old: readonly string[],
  now: readonly string[],
): { old: boolean[]; now: boolean[] } {
  const kept = { old: old.map(() => false), now: now.map(() => false) };
  if (old.length * now.length > PAIRS_MAX) return kept;
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) {
      kept.old[i] = true;
      kept.now[j] = true;
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return kept;
}
