/** Deployments: one as a page, those of a release as its tab. */
export { default as DeploymentPage } from './DeploymentPage.svelte';
export { default as DeploymentsTab } from './DeploymentsTab.svelte';
