/** The one list of screens, and the parts of the window that open over them. */
import Board from '../../features/board/Board.svelte';
import type { PageName } from '../../lib/app/route';
import { Lazy } from './lazy.svelte';

/** The screen of each place. */
export const SCREENS = {
  // What most people start with comes with the frame.
  board: new Lazy(() => Promise.resolve({ default: Board })),
  releases: new Lazy(() => import('../../features/releases/Releases.svelte')),
  release: new Lazy(() => import('../../features/release/Release.svelte')),
  reviews: new Lazy(() => import('../../features/reviews/Reviews.svelte')),
  environments: new Lazy(() => import('../../features/environments/Environments.svelte')),
  environment: new Lazy(() => import('../../features/environments/EnvironmentPage.svelte')),
  activity: new Lazy(() => import('../../features/activity/Activity.svelte')),
  settings: new Lazy(() => import('../../features/settings/Settings.svelte')),
  rollback: new Lazy(() => import('../../features/rollback/RollbackPage.svelte')),
  deployment: new Lazy(() => import('../../features/deployment/DeploymentPage.svelte')),
} as const satisfies Record<PageName, unknown>;

/** What opens over a screen. */
export const OVERLAYS = {
  help: new Lazy(() => import('../palette/ShortcutHelp.svelte')),
  dialogs: new Lazy(() => import('./Dialogs.svelte')),
};

/** How long after its start the window has shown what it was opened for, and has time for the rest. */
const REST_MS = 1_000;

/** Reads the rest of the window once it is at rest, so that going anywhere takes no time. */
export function readAhead(): () => void {
  const timer = setTimeout(() => {
    void [...Object.values(SCREENS), ...Object.values(OVERLAYS)].reduce(
      (before, part) => before.then(() => part.load()),
      Promise.resolve(),
    );
  }, REST_MS);
  return () => clearTimeout(timer);
}
