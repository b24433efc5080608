/** Opening other workspaces, and saying so where it fails. */
import { call, type ApiError } from '../backend';
import { toast } from '../ui';
import { enter } from './session.svelte';

/** Opens the workspace of a file. */
export function openWorkspace(path: string): Promise<void> {
  return reported(() => call('workspace_open', { path }));
}

/** Opens the sample, made at its first use. */
export function openSample(): Promise<void> {
  return reported(() => call('sample_open', {}));
}

async function reported(open: Parameters<typeof enter>[0]): Promise<void> {
  try {
    await enter(open);
  } catch (error) {
    const { message, hint } = error as ApiError;
    toast([message, hint].filter(Boolean).join(' '), { tone: 'error' });
  }
}
