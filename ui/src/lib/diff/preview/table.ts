/** A list of things that are alike as a table: variants, options, media, the items of a menu. Pure. */
import type { Json } from './read';
import { changeOf, isObject, isScalar, said, STEP, type Change, type Fields } from './values';

/** One thing on one side: what its cells say. */
type Cells = Map<string, string>;

/** A cell. */
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
  cells: Cells;
}

/** What tells one thing from another, the first that does. */
const KEYS = ['id', 'handle', 'key', 'sku', 'name', 'title', 'file'];

/** Makes a table. Things are matched by what names them, else by where they stand. */
export function tableOf(
  path: string,
  before: readonly Fields[] | undefined,
  after: readonly Fields[] | undefined,
): TableBlock {
  const name = path.split(STEP).at(-1) ?? path;
  const naming = KEYS.find((key) => [before, after].every((side) => names(side ?? [], key)));
  const old = thingsOf(before ?? [], name, naming, 0, '');
  const now = thingsOf(after ?? [], name, naming, 0, '');
  const columns = columnsOf([...now, ...old], naming);
  const oldByKey = new Map(old.map((thing) => [thing.key, thing]));
  const nowKeys = new Set(now.map(({ key }) => key));
  const rows = [
    ...now.map((thing) => rowOf(columns, oldByKey.get(thing.key), thing)),
    ...old.filter(({ key }) => !nowKeys.has(key)).map((thing) => rowOf(columns, thing, undefined)),
  ];
  const kept = old.filter(({ key }) => nowKeys.has(key)).map(({ key }) => key);
  const keptNow = now.filter(({ key }) => oldByKey.has(key)).map(({ key }) => key);
  return {
    kind: 'table',
    path,
    change: changeOf(before && JSON.stringify(before), after && JSON.stringify(after)),
    columns,
    rows,
    isReordered: kept.join('\n') !== keptNow.join('\n'),
  };
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
    const cells: Cells = new Map();
    for (const [field, value] of Object.entries(fields)) {
      if (!(isTree && field === name)) fill(cells, field, value);
    }
    const below = isTree ? thingsOf(inner as Fields[], name, naming, depth + 1, key) : [];
    return [{ key, depth, cells }, ...below];
  });
}

function fill(cells: Cells, column: string, value: Json): void {
  if (value === null || value === '') return;
  if (Array.isArray(value)) {
    const isPlain = value.every(isScalar);
    if (value.length > 0) {
      cells.set(column, isPlain ? value.map(said).join(', ') : (said(value) ?? ''));
    }
  } else if (isObject(value)) {
    for (const [field, inner] of Object.entries(value))
      fill(cells, `${column}${STEP}${field}`, inner);
  } else {
    cells.set(column, said(value) ?? '');
  }
}

/** The columns in which something stands; the one that names the rows first. */
function columnsOf(things: readonly Thing[], naming: string | undefined): string[] {
  const found = new Set(things.flatMap(({ cells }) => [...cells.keys()]));
  if (naming === undefined || !found.has(naming)) return [...found];
  found.delete(naming);
  return [naming, ...found];
}

function rowOf(
  columns: readonly string[],
  before: Thing | undefined,
  after: Thing | undefined,
): TableRow {
  const cells = columns.map((column): Cell => {
    const [old, now] = [before?.cells.get(column), after?.cells.get(column)];
    return { before: old, after: now, change: changeOf(old, now) };
  });
  const isChanged = cells.some(({ change }) => change !== 'same');
  const change = !before ? 'created' : !after ? 'deleted' : isChanged ? 'modified' : 'same';
  return { depth: (after ?? before)?.depth ?? 0, change, cells };
}
