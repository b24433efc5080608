/** Where the window is, as words: the bar shows them, and the window's title has the last. */
import type { Route } from './route';

/** A step of the way; the last has no route. */
export interface Crumb {
  label: string;
  route?: Route;
}

const PLACES = {
  board: { label: 'Board', route: { page: 'board' } },
  releases: { label: 'Releases', route: { page: 'releases' } },
  reviews: { label: 'Reviews', route: { page: 'reviews' } },
  environments: { label: 'Environments', route: { page: 'environments' } },
  activity: { label: 'Activity', route: { page: 'activity' } },
  settings: { label: 'Settings', route: { page: 'settings', part: 'general' } },
} as const satisfies Record<string, Crumb>;

let own = $state.raw<readonly Crumb[]>();

/** The way to a place: what its screen named, else what the place is called. */
export function crumbs(route: Route): readonly Crumb[] {
  if (route.page in PLACES) return [PLACES[route.page as keyof typeof PLACES]];
  if (own) return own;
  switch (route.page) {
    case 'release':
      return [PLACES.releases];
    case 'environment':
      return [PLACES.environments];
    case 'deployment':
      return [PLACES.releases, { label: 'Deployment' }];
    case 'rollback':
      return [PLACES.board, { label: 'Rollback' }];
    default:
      return [];
  }
}

/**
 * Names the way to the screen that calls it, while it is open: `useCrumbs(() => ['releases', { label: tag }])`.
 * A name alone is one of the sidebar's places.
 */
export function useCrumbs(way: () => readonly (keyof typeof PLACES | Crumb)[]): void {
  $effect(() => {
    own = way().map((step) => (typeof step === 'string' ? PLACES[step] : step));
    return () => {
      own = undefined;
    };
  });
}
