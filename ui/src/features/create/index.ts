/** Choosing what goes into a new release. */
export { default as CreateRelease } from './CreateRelease.svelte';
