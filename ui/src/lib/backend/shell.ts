/**
 * What only the shell can do: the system's dialogs, and links in the system's browser.
 *
 * They go through the shell's one command like all else, so that the webview itself has no right to files or links. In an
 * ordinary browser there is no shell: choosing answers `null`, and screens keep a text field beside every chooser.
 */
import { toApiError } from './error';
import { IN_SHELL, transport } from './transport';

/** Whether the system's dialogs are there. */
export const CAN_CHOOSE = IN_SHELL;

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

/** Opens an `https:` page in the system's browser. */
export async function openUrl(url: string): Promise<void> {
  if (!IN_SHELL) {
    window.open(url, '_blank', 'noopener');
    return;
  }
  try {
    await transport.call('shell_open_url', { url });
  } catch (thrown) {
    throw toApiError(thrown);
  }
}
