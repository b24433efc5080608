/** Finds what somebody means by a few letters. Pure. */

/** How well a text matches, and which of its characters did. */
export interface Match {
  /** Higher is better. */
  score: number;
  /** The indices of the matched characters, ascending. */
  at: readonly number[];
}

const WORD_START = 8;
const IN_A_ROW = 5;
const GAP = 1;

/**
 * Matches the letters of `query`, in order, in `text`, without regard to case or spaces in the query.
 *
 * Starts of words and runs of letters count more; `undefined` if a letter is missing.
 */
export function fuzzyMatch(query: string, text: string): Match | undefined {
  const wanted = [...query.toLowerCase()].filter((letter) => letter !== ' ');
  if (wanted.length === 0) return { score: 0, at: [] };
  const letters = [...text.toLowerCase()];
  let best: Match | undefined;
  // The first letter may stand in several places; the best continuation from any of them wins.
  for (let start = 0; start < letters.length; start += 1) {
    if (letters[start] !== wanted[0]) continue;
    const match = matchFrom(wanted, letters, start);
    if (match && (!best || match.score > best.score)) best = match;
  }
  return best;
}

function matchFrom(wanted: string[], letters: string[], start: number): Match | undefined {
  const at: number[] = [];
  let score = 0;
  let place = start;
  for (const letter of wanted) {
    const before = at[at.length - 1];
    const next = nextPlace(letters, letter, place, before);
    if (next === undefined) return undefined;
    if (startsWord(letters, next)) score += WORD_START;
    if (before !== undefined) score += next === before + 1 ? IN_A_ROW : -GAP;
    at.push(next);
    place = next + 1;
  }
  // Of two equal matches, the shorter text and the earlier place are meant.
  return { score: score - start * 0.1 - letters.length * 0.01, at };
}

/** Where the letter comes next: right after the last match, else at the next start of a word, else anywhere. */
function nextPlace(
  letters: string[],
  letter: string,
  from: number,
  before: number | undefined,
): number | undefined {
  if (before === undefined || letters[before + 1] === letter) return letters.indexOf(letter, from);
  for (let place = from; place < letters.length; place += 1) {
    if (letters[place] === letter && startsWord(letters, place)) return place;
  }
  const anywhere = letters.indexOf(letter, from);
  return anywhere === -1 ? undefined : anywhere;
}

function startsWord(letters: string[], place: number): boolean {
  if (place === 0) return true;
  return !/[\p{L}\p{N}]/u.test(letters[place - 1] ?? '');
}

/** Keeps and sorts what matches, best first; all of it, in its own order, for an empty query. */
export function fuzzyFilter<T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => string,
): { item: T; match: Match }[] {
  const found = items.flatMap((item) => {
    const match = fuzzyMatch(query, textOf(item));
    return match ? [{ item, match }] : [];
  });
  return query.trim() === '' ? found : found.sort((a, b) => b.match.score - a.match.score);
}
