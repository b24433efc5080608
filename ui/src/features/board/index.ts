/** The chains of environments, what is in flight and what happened. */
export { default as Board } from './Board.svelte';
