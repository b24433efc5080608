/** The way to the core. The only folder that may import `@tauri-apps/*`. */
export { call, subscribe, type CommandName, type RequestOf, type ResponseOf } from './call';
export { ApiError } from './error';
export { Job, type JobCommand } from './job.svelte';
export { live, startLive } from './live.svelte';
export { pagedList } from './paged.svelte';
export { Query, query } from './query.svelte';
export { Renewing } from './renewing';
export { CAN_CHOOSE, CAN_ZOOM, chooseFile, chooseFolder, chooseNewFile, zoom } from './shell';
