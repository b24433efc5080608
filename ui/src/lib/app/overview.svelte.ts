/**
 * What the frame shows of the whole workspace: its environments, its unfinished releases, its running deployments.
 *
 * Made once, by the frame; screens inside read it instead of asking the core for the same again.
 */
import { getContext, setContext, untrack } from 'svelte';
import type { DeploymentView } from '../../generated/DeploymentView';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import type { ReleaseSummary } from '../../generated/ReleaseSummary';
import { call, live, query, type Query } from '../backend';
import type { ResponseOf } from '../backend';
import { UNFINISHED } from '../domain/release/states';
import { toast } from '../ui';

const KEY = Symbol('overview');

/** How many releases that are up for review are looked at; where there are more, the page says so. */
const MAX_IN_REVIEW = 200;

/** The shared questions of the window. */
export class Overview {
  readonly environmentList: Query<ResponseOf<'environment_list'>> = query(() =>
    call('environment_list', {}),
  );
  readonly #unfinished: Query<ResponseOf<'release_list'>> = query(() =>
    call('release_list', {
      states: [...UNFINISHED],
      text: '',
      in_review: false,
      offset: 0,
      limit: 0,
    }),
  );
  readonly reviewList: Query<ResponseOf<'release_list'>> = query(() =>
    call('release_list', {
      states: [],
      text: '',
      in_review: true,
      offset: 0,
      limit: MAX_IN_REVIEW,
    }),
  );
  readonly runningList: Query<ResponseOf<'deployment_list'>> = query(() =>
    call('deployment_list', {
      environment: null,
      release: null,
      states: ['running', 'interrupted'],
      offset: 0,
      limit: 20,
    }),
  );
  /** Grows with every operation of the running deployments. */
  readonly #pulse = $derived.by(() =>
    this.running.reduce((sum, { deployment }) => sum + live.deployment(deployment.id), 0),
  );
  #seen: readonly DeploymentView[] = [];

  constructor() {
    $effect(() => {
      if (this.#pulse > 0) void untrack(() => this.runningList.reload());
    });
    $effect(() => {
      const now = this.runningList.data?.deployments;
      if (now) untrack(() => this.#tellEnds(now));
    });
  }

  /** All environments, in promotion order; empty until they are known. */
  get environments(): readonly EnvironmentView[] {
    return this.environmentList.data?.environments ?? [];
  }

  /** How many releases are not at their end; 0 until that is known. */
  get unfinished(): number {
    return this.#unfinished.data?.total ?? 0;
  }

  /** Releases that are up for review somewhere, or approved and not deployed there yet. */
  get inReview(): readonly ReleaseSummary[] {
    return this.reviewList.data?.releases ?? [];
  }

  /** How many there are of them, shown or not. */
  get inReviewTotal(): number {
    return this.reviewList.data?.total ?? 0;
  }

  /** Those that wait for a verdict of the person who looks. */
  get toReview(): readonly ReleaseSummary[] {
    return this.inReview.filter(({ reviews }) => reviews.some(({ stage }) => stage === 'asks_you'));
  }

  /** Deployments that run or were interrupted. */
  get running(): readonly DeploymentView[] {
    return this.runningList.data?.deployments ?? [];
  }

  /** An environment by its identity or name. */
  environment(key: string): EnvironmentView | undefined {
    return this.environments.find(
      ({ environment }) => environment.id === key || environment.name === key,
    );
  }

  /** Says which deployments are over that ran a moment ago, wherever in the window the person is. */
  #tellEnds(now: readonly DeploymentView[]): void {
    const over = this.#seen.filter(
      (before) =>
        before.deployment.state === 'running' &&
        !now.some((one) => one.deployment.id === before.deployment.id),
    );
    this.#seen = now;
    for (const before of over) void tellEnd(before);
  }
}

async function tellEnd(before: DeploymentView): Promise<void> {
  const {
    deployment,
    tag,
    environment_name: place,
    reverts,
  } = await call('deployment_get', {
    deployment: before.deployment.id,
  });
  switch (deployment.state) {
    case 'deployed':
      toast(reverts === null ? `${tag} is deployed to ${place}` : `${place} is rolled back`);
      break;
    case 'cancelled':
      toast(`The deployment of ${tag} to ${place} was cancelled`, { tone: 'info' });
      break;
    case 'failed':
      toast(`The deployment of ${tag} to ${place} failed`, { tone: 'error' });
      break;
    default:
      break;
  }
}

/** Makes the overview for the components inside. Call once, in the frame. */
export function provideOverview(): Overview {
  return setContext(KEY, new Overview());
}

/** The overview of the frame around. */
export function useOverview(): Overview {
  return getContext<Overview>(KEY);
}
