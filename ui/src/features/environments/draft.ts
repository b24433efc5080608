/** What the environment dialog holds, and the request that it makes. Pure. */
import type { Environment } from '../../generated/Environment';
import type { EnvironmentDraft } from '../../generated/EnvironmentDraft';
import type { Rule } from '../../generated/Rule';
import type { Tier } from '../../generated/Tier';

/** How the folder is read; `auto` lets Slipway find out. */
export type LayoutChoice = 'auto' | 'theme' | 'objects' | 'releases';

/** What somebody types. */
export interface EnvironmentFields {
  name: string;
  path: string;
  layout: LayoutChoice;
  tier: Tier;
  /** The identity of the environment that it promotes to; empty: none. */
  promotesTo: string;
  /** Approvals: as the tier asks for, or an own number. */
  approvals: { own: boolean; required: number; authorCounts: boolean };
  rules: Rule[];
}

/** What the layouts are, for the person who chooses. */
export const LAYOUTS: readonly { value: LayoutChoice; label: string }[] = [
  { value: 'auto', label: 'Recognise it' },
  { value: 'theme', label: 'Theme: assets, sections, templates …' },
  { value: 'objects', label: 'Objects: <kind>/<key>.json, a theme beside them' },
  { value: 'releases', label: 'Releases: releases/<digest> and a current link' },
];

/** A new environment's fields. */
export function emptyFields(): EnvironmentFields {
  return {
    name: '',
    path: '',
    layout: 'auto',
    tier: 'development',
    promotesTo: '',
    approvals: { own: false, required: 1, authorCounts: true },
    rules: [],
  };
}

/** The fields of an environment that is there. */
export function fieldsOf(environment: Environment): EnvironmentFields {
  const { path, layout } = environment.connection;
  const { approvals } = environment;
  return {
    name: environment.name,
    path: typeof path === 'string' ? path : '',
    layout: LAYOUTS.find(({ value }) => value === layout)?.value ?? 'auto',
    tier: environment.tier,
    promotesTo: environment.promotes_to ?? '',
    approvals: {
      own: approvals !== null,
      required: approvals?.required ?? 1,
      authorCounts: approvals?.author_counts ?? true,
    },
    rules: environment.rules.map((rule) => ({ ...rule, fields: [...rule.fields] })),
  };
}

/** The settings that the fields stand for. Rules without a pattern are left out: they were never filled in. */
export function draftOf(fields: EnvironmentFields): EnvironmentDraft {
  const { approvals } = fields;
  return {
    name: fields.name.trim(),
    platform: 'folder',
    tier: fields.tier,
    promotes_to: fields.promotesTo === '' ? null : fields.promotesTo,
    connection: connectionOf(fields),
    rules: fields.rules.filter(({ resources }) => resources.trim() !== ''),
    approvals: approvals.own
      ? { required: approvals.required, author_counts: approvals.authorCounts }
      : null,
  };
}

/** The connection that the fields stand for. */
export function connectionOf({
  path,
  layout,
}: Pick<EnvironmentFields, 'path' | 'layout'>): Record<string, unknown> {
  return layout === 'auto' ? { path: path.trim() } : { path: path.trim(), layout };
}
