/**
 * What a document is made of, told by its shape alone: fields, lists of words, texts in HTML, and tables of things that are
 * alike. Pure.
 */
import type { Json, Pair } from './read';
import { isTabular, namingOf, tableOf, type TableBlock } from './table';
import {
  changeOf,
  isHtml,
  isObject,
  isScalar,
  referenceOf,
  said,
  STEP,
  type Change,
  type Fields,
} from './values';

/** Where a part stands. */
interface Placed {
  /** As people read it. */
  path: string;
  /** As remarks about it name it; nothing for what is in an element of a list. */
  field: string | undefined;
}

/** A value of its own. */
export interface FieldBlock extends Placed {
  kind: 'field';
  change: Change;
  before: string | undefined;
  after: string | undefined;
}

/** A list of words: tags, references. */
export interface WordsBlock extends Placed {
  kind: 'words';
  change: Change;
  words: { text: string; change: Change }[];
  /** Whether only their order changed. */
  isReordered: boolean;
}

/** A text in HTML. */
export interface HtmlBlock extends Placed {
  kind: 'html';
  change: Change;
  before: string | undefined;
  after: string | undefined;
}

/** A part of a document. */
export type Block = FieldBlock | WordsBlock | HtmlBlock | (TableBlock & Placed);

/** What is looked at first, wherever a document has it. */
const FIRST = ['title', 'name', 'handle', 'key'];
const RANK = { field: 0, words: 1, html: 2, table: 3 } as const;

/** Takes a document apart, in the order in which a person reads it. */
export function blocksOf({ before, after }: Pair): Block[] {
  const blocks: Block[] = [];
  take({ path: '', field: '' }, before, after, blocks);
  const rank = (block: Block): number => {
    const first = FIRST.indexOf(block.path);
    if (block.kind === 'field' && first >= 0) return first - FIRST.length;
    // What a store has of every object comes before what its people added.
    const isAdded = block.kind === 'field' && block.path.startsWith(`metafields${STEP}`);
    return RANK[block.kind] + (isAdded ? 0.5 : 0);
  };
  return blocks.sort((a, b) => rank(a) - rank(b));
}

/** Where a field of an object stands. Names of other characters than letters are written as JSON. */
function within(place: Placed, key: string): Placed {
  const path = place.path === '' ? key : `${place.path}${STEP}${key}`;
  if (place.field === undefined) return { path, field: undefined };
  const isPlain = /^[\p{L}\p{N}_-]+$/u.test(key);
  const dot = isPlain && place.field !== '' ? '.' : '';
  return { path, field: `${place.field}${dot}${isPlain ? key : `[${JSON.stringify(key)}]`}` };
}

/** What only wraps what is said: a reference holds its key, a typed value holds its value. */
function unwrapped(...sides: (Json | undefined)[]): 'ref' | 'value' | undefined {
  const there = sides.filter((side) => side !== undefined);
  if (there.every((side) => isObject(side) && typeof side['ref'] === 'string')) {
    return there.every((side) => referenceOf(side) !== undefined) ? 'ref' : undefined;
  }
  const types = there.map((side) =>
    isObject(side) && Object.keys(side).sort().join() === 'type,value' ? side['type'] : undefined,
  );
  return typeof types[0] === 'string' && types.every((type) => type === types[0])
    ? 'value'
    : undefined;
}

function take(
  place: Placed,
  before: Json | undefined,
  after: Json | undefined,
  blocks: Block[],
): void {
  const { path } = place;
  const inner = unwrapped(before, after);
  if (inner !== undefined) {
    const [old, now] = [before, after].map((side) => (side as Fields | undefined)?.[inner]);
    take({ path, field: within(place, inner).field }, old, now, blocks);
    return;
  }
  const shape = shapeOf(path, before, after);
  switch (shape) {
    case 'object': {
      const [old, now] = [before ?? {}, after ?? {}] as Fields[];
      for (const key of new Set([...Object.keys(now ?? {}), ...Object.keys(old ?? {})])) {
        take(within(place, key), old?.[key], now?.[key], blocks);
      }
      break;
    }
    case 'words':
      blocks.push({
        ...wordsOf(wordList(before), wordList(after)),
        ...place,
      });
      break;
    case 'things':
      takeThings(place, (before ?? []) as Fields[], (after ?? []) as Fields[], blocks);
      break;
    case 'table':
      blocks.push({
        ...tableOf(path, before as Fields[] | undefined, after as Fields[] | undefined),
        ...place,
      });
      break;
    case 'html':
    case 'field': {
      const change = changeOf(before, after);
      // Two values that would look the same are written exactly.
      const isExact = change === 'modified' && said(before) === said(after);
      const [old, now] = [before, after].map((value) =>
        isExact ? JSON.stringify(value) : said(value),
      );
      blocks.push({ kind: shape, ...place, change, before: old, after: now });
    }
  }
}

/** Takes each thing of a list for itself, matched by what names it or by its place. */
function takeThings(place: Placed, before: Fields[], after: Fields[], blocks: Block[]): void {
  const naming = namingOf(before, after);
  const keyed = (things: Fields[]): Map<string, Fields> =>
    new Map(
      things.map((thing, at) => [(naming && said(thing[naming])) ?? `#${at + 1}`, thing] as const),
    );
  const [old, now] = [keyed(before), keyed(after)];
  const kept = [...old.keys()].filter((key) => now.has(key));
  const keptNow = [...now.keys()].filter((key) => old.has(key));
  if (kept.some((key, at) => key !== keptNow[at])) {
    const words = keptNow.map((text) => ({ text, change: 'same' as const }));
    blocks.push({ kind: 'words', ...place, change: 'modified', words, isReordered: true });
  }
  for (const key of new Set([...now.keys(), ...old.keys()])) {
    take(within({ ...place, field: undefined }, key), old.get(key), now.get(key), blocks);
  }
}

type Shape = Block['kind'] | 'object' | 'things';

/** What both sides are, as far as they are there; a field when they differ or nothing else fits. */
function shapeOf(path: string, ...sides: (Json | undefined)[]): Shape {
  const shapes = new Set(sides.flatMap((side) => (side === undefined ? [] : [shapeOfOne(side)])));
  const [first] = shapes;
  if (shapes.size === 1 && first !== undefined) {
    return first === 'none' ? 'words' : first === 'table' ? listShape(path, sides) : first;
  }
  // An empty list takes the shape of the other side, and so does a plain text beside HTML.
  if (shapes.size === 2 && shapes.has('none')) {
    const other = [...shapes].find((shape) => shape !== 'none');
    if (other === 'table') return listShape(path, sides);
    if (other === 'words') return other;
  }
  const isText = sides.every((side) => side === undefined || typeof side === 'string');
  return isText && shapes.has('html') ? 'html' : 'field';
}

/** Things that fit no table are parts of their own. */
function listShape(path: string, sides: readonly (Json | undefined)[]): 'table' | 'things' {
  const things = sides.flatMap((side) => (side ?? []) as Fields[]);
  // One thing that lists others is read better for itself: what it lists is told one by one.
  const isAlone = sides.every((side) => side === undefined || (side as Json[]).length <= 1);
  if (isAlone && things.some(listsReferences)) return 'things';
  return isTabular(path, things) ? 'table' : 'things';
}

function listsReferences(value: Json): boolean {
  if (Array.isArray(value)) return value.some((one) => referenceOf(one) !== undefined);
  return isObject(value) && Object.values(value).some(listsReferences);
}

function shapeOfOne(value: Json): Exclude<Shape, 'things'> | 'none' {
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    if (value.every((one) => isScalar(one) || referenceOf(one) !== undefined)) return 'words';
    return value.every(isObject) ? 'table' : 'field';
  }
  if (isObject(value)) return Object.keys(value).length === 0 ? 'field' : 'object';
  return typeof value === 'string' && isHtml(value) ? 'html' : 'field';
}

/** The words of a list; references are words. */
function wordList(list: Json | undefined): Json[] | undefined {
  return (list as Json[] | undefined)?.map((one) => referenceOf(one) ?? one);
}

function wordsOf(
  before: readonly Json[] | undefined,
  after: readonly Json[] | undefined,
): Omit<WordsBlock, keyof Placed> {
  const gone = (before ?? []).map((word) => JSON.stringify(word));
  const words = (after ?? []).map((word): WordsBlock['words'][number] => {
    const written = JSON.stringify(word);
    const at = gone.indexOf(written);
    if (at < 0) return { text: said(word) ?? '', change: 'created' };
    gone.splice(at, 1);
    return { text: said(word) ?? '', change: 'same' };
  });
  for (const written of gone) {
    words.push({ text: said(JSON.parse(written) as Json) ?? '', change: 'deleted' });
  }
  const change = changeOf(before, after);
  const isReordered = change === 'modified' && words.every((word) => word.change === 'same');
  return { kind: 'words', change, words, isReordered };
}
