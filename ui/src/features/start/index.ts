/** The first-start page, the dialogs that open or create a workspace, and what is said of one that was not made here. */
export { default as Start } from './Start.svelte';
export { default as NewWorkspace } from './NewWorkspace.svelte';
export { default as OpenWorkspace } from './OpenWorkspace.svelte';
export { default as ResetSample } from './ResetSample.svelte';
export { default as TrustBanner } from './TrustBanner.svelte';
