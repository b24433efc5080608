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

/** The key that a value leads to, alone or as the only thing that it holds: `{ "product": { "ref": "…" } }`. */
export function referenceOf(value: Json | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  const inner = value[name];
  return name === 'ref' && typeof inner === 'string' ? inner : referenceOf(inner);
}

/** The kind and the name of a text that is the key of a resource; nothing when it is none. */
export function keyParts(text: string): { kind: string; name: string } | undefined {
  const found = /^[a-z][a-z0-9_]*\/([a-z][a-z0-9_-]*):(\S+)$/u.exec(text);
  return found?.[1] && found[2]
    ? { kind: found[1].replaceAll(/[-_]/gu, ' '), name: found[2] }
    : undefined;
}

/** What fields are called that are no plain words. */
const LABELS: Record<string, string> = {
  alt: 'alt text',
  descriptionHtml: 'description',
  mimeType: 'file type',
  seo: 'SEO',
  sku: 'SKU',
  templateSuffix: 'template',
  url: 'URL',
};

/** A step of a path as people read it: `compareAtPrice` as "compare at price". What people named themselves stays as it is. */
export function labelOf(step: string): string {
  const known = Object.hasOwn(LABELS, step) ? LABELS[step] : undefined;
  if (known !== undefined) return known;
  if (!/^[a-z]+(?:[A-Z][a-z]+)+$/u.test(step)) return step;
  return step.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
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
