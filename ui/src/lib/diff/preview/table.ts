/** A list of things that are alike as a table: variants, options, media, the items of a menu. Pure. */
import type { Json } from './read';
import {
  changeOf,
  isObject,
  isHtml,
  isScalar,
  labelOf,
  referenceOf,
  said,
  STEP,
  type Change,
  type Fields,
} from './values';

/** A cell: what it says on either side, nothing where the side has no such field. */
export interface Cell {
  before: string | undefined;
  after: string | undefined;
  change: Change;
}

/** A row. */
export interface TableRow {
  /** How deep it stands in a tree, from 0. */
  depth: number;
  change: Change;
  /** One for each column. */
  cells: Cell[];
}

/** A table. */
export interface TableBlock {
  kind: 'table';
  path: string;
  change: Change;
  columns: string[];
  rows: TableRow[];
  /** Whether what is on both sides stands in another order. */
  isReordered: boolean;
}

interface Thing {
  key: string;
  depth: number;
  values: Map<string, Json>;
}

/** How many columns show until all are asked for. */
export const COLUMNS_MAX = 8;

/** A longer text has no place in a cell. */
const CELL_CHARS = 160;

/** More named values than this are a list, and no columns. */
const NAMED_VALUES_MAX = 24;

/** What tells one thing from another, the first that does. */
const KEYS = ['id', 'handle', 'key', 'sku', 'name', 'title', 'file'];

/** What names the things of a list on both sides; nothing when only their places do. */
export function namingOf(...sides: readonly Fields[][]): string | undefined {
  return KEYS.find((key) => sides.every((side) => names(side, key)));
}

/** Whether things fit into the rows of a table: nothing in them is a list of other things, or a text of its own. */
export function isTabular(path: string, things: readonly Fields[]): boolean {
  const name = path.split(STEP).at(-1) ?? path;
  const fits = (value: Json, field?: string): boolean => {
    if (isReferences(value)) return true;
    if (Array.isArray(value)) {
      if (value.every(isScalar) || valuesByName(value)) return true;
      return field === name && value.every((one) => isObject(one) && fits(one));
    }
    if (isObject(value)) return Object.entries(value).every(([key, inner]) => fits(inner, key));
    return typeof value !== 'string' || (value.length <= CELL_CHARS && !isHtml(value));
  };
  return things.every((thing) => fits(thing));
}

/** Makes a table. Things are matched by what names them, else by where they stand. */
export function tableOf(
  path: string,
  before: readonly Fields[] | undefined,
  after: readonly Fields[] | undefined,
): TableBlock {
  const name = path.split(STEP).at(-1) ?? path;
  const naming = namingOf([...(before ?? [])], [...(after ?? [])]);
  const old = thingsOf(before ?? [], name, naming, 0, '');
  const now = thingsOf(after ?? [], name, naming, 0, '');
  const pairs = paired(old, now);
  const columns = columnsOf(pairs, naming);
  const kept = pairs.flatMap(([a, b]) => (a && b ? [a] : []));
  const keptBefore = old.filter((thing) => kept.includes(thing));
  return {
    kind: 'table',
    path,
    change: changeOf(before, after),
    columns,
    rows: pairs.map(([a, b]) => rowOf(columns, a, b)),
    isReordered: kept.some((thing, at) => thing !== keptBefore[at]),
  };
}

/** What columns are called: the last steps of their paths, as many as tell each from the others. */
export function headingsOf(columns: readonly string[]): string[] {
  const steps = columns.map((column) => column.split(STEP));
  const last = (path: readonly string[], count: number): string =>
    path.slice(-count).map(labelOf).join(STEP);
  return steps.map((path, at) => {
    for (let count = 1; count < path.length; count += 1) {
      const own = last(path, count);
      if (steps.every((other, place) => place === at || last(other, count) !== own)) return own;
    }
    return last(path, path.length);
  });
}

/**
 * The columns that show while not all are asked for: what names the rows, what they are chosen by, what changed; then what
 * tells one row from another, and at last what is the same in all.
 */
export function columnsShown(table: TableBlock, rows: readonly TableRow[]): number[] {
  const isTold = (at: number): boolean =>
    rows.some(({ change, cells }) => change === 'modified' && cells[at]?.change !== 'same');
  const says = (at: number): Set<string> =>
    new Set(rows.map(({ cells }) => cells[at]?.after ?? cells[at]?.before ?? ''));
  const rank = (at: number): number => {
    if (at === 0) return 0;
    if (table.columns[at]?.startsWith(`options${STEP}`)) return 1;
    if (isTold(at)) return 2;
    if (/(?:^|\s)price$/iu.test(labelOf(table.columns[at] ?? ''))) return 3;
    return says(at).size > 1 ? 4 : 5;
  };
  const ranked = table.columns
    .map((_, at): [number, number] => [at, rank(at)])
    .sort(([a, first], [b, second]) => first - second || a - b);
  const isWide = table.columns.length > COLUMNS_MAX;
  const wanted = ranked.filter(([, of], place) => !isWide || of < 3 || place < COLUMNS_MAX);
  // What every row says is put away first: it tells nothing of a change.
  const telling = wanted.filter(([, of]) => of < 5);
  const shown = isWide && rows.length > 1 && telling.length > 1 ? telling : wanted;
  return shown.map(([at]) => at);
}

/** The rows that changed, each under those that it stands in; all of them when only their order changed. */
export function changedRows({ rows }: TableBlock): TableRow[] {
  const shown = new Set<TableRow>();
  const above: TableRow[] = [];
  for (const row of rows) {
    above.length = row.depth;
    above[row.depth] = row;
    if (row.change !== 'same') for (const one of above) if (one) shown.add(one);
  }
  return shown.size === 0 ? [...rows] : rows.filter((row) => shown.has(row));
}

type Two = [before: Thing | undefined, after: Thing | undefined];

/** Things of both sides, in the order after; what is gone stands where it stood. */
function paired(old: readonly Thing[], now: readonly Thing[]): Two[] {
  const byKey = new Map(old.map((thing) => [thing.key, thing]));
  const pairs = now.map((thing): Two => [byKey.get(thing.key), thing]);
  const kept = new Set(now.map(({ key }) => key));
  let at = 0;
  for (const thing of old) {
    const place = kept.has(thing.key) ? pairs.findIndex(([before]) => before === thing) : -1;
    if (place < 0) pairs.splice(at, 0, [thing, undefined]);
    at = place < 0 ? at + 1 : place + 1;
  }
  return pairs;
}

/** Whether every thing has a value of its own under `key`. */
function names(things: readonly Fields[], key: string): boolean {
  const found = things.map((thing) => thing[key]);
  return (
    found.every((value) => typeof value === 'string' || typeof value === 'number') &&
    new Set(found).size === found.length
  );
}

/** Things with what they hold; those that hold others of their kind (a tree) are followed by them. */
function thingsOf(
  list: readonly Fields[],
  name: string,
  naming: string | undefined,
  depth: number,
  within: string,
): Thing[] {
  return list.flatMap((fields, index) => {
    const own = naming === undefined ? undefined : said(fields[naming]);
    const key = `${within}/${own ?? index}`;
    const inner = fields[name];
    const isTree = Array.isArray(inner) && inner.every(isObject);
    const values = new Map<string, Json>();
    for (const [field, value] of Object.entries(fields)) {
      if (!(isTree && field === name)) fill(values, field, value);
    }
    const below = isTree ? thingsOf(inner as Fields[], name, naming, depth + 1, key) : [];
    return [{ key, depth, values }, ...below];
  });
}

/** Whether a value is a reference, or a list of them. */
function isReferences(value: Json): boolean {
  const all = Array.isArray(value) ? value : [value];
  return all.length > 0 && all.every((one) => referenceOf(one) !== undefined);
}

function fill(values: Map<string, Json>, column: string, value: Json): void {
  const reference = referenceOf(value);
  if (reference !== undefined) {
    values.set(column, reference);
    return;
  }
  if (Array.isArray(value) && isReferences(value)) {
    values.set(
      column,
      value.map((one) => referenceOf(one) ?? one),
    );
    return;
  }
  if (isObject(value) && Object.keys(value).sort().join() === 'type,value') {
    fill(values, column, value['value'] ?? null);
    return;
  }
  const named = Array.isArray(value) && valuesByName(value);
  if (named) {
    for (const [field, inner] of named) fill(values, column + STEP + field, inner);
    return;
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    for (const [field, inner] of Object.entries(value)) fill(values, column + STEP + field, inner);
  } else {
    values.set(column, value);
  }
}

/**
 * A short list of names and values as columns: `[{ name: "Size", value: "M" }]` says what `{ "Size": "M" }` does. What else a
 * value has (its type) is a column of its own.
 */
function valuesByName(list: readonly Json[]): [string, Json][] | undefined {
  if (list.length === 0 || list.length > NAMED_VALUES_MAX) return undefined;
  const found: [string, Json][] = [];
  for (const one of list) {
    if (!isObject(one) || one['value'] === undefined) return undefined;
    const { name, key, namespace, value, ...rest } = one;
    const own = name ?? key;
    const others = Object.entries(
      name === undefined || key === undefined ? rest : { ...rest, key },
    );
    const isPlain = [value, ...others.map(([, other]) => other)].every(isScalar);
    if (typeof own !== 'string' || !isPlain) return undefined;
    const label = typeof namespace === 'string' ? `${namespace}.${own}` : own;
    found.push(
      [label, value ?? null],
      ...others.map(([field, other]): [string, Json] => [label + STEP + field, other]),
    );
  }
  return new Set(found.map(([label]) => label)).size === found.length ? found : undefined;
}

/** The columns in which something stands or changed; the one that names the rows first. */
function columnsOf(pairs: readonly Two[], naming: string | undefined): string[] {
  const found = new Set<string>(naming === undefined ? [] : [naming]);
  for (const [before, after] of pairs) {
    for (const column of after?.values.keys() ?? []) found.add(column);
    for (const column of before?.values.keys() ?? []) found.add(column);
  }
  return [...found].filter((column) =>
    pairs.some(([before, after]) => {
      const [old, now] = [before?.values.get(column), after?.values.get(column)];
      const isChanged = before && after && changeOf(old, now) !== 'same';
      return isChanged || [old, now].some((value) => shown(value) !== '');
    }),
  );
}

function rowOf(
  columns: readonly string[],
  before: Thing | undefined,
  after: Thing | undefined,
): TableRow {
  const cells = columns.map((column): Cell => {
    const [old, now] = [before?.values.get(column), after?.values.get(column)];
    const change = changeOf(old, now);
    // What a change leads from or to is said even where it is nothing to speak of.
    const isTold = change !== 'same' && before !== undefined && after !== undefined;
    return {
      before: isTold ? told(old, now) : shown(old),
      after: isTold ? told(now, old) : shown(now),
      change,
    };
  });
  const isChanged = cells.some(({ change }) => change !== 'same');
  const change = !before ? 'created' : !after ? 'deleted' : isChanged ? 'modified' : 'same';
  return { depth: (after ?? before)?.depth ?? 0, change, cells };
}

/** A value in a cell that did not change: nothing to speak of is left empty. */
function shown(value: Json | undefined): string {
  return value === undefined || value === null ? '' : plain(value);
}

/** A value beside the other one: exactly as it is written where the two would look the same. */
function told(value: Json | undefined, other: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  const looksTheSame = other !== undefined && plain(value) === plain(other);
  return looksTheSame || value === '' ? JSON.stringify(value) : plain(value);
}

function plain(value: Json): string {
  if (Array.isArray(value) && value.every(isScalar)) return value.map(said).join(', ');
  return said(value) ?? '';
}
