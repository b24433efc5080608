/**
 * The places of the window: what each is called, what stands in its address after `#`, and the keys that go there. Pure.
 *
 * The address, the crumbs, the sidebar and the commands that go somewhere follow from this table; `app/frame/screens.ts` says
 * what is shown at each place.
 */

/** The tabs of a release. */
export const RELEASE_TABS = ['overview', 'changes', 'plan', 'deployments', 'activity'] as const;
/** A tab of a release. */
export type ReleaseTab = (typeof RELEASE_TABS)[number];

/** The parts of the settings. */
export const SETTINGS_PARTS = ['general', 'workspace', 'audit'] as const;
/** A part of the settings. */
export type SettingsPart = (typeof SETTINGS_PARTS)[number];

/** Reads a part of an address; `undefined` for one that it can't be. */
type Read<T> = (part: string | undefined) => T | undefined;

const text: Read<string> = (part) => part || undefined;

/** One of a few; the first where the address names none of them. */
function oneOf<T extends string>(all: readonly [T, ...T[]]): Read<T> {
  return (part) => all.find((one) => one === part) ?? all[0];
}

/** A line of the table. Ids in an address are identities or, where the core takes both, names and tags. */
interface Place {
  label: string;
  /** The parts of the address after the name, in order. */
  parts?: Record<string, Read<string>>;
  /** A last part that may be missing. */
  option?: string;
  /** Those that have keys stand in the sidebar. */
  keys?: string;
  /** The place that this one lies in. */
  within?: string;
}

const PLACES = {
  board: { label: 'Board', keys: 'G B' },
  releases: { label: 'Releases', keys: 'G R' },
  reviews: { label: 'Reviews', keys: 'G V' },
  environments: { label: 'Environments', keys: 'G E' },
  activity: { label: 'Activity', keys: 'G A' },
  settings: { label: 'Settings', keys: 'Mod+,', parts: { part: oneOf(SETTINGS_PARTS) } },
  release: {
    label: 'Release',
    within: 'releases',
    parts: { id: text, tab: oneOf(RELEASE_TABS) },
    // The one that the tab is about, when it is not the release's target.
    option: 'environment',
  },
  environment: { label: 'Environment', within: 'environments', parts: { id: text } },
  rollback: {
    label: 'Rollback',
    within: 'board',
    parts: { environment: text },
    option: 'deployment',
  },
  deployment: { label: 'Deployment', within: 'releases', parts: { id: text } },
} as const satisfies Record<string, Place>;

type Places = typeof PLACES;
/** The name of a kind of place. */
export type PageName = keyof Places;
/** The places of the sidebar. */
export type MainPage = {
  [P in PageName]: Places[P] extends { keys: string } ? P : never;
}[PageName];

/** What an address says beside the name of the place; a screen takes it as its props. */
export type ParamsOf<P extends PageName> = (Places[P] extends { parts: infer R }
  ? { [K in keyof R]: R[K] extends Read<infer T> ? T : never }
  : unknown) &
  (Places[P] extends { option: infer O extends string } ? Partial<Record<O, string>> : unknown);

/** A place of the window. */
export type Route = { [P in PageName]: { page: P } & ParamsOf<P> }[PageName];

/** The table, by name. */
export function placeOf(page: PageName): Place & { within?: MainPage } {
  return PLACES[page];
}

/** The places of the sidebar, in their order. */
export const MAIN_PAGES = Object.keys(PLACES).filter(
  (page) => 'keys' in PLACES[page as PageName],
) as readonly MainPage[];

/** Where a place of the sidebar begins. */
export function mainRoute(page: MainPage): Route {
  const route = parseRoute(`#/${page}`);
  if (!route) throw new Error(`BUG: ${page} has no first part`);
  return route;
}

/** Writes a place as an address: `#/release/spring-24.3/changes`. */
export function formatRoute(route: Route): string {
  const { parts = {}, option } = placeOf(route.page);
  const said = route as Record<string, string | undefined>;
  const names = [...Object.keys(parts), ...(option && said[option] ? [option] : [])];
  const written = [route.page, ...names.map((name) => said[name] ?? '')];
  return `#/${written.map(encodeURIComponent).join('/')}`;
}

/** Reads an address; `undefined` if it names no place. */
export function parseRoute(address: string): Route | undefined {
  const match = /^#\/(.+)$/u.exec(address);
  if (!match?.[1]) return undefined;
  let written: string[];
  try {
    written = match[1].split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const page = written.shift();
  if (page === undefined || !Object.hasOwn(PLACES, page)) return undefined;
  const { parts = {}, option } = placeOf(page as PageName);
  const route: Record<string, string> = { page };
  for (const [name, read] of Object.entries(parts)) {
    const value = read(written.shift());
    if (value === undefined) return undefined;
    route[name] = value;
  }
  const last = written.shift();
  if (option && last) route[option] = last;
  return route as Route;
}
