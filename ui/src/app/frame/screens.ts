/** The one list of screens: what is shown at each place of `lib/app/route.ts`, and how the sidebar offers it. */
import Columns from '@lucide/svelte/icons/columns-3';
import Layers from '@lucide/svelte/icons/layers';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Package from '@lucide/svelte/icons/package';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Settings from '@lucide/svelte/icons/settings';
import type { Component } from 'svelte';
import { Board } from '../../features/board';
import type { Overview } from '../../lib/app/overview.svelte';
import type { MainPage, PageName, ParamsOf } from '../../lib/app/route';
import type { Icon } from '../../lib/ui';
import { Lazy } from './lazy.svelte';

/** How the sidebar offers a place. */
export interface SidebarEntry {
  icon: Icon;
  /** How much waits there. */
  count?: (overview: Overview) => number;
  /** At the foot, apart from the others. */
  foot?: true;
}

/** Svelte's type for a component without props is a record that holds none. */
type PropsOf<P extends PageName> = [keyof ParamsOf<P>] extends [never]
  ? Record<string, never>
  : ParamsOf<P> & Record<string, unknown>;

/** A screen. What its place's address says is what it takes as props. */
type Screen<P extends PageName> = {
  load: () => Promise<Component<PropsOf<P>>>;
  /** The props that make it another one; a change of the others is shown by the one that is there. */
  identity?: readonly (keyof ParamsOf<P>)[];
} & (P extends MainPage ? { sidebar: SidebarEntry } : { sidebar?: never });

/** The screen of each place. */
const TABLE: { [P in PageName]: Screen<P> } = {
  board: {
    // What most people start with comes with the frame.
    load: () => Promise.resolve(Board),
    sidebar: { icon: Columns },
  },
  releases: {
    load: async () => (await import('../../features/releases')).Releases,
    sidebar: { icon: Package, count: ({ unfinished }) => unfinished },
  },
  reviews: {
    load: async () => (await import('../../features/reviews')).Reviews,
    sidebar: { icon: ListChecks, count: ({ toReview }) => toReview.length },
  },
  environments: {
    load: async () => (await import('../../features/environments')).Environments,
    sidebar: { icon: Layers },
  },
  activity: {
    load: async () => (await import('../../features/activity')).Activity,
    sidebar: { icon: ScrollText },
  },
  settings: {
    load: async () => (await import('../../features/settings')).Settings,
    sidebar: { icon: Settings, foot: true },
  },
  release: {
    load: async () => (await import('./ReleaseScreen.svelte')).default,
    identity: ['id'],
  },
  environment: {
    load: async () => (await import('../../features/environments')).EnvironmentPage,
    identity: ['id'],
  },
  rollback: {
    load: async () => (await import('../../features/rollback')).RollbackPage,
    identity: ['environment', 'deployment'],
  },
  deployment: {
    load: async () => (await import('../../features/deployment')).DeploymentPage,
    identity: ['id'],
  },
};

/** A screen as the frame draws it, read when it is first shown. */
export interface ReadScreen {
  part: Lazy<Record<string, unknown>>;
  identity: readonly string[];
  sidebar: SidebarEntry | undefined;
}

/** The screens, by the names of their places. */
export const SCREENS = Object.fromEntries(
  Object.entries(TABLE).map(([page, { load, identity = [], sidebar }]) => [
    page,
    // The table holds each screen to the props of its place; from here on they are what the address says.
    {
      part: new Lazy(load as () => Promise<Component<Record<string, unknown>>>),
      identity,
      sidebar,
    },
  ]),
) as Record<PageName, ReadScreen>;

/** What opens over a screen. */
export const OVERLAYS = {
  help: new Lazy(async () => (await import('../palette/ShortcutHelp.svelte')).default),
  dialogs: new Lazy(async () => (await import('./Dialogs.svelte')).default),
};

/** How long after its start the window has shown what it was opened for, and has time for the rest. */
const REST_MS = 1_000;

/** Reads the rest of the window once it is at rest, so that going anywhere takes no time. */
export function readAhead(): () => void {
  const timer = setTimeout(() => {
    const screens = Object.values(SCREENS).map(({ part }) => part);
    void [...screens, ...Object.values(OVERLAYS)].reduce(
      (before, part) => before.then(() => part.load()),
      Promise.resolve(),
    );
  }, REST_MS);
  return () => clearTimeout(timer);
}
