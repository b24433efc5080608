/**
 * What only the shell can do: the system's dialogs, and the zoom.
 *
 * They go through the shell's one command like all else, so that the webview itself has no right to files. In an
 * ordinary browser there is no shell: choosing answers `null`, and screens keep a text field beside every chooser.
 */
import { toApiError } from './error';
import { IN_SHELL, transport } from './transport';

/** Whether the system's dialogs are there. */
export const CAN_CHOOSE = IN_SHELL;
/** Whether the zoom is the program's own. */
export const CAN_ZOOM = IN_SHELL;

interface Chosen {
  path: string | null;
}

async function choose(name: string, request: unknown): Promise<string | null> {
  if (!IN_SHELL) return null;
  try {
    return ((await transport.call(name, request)) as Chosen).path;
  } catch (thrown) {
    throw toApiError(thrown);
  }
}

/** Lets the person choose a folder; `null` if they do not. */
export function chooseFolder(title: string): Promise<string | null> {
  return choose('shell_choose_folder', { title });
}

/** Lets the person choose a file that is there; `extensions` without dots. */
export function chooseFile(title: string, extensions: readonly string[]): Promise<string | null> {
  return choose('shell_choose_file', { title, extensions });
}

/** Lets the person say where a new file goes. */
export function chooseNewFile(title: string, name: string): Promise<string | null> {
  return choose('shell_choose_new_file', { title, name });
}

/** A change of how large the page is drawn. */
export type ZoomStep = 'in' | 'out' | 'reset';

/** Draws the page larger, smaller, or as it was designed, and remembers that. In an ordinary browser that is the browser's. */
export async function zoom(step: ZoomStep): Promise<void> {
  if (!IN_SHELL) return;
  try {
    await transport.call('shell_zoom', { step });
  } catch (thrown) {
    throw toApiError(thrown);
  }
}
