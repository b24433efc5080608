/** What the window knows about the program, its workspace and the person in front of it. */
import type { AppStatus } from '../../generated/AppStatus';
import type { WorkspaceInfo } from '../../generated/WorkspaceInfo';
import { call, live, type ApiError } from '../backend';
import { remembered } from '../ui';
import { go } from './router.svelte';

let status = $state.raw<AppStatus>();
let error = $state.raw<ApiError>();
let openError = $state.raw<ApiError>();
let isStarting = $state(true);
let isOnline = $state(navigator.onLine);
const lastWorkspace = remembered('workspace', '');

/** The session. `status` is undefined until the core has answered for the first time. */
export const session = {
  get status(): AppStatus | undefined {
    return status;
  },
  /** What asking for the status failed with. */
  get error(): ApiError | undefined {
    return error;
  },
  /** What opening the last workspace failed with. */
  get openError(): ApiError | undefined {
    return openError;
  },
  /** Whether it is not known yet what to show. */
  get isStarting(): boolean {
    return isStarting;
  },
  /** Whether the system has a network. Without, everything captured can still be read and reviewed. */
  get isOnline(): boolean {
    return isOnline;
  },
  /** Whether the window can show a workspace: one is open, and somebody said who acts. */
  get isReady(): boolean {
    return Boolean(status?.workspace && status.person);
  },
};

/** Asks the core how things stand. */
export async function loadStatus(): Promise<void> {
  try {
    status = await call('app_status', {});
    error = undefined;
    arriveIn(status.workspace);
  } catch (failed) {
    error = failed as ApiError;
  }
}

/**
 * Asks how things stand at the window's start, and opens the workspace that was open last.
 *
 * One that can't be opened any more leaves the first page, which lists those that can.
 */
export async function startSession(): Promise<void> {
  await loadStatus();
  const last = status?.recent[0];
  if (status?.person && !status.workspace && last) {
    try {
      await call('workspace_open', { path: last.path });
      await loadStatus();
    } catch (failed) {
      openError = failed as ApiError;
    }
  }
  isStarting = false;
}

/** Opens a workspace by one of the commands that do so, and shows its Board. Rejects with an `ApiError`. */
export async function enter(open: () => Promise<WorkspaceInfo>): Promise<void> {
  await open();
  await loadStatus();
  live.refresh();
}

/** A place remembered from one workspace means nothing in another. */
function arriveIn(workspace: WorkspaceInfo | null): void {
  if (!workspace || lastWorkspace.value === workspace.path) return;
  if (lastWorkspace.value !== '') go({ page: 'board' }, { replace: true });
  lastWorkspace.value = workspace.path;
}

/** Starts following the network's state. Called once, by the app. */
export function startNetwork(): () => void {
  const update = (): void => {
    isOnline = navigator.onLine;
  };
  window.addEventListener('online', update);
  window.addEventListener('offline', update);
  return () => {
    window.removeEventListener('online', update);
    window.removeEventListener('offline', update);
  };
}
