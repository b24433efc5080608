/** The plan of a release, its tab. */
export { default as PlanTab } from './PlanTab.svelte';
