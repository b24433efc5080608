/** Every decision that was made, newest first. */
export { default as Activity } from './Activity.svelte';
