/** Where the window is. The address holds it, so that a reload stays; the last place is remembered for the next start. */
import { remembered } from '../ui';
import { formatRoute, parseRoute, type Route } from './route';

const HOME: Route = { page: 'board' };
const last = remembered('route', formatRoute(HOME));

let current = $state.raw<Route>(parseRoute(location.hash) ?? parseRoute(last.value) ?? HOME);

/** The place that shows. */
export const router = {
  get route(): Route {
    return current;
  },
};

/** Goes to a place; `replace` leaves no step back to where the window was. */
export function go(route: Route, options: { replace?: boolean } = {}): void {
  const address = formatRoute(route);
  if (address === location.hash) return;
  if (options.replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  arrive();
}

/** The address of a place, for links. */
export function href(route: Route): string {
  return formatRoute(route);
}

/** Starts following the address. Called once, by the app. */
export function startRouter(): () => void {
  if (!parseRoute(location.hash)) history.replaceState(null, '', formatRoute(current));
  window.addEventListener('hashchange', arrive);
  window.addEventListener('popstate', arrive);
  return () => {
    window.removeEventListener('hashchange', arrive);
    window.removeEventListener('popstate', arrive);
  };
}

function arrive(): void {
  current = parseRoute(location.hash) ?? HOME;
  last.value = formatRoute(current);
}
