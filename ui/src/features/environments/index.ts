/** The places that hold resources: the list, one of them, and the dialog that sets one up. */
export { default as Environments } from './Environments.svelte';
export { default as EnvironmentPage } from './EnvironmentPage.svelte';
export { default as EnvironmentDialog } from './EnvironmentDialog.svelte';
