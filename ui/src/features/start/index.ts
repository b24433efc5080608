/** The first-start page, and the dialogs that open or create a workspace. */
export { default as Start } from './Start.svelte';
export { default as NewWorkspace } from './NewWorkspace.svelte';
export { default as OpenWorkspace } from './OpenWorkspace.svelte';
export { default as ResetSample } from './ResetSample.svelte';
