/** The person, the workspace and its audit. */
export { default as Settings } from './Settings.svelte';
