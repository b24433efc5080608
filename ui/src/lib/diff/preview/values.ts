/** What values of documents have in common, and what happened between two of them. Pure. */
import type { Json } from './read';

/** Stands between the steps of a path as people read it. */
export const STEP = ' › ';

/** What happened to a part of a document. */
export type Change = 'same' | 'created' | 'modified' | 'deleted';

/** A value that has fields. */
export type Fields = Record<string, Json>;

/** Whether a value has no parts. */
export function isScalar(value: Json): boolean {
  return value === null || typeof value !== 'object';
}

/** Whether a value has fields. */
export function isObject(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as people read it: a text without quotes. */
export function said(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What happened between two values. `1` and `"1"` are two. */
export function changeOf(before: unknown, after: unknown): Change {
  if (before === undefined && after === undefined) return 'same';
  if (before === undefined) return 'created';
  if (after === undefined) return 'deleted';
  return JSON.stringify(before) === JSON.stringify(after) ? 'same' : 'modified';
}

/** Whether a text is written in HTML: it has an element that ends, or a line break. */
export function isHtml(text: string): boolean {
  return /<(?:([a-z][a-z0-9]*)\b[^>]*>[\s\S]*<\/\1\s*>|(?:br|hr|img)\b[^>]*>)/iu.test(text);
}
