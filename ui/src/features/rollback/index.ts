/** Undoing a deployment. */
export { default as RollbackPage } from './RollbackPage.svelte';
