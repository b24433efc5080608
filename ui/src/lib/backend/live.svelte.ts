/** What the core's events say, as reactive state. One subscription for the whole window. */
import { SvelteMap } from 'svelte/reactivity';
import type { Progress } from '../../generated/Progress';
import type { Topic } from '../../generated/Topic';
import { subscribe } from './call';

/** Hears what something that changed is about. */
export type Listener = (topics: readonly Topic[]) => void;

let position = $state(0);
const progress = new SvelteMap<string, Progress>();
const deploymentTicks = new SvelteMap<string, number>();
// Who listens, which nothing renders.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const listeners = new Set<Listener>();

function changed(topics: readonly Topic[]): void {
  position += 1;
  for (const listener of [...listeners]) listener(topics);
}

/** The state that follows from events. Reading any of it in a component or an effect keeps that one current. */
export const live = {
  /** A number that grows whenever anything changed. `query` and `pagedList` know better what concerns them. */
  get position(): number {
    return position;
  },
  /** Makes all that is shown ask again, for when another workspace was opened. */
  refresh(): void {
    changed([{ kind: 'all' }]);
  },
  /** Hears of every change until the returned function is called. */
  hear(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** How far the job of a name is. */
  progress(job: string): Progress | undefined {
    return progress.get(job);
  },
  /** Grows whenever an operation of the deployment begins or ends. */
  deployment(id: string): number {
    return deploymentTicks.get(id) ?? 0;
  },
  /** Forgets a job that ended. */
  forget(job: string): void {
    progress.delete(job);
  },
};

/** Starts hearing events; called once, by the app. */
export function startLive(): () => void {
  return subscribe((event) => {
    switch (event.type) {
      case 'progress':
        progress.set(event.job, event);
        break;
      case 'changed':
        changed(event.topics);
        break;
      case 'deployment':
        deploymentTicks.set(event.deployment, (deploymentTicks.get(event.deployment) ?? 0) + 1);
        break;
    }
  });
}
