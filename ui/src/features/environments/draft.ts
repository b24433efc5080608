/** What the environment dialog holds, and the request that it makes. Pure. */
import type { Environment } from '../../generated/Environment';
import type { EnvironmentDraft } from '../../generated/EnvironmentDraft';
import type { Rule } from '../../generated/Rule';
import type { Secrets } from '../../generated/Secrets';
import type { Tier } from '../../generated/Tier';

/** How the folder is read; `auto` lets Slipway find out. */
export type LayoutChoice = 'auto' | 'theme' | 'objects' | 'releases';

/** The kinds of place that can be connected. */
export type PlatformChoice = 'folder' | 'shopify';

/** What somebody types to connect a store. Secrets are sent once, and are never read back. */
export interface StoreFields {
  /** `name.myshopify.com`. */
  store: string;
  /** Another address at which the store answers; kept as it is. */
  baseUrl: string;
  access: 'token' | 'client_credentials';
  clientId: string;
  /** The access token, or the app's secret; empty: the one that is kept. */
  secret: string;
  /** The Theme Access password; empty: none, or the one that is kept. */
  themeSecret: string;
  /** Whether a Theme Access password is kept already. */
  themeAccess: boolean;
  /** `live`, or a theme's number. */
  theme: string;
  strategy: 'in_place' | 'staged';
}

/** What somebody types. */
export interface EnvironmentFields {
  name: string;
  platform: PlatformChoice;
  path: string;
  layout: LayoutChoice;
  store: StoreFields;
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

/** The kinds of place, for the person who chooses. */
export const PLATFORMS: readonly { value: PlatformChoice; label: string }[] = [
  { value: 'folder', label: 'Folder on this machine' },
  { value: 'shopify', label: 'Shopify store' },
];

const NO_STORE: StoreFields = {
  store: '',
  baseUrl: '',
  access: 'token',
  clientId: '',
  secret: '',
  themeSecret: '',
  themeAccess: false,
  theme: 'live',
  strategy: 'in_place',
};

/** A new environment's fields. */
export function emptyFields(): EnvironmentFields {
  return {
    name: '',
    platform: 'folder',
    path: '',
    layout: 'auto',
    store: { ...NO_STORE },
    tier: 'development',
    promotesTo: '',
    approvals: { own: false, required: 1, authorCounts: true },
    rules: [],
  };
}

/** The fields of an environment that is there. */
export function fieldsOf(environment: Environment): EnvironmentFields {
  const { path, layout } = environment.connection;
  const isStore = environment.platform === 'shopify';
  const { approvals } = environment;
  return {
    name: environment.name,
    platform: isStore ? 'shopify' : 'folder',
    store: isStore ? storeOf(environment.connection) : { ...NO_STORE },
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

function storeOf(connection: Record<string, unknown>): StoreFields {
  const text = (value: unknown, otherwise = ''): string =>
    typeof value === 'string' ? value : otherwise;
  const auth = (connection.auth ?? {}) as { kind?: unknown; client_id?: unknown };
  return {
    ...NO_STORE,
    store: text(connection.store),
    baseUrl: text(connection.base_url),
    access: auth.kind === 'client_credentials' ? 'client_credentials' : 'token',
    clientId: text(auth.client_id),
    themeAccess: connection.theme_access === true,
    theme: text(connection.theme, 'live'),
    strategy: connection.theme_strategy === 'staged' ? 'staged' : 'in_place',
  };
}

/** The settings that the fields stand for. Rules without a pattern are left out: they were never filled in. */
export function draftOf(fields: EnvironmentFields): EnvironmentDraft {
  const { approvals } = fields;
  return {
    name: fields.name.trim(),
    platform: fields.platform,
    tier: fields.tier,
    promotes_to: fields.promotesTo === '' ? null : fields.promotesTo,
    connection:
      fields.platform === 'shopify' ? storeConnectionOf(fields.store) : connectionOf(fields),
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

/** The connection to a store that the fields stand for; without secrets. */
export function storeConnectionOf(fields: StoreFields): Record<string, unknown> {
  const { store, baseUrl, access, clientId, themeSecret, themeAccess, theme, strategy } = fields;
  return {
    store: store.trim(),
    ...(baseUrl === '' ? {} : { base_url: baseUrl }),
    auth: access === 'token' ? { kind: 'token' } : { kind: access, client_id: clientId.trim() },
    theme: theme.trim() === '' ? 'live' : theme.trim(),
    theme_strategy: strategy,
    theme_access: themeAccess || themeSecret.trim() !== '',
  };
}

/** The secrets that were typed; nothing where none was. */
export function secretsOf({ secret, themeSecret }: StoreFields): Secrets | undefined {
  const theme = themeSecret.trim();
  return secret.trim() === ''
    ? undefined
    : { access: secret.trim(), ...(theme === '' ? {} : { theme }) };
}

/** Whether all is there that a place needs before it can be looked at. */
export function isComplete(fields: EnvironmentFields, isNew: boolean): boolean {
  if (fields.platform === 'folder') return fields.path.trim() !== '';
  const { store, access, clientId, secret } = fields.store;
  const hasAccess = access === 'token' || clientId.trim() !== '';
  return store.trim() !== '' && hasAccess && (!isNew || secret.trim() !== '');
}
