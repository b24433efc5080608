/** The list of releases. */
export { default as Releases } from './Releases.svelte';
