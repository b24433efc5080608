/** Where the window is, as words: the bar shows them, and the window's title has the last. */
import { mainRoute, placeOf, type MainPage, type Route } from './route';

/** A step of the way; the last has no route. */
export interface Crumb {
  label: string;
  route?: Route;
}

let own = $state.raw<readonly Crumb[]>();

/** The way to a place: what its screen named, else what the place is called. */
export function crumbs({ page }: Route): readonly Crumb[] {
  const { label, within } = placeOf(page);
  if (!within) return [{ label }];
  return own ?? [main(within), { label }];
}

function main(page: MainPage): Crumb {
  return { label: placeOf(page).label, route: mainRoute(page) };
}

/**
 * Names the way to the screen that calls it, while it is open: `useCrumbs(() => ['releases', { label: tag }])`.
 * A name alone is one of the sidebar's places.
 */
export function useCrumbs(way: () => readonly (MainPage | Crumb)[]): void {
  $effect(() => {
    own = way().map((step) => (typeof step === 'string' ? main(step) : step));
    return () => {
      own = undefined;
    };
  });
}
