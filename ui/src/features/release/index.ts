/** A release with its header and tabs. */
export { default as Release } from './Release.svelte';
