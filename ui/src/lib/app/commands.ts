/**
 * The one table of commands: what a person can do, by which keys, where. The palette, the shortcut help, the menus and the
 * key handler read it; nothing else gives a key a meaning.
 *
 * A command does something while a handler for it is in place, see `handle` in `handlers.svelte.ts`. The app handles those
 * that always work; a screen handles its own while it is open. Keys are written as in `lib/ui/keys.ts`, and no key is given
 * twice, so that what a key does never depends on what somebody forgot to close.
 */
import { MAIN_PAGES, placeOf } from './route';

/** A line of the table. */
export interface Command {
  id: string;
  title: string;
  /** Where it is listed, and the screen that it belongs to. */
  group: 'Go to' | 'Workspace' | 'Window' | 'Lists' | 'Release' | 'Changes' | 'Deployment';
  keys?: string;
  /** Not offered in the palette, because it means something only at the place where the focus is. */
  onlyKeys?: true;
  /** Done by its keys while a dialog is open, too. */
  inDialogs?: true;
}

/** Going to a place of the sidebar. */
const GO = MAIN_PAGES.map((page) => {
  const { label, keys = '' } = placeOf(page);
  return { id: `go.${page}` as const, title: `Go to ${label}`, group: 'Go to' as const, keys };
});

/** All commands. */
export const COMMANDS = [
  ...GO,
  { id: 'go.running', title: 'Go to the running deployment', group: 'Go to', keys: 'G D' },
  { id: 'go.back', title: 'Back', group: 'Go to', keys: 'Alt+Left' },
  { id: 'go.forward', title: 'Forward', group: 'Go to', keys: 'Alt+Right' },

  { id: 'release.create', title: 'Create release…', group: 'Workspace', keys: 'Mod+N' },
  { id: 'environment.add', title: 'Add environment…', group: 'Workspace', keys: 'Mod+Shift+E' },
  { id: 'environment.capture-all', title: 'Capture all environments', group: 'Workspace' },
  { id: 'workspace.open', title: 'Open workspace…', group: 'Workspace', keys: 'Mod+O' },
  { id: 'workspace.create', title: 'New workspace…', group: 'Workspace', keys: 'Mod+Shift+N' },
  { id: 'workspace.sample', title: 'Open the sample workspace', group: 'Workspace' },
  { id: 'workspace.reset-sample', title: 'Reset sample', group: 'Workspace' },

  { id: 'palette', title: 'Search or run…', group: 'Window', keys: 'Mod+K', onlyKeys: true },
  { id: 'help', title: 'Keyboard shortcuts', group: 'Window', keys: '?' },
  { id: 'zoom.in', title: 'Zoom in', group: 'Window', keys: 'Mod++', inDialogs: true },
  { id: 'zoom.out', title: 'Zoom out', group: 'Window', keys: 'Mod+-', inDialogs: true },
  { id: 'zoom.reset', title: 'Actual size', group: 'Window', keys: 'Mod+0', inDialogs: true },
  { id: 'theme.system', title: "Theme: the system's", group: 'Window' },
  { id: 'theme.light', title: 'Theme: light', group: 'Window' },
  { id: 'theme.dark', title: 'Theme: dark', group: 'Window' },

  { id: 'list.filter', title: 'Filter this list', group: 'Lists', keys: '/' },

  { id: 'release.overview', title: 'Overview', group: 'Release', keys: '1' },
  { id: 'release.changes', title: 'Changes', group: 'Release', keys: '2' },
  { id: 'release.plan', title: 'Plan', group: 'Release', keys: '3' },
  { id: 'release.deployments', title: 'Deployments', group: 'Release', keys: '4' },
  { id: 'release.activity', title: 'Activity', group: 'Release', keys: '5' },
  { id: 'release.open', title: 'Open for review', group: 'Release', keys: 'Shift+O' },
  { id: 'release.review', title: 'Review…', group: 'Release', keys: 'A' },
  { id: 'release.deploy', title: 'Deploy…', group: 'Release', keys: 'D' },
  { id: 'release.edit', title: 'Edit tag and notes…', group: 'Release', keys: 'E' },
  { id: 'release.refresh', title: 'Capture and compare again', group: 'Release' },
  { id: 'release.cancel', title: 'Cancel release…', group: 'Release' },
  { id: 'plan.check', title: 'Check the plan again', group: 'Release' },
  { id: 'plan.copy', title: 'Copy plan', group: 'Release' },

  { id: 'changes.next', title: 'Next change', group: 'Changes', keys: 'J' },
  { id: 'changes.previous', title: 'Previous change', group: 'Changes', keys: 'K' },
  { id: 'changes.next-hunk', title: 'Next hunk', group: 'Changes', keys: 'N' },
  { id: 'changes.previous-hunk', title: 'Previous hunk', group: 'Changes', keys: 'P' },
  { id: 'changes.viewed', title: 'Mark as viewed', group: 'Changes', keys: 'V' },
  { id: 'changes.include', title: 'Include or leave out', group: 'Changes', keys: 'X' },
  { id: 'changes.comment', title: 'Comment', group: 'Changes', keys: 'C' },
  { id: 'changes.layout', title: 'Unified or split', group: 'Changes', keys: 'U' },
  { id: 'changes.wrap', title: 'Wrap long lines', group: 'Changes', keys: 'W' },
  { id: 'changes.raw', title: 'Fields, raw or preview', group: 'Changes', keys: 'R' },
  { id: 'changes.whole', title: 'Show the whole value', group: 'Changes', keys: 'O' },
  { id: 'changes.expand', title: 'Show hidden lines', group: 'Changes', keys: 'M' },
  { id: 'changes.fold', title: 'Fold', group: 'Changes', keys: '[' },
  { id: 'changes.unfold', title: 'Unfold', group: 'Changes', keys: ']' },
  { id: 'changes.find', title: 'Find in diff', group: 'Changes', keys: 'Mod+F' },

  { id: 'deployment.cancel', title: 'Cancel deployment…', group: 'Deployment' },
  { id: 'deployment.resume', title: 'Resume deployment', group: 'Deployment' },
  { id: 'deployment.retry', title: 'Retry failed', group: 'Deployment' },
  { id: 'deployment.roll-back', title: 'Roll back…', group: 'Deployment' },
  { id: 'deployment.copy-report', title: 'Copy report', group: 'Deployment' },
  { id: 'rollback.dry-run', title: 'Dry run of the rollback', group: 'Deployment' },
] as const satisfies readonly Command[];

/** The id of a command. */
export type CommandId = (typeof COMMANDS)[number]['id'];

/** The keys of a command, for hints. */
export function keysOf(id: CommandId): string | undefined {
  const lines: readonly Command[] = COMMANDS;
  return lines.find((command) => command.id === id)?.keys;
}
