/** What waits for a review. */
export { default as Reviews } from './Reviews.svelte';
