/** Where the window is. The address holds it, so that a reload stays; the last place is remembered for the next start. */
import { remembered } from '../ui';
import { formatRoute, parseRoute, type Route } from './route';
import { beginShowing, startUnfinished, unfinished } from './unfinished.svelte';

const HOME: Route = { page: 'board' };
const last = remembered('route', formatRoute(HOME));

let current = $state.raw<Route>(first());

/** Where the window opens: where it was, unless that is what it did not finish showing. */
function first(): Route {
  const route = parseRoute(location.hash) ?? parseRoute(last.value) ?? HOME;
  return unfinished.is(formatRoute(route)) ? HOME : route;
}

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
  const address = formatRoute(current);
  if (address !== location.hash) history.replaceState(null, '', address);
  last.value = address;
  mark();
  const stop = startUnfinished();
  window.addEventListener('hashchange', arrive);
  window.addEventListener('popstate', arrive);
  return () => {
    stop();
    window.removeEventListener('hashchange', arrive);
    window.removeEventListener('popstate', arrive);
  };
}

function arrive(): void {
  current = parseRoute(location.hash) ?? HOME;
  last.value = formatRoute(current);
  mark();
}

/** Notes that a place begins to show. The Board is where the window opens when another did not. */
function mark(): void {
  if (current.page !== HOME.page) beginShowing(formatRoute(current));
}
