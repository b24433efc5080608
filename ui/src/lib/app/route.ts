/** The places of the window and how they are written after `#` in its address. Pure. */

/** The tabs of a release. */
export const RELEASE_TABS = ['overview', 'changes', 'plan', 'deployments', 'activity'] as const;
/** A tab of a release. */
export type ReleaseTab = (typeof RELEASE_TABS)[number];

/** The parts of the settings. */
export const SETTINGS_PARTS = ['general', 'workspace', 'audit'] as const;
/** A part of the settings. */
export type SettingsPart = (typeof SETTINGS_PARTS)[number];

/** A place of the window. Ids are identities or, where the core takes both, names and tags. */
export type Route =
  | { page: 'board' }
  | { page: 'releases' }
  /** `environment`: the one that the tab is about, when it is not the release's target. */
  | { page: 'release'; id: string; tab: ReleaseTab; environment?: string }
  | { page: 'reviews' }
  | { page: 'environments' }
  | { page: 'environment'; id: string }
  | { page: 'activity' }
  | { page: 'settings'; part: SettingsPart }
  | { page: 'rollback'; environment: string; deployment?: string }
  | { page: 'deployment'; id: string };

/** The name of a kind of place. */
export type PageName = Route['page'];

/** Writes a place as an address: `#/release/spring-24.3/changes`. */
export function formatRoute(route: Route): string {
  const parts: string[] = [route.page];
  switch (route.page) {
    case 'release':
      parts.push(route.id, route.tab);
      if (route.environment) parts.push(route.environment);
      break;
    case 'environment':
    case 'deployment':
      parts.push(route.id);
      break;
    case 'settings':
      parts.push(route.part);
      break;
    case 'rollback':
      parts.push(route.environment);
      if (route.deployment) parts.push(route.deployment);
      break;
    default:
      break;
  }
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

/** Reads an address; `undefined` if it names no place. */
export function parseRoute(address: string): Route | undefined {
  const match = /^#\/(.+)$/u.exec(address);
  if (!match?.[1]) return undefined;
  let parts: string[];
  try {
    parts = match[1].split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [page, id, more, last] = parts;
  switch (page) {
    case 'board':
    case 'releases':
    case 'reviews':
    case 'environments':
    case 'activity':
      return { page };
    case 'release':
      if (!id) return undefined;
      return {
        page,
        id,
        tab: oneOf(RELEASE_TABS, more) ?? 'overview',
        ...(last && { environment: last }),
      };
    case 'settings':
      return { page, part: oneOf(SETTINGS_PARTS, id) ?? 'general' };
    case 'environment':
    case 'deployment':
      return id ? { page, id } : undefined;
    case 'rollback':
      if (!id) return undefined;
      return more ? { page, environment: id, deployment: more } : { page, environment: id };
    default:
      return undefined;
  }
}

function oneOf<T extends string>(all: readonly T[], text: string | undefined): T | undefined {
  return all.find((one) => one === text);
}
