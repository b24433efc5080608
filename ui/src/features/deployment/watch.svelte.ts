/**
 * One deployment, kept current while it runs.
 *
 * The core reports every operation, at most every 100 ms; the deployment and its operations are asked for again at most
 * every {@link PERIOD_MS}, the last time after the last event, so that what is shown ends up true.
 */
import { untrack } from 'svelte';
import type { DeploymentView } from '../../generated/DeploymentView';
import { call, live, query, type Query } from '../../lib/backend';
import { addSample, rate, remaining, type Sample } from './pace';
import { isRunning, settled } from '../../lib/domain/deployment/phases';
import { Pulse } from './pulse';

/** The least time between two questions. */
export const PERIOD_MS = 400;
const TICK_MS = 1000;

/** The deployment of an identity. Make it while a component is set up. */
export class DeploymentWatch {
  readonly asked: Query<DeploymentView>;
  /** Grows whenever operations may have changed: a version for lists of them. */
  version = $state(0);
  /** The present, to the second while it runs. */
  now = $state(Date.now());
  #samples = $state.raw<readonly Sample[]>([]);

  constructor(private readonly id: () => string) {
    this.asked = query(() => call('deployment_get', { deployment: id() }));
    const pulse = new Pulse(PERIOD_MS, () => void this.asked.reload());
    $effect(() => {
      if (live.deployment(id()) > 0) pulse.touch();
    });
    $effect(() => () => pulse.stop());
    $effect(() => {
      const view = this.asked.data;
      if (view) untrack(() => this.#see(view));
    });
    $effect(() => {
      if (!this.isRunning) return;
      const timer = setInterval(() => (this.now = Date.now()), TICK_MS);
      return () => clearInterval(timer);
    });
  }

  /** The deployment, once it is known; never that of another identity. */
  get view(): DeploymentView | undefined {
    const view = this.asked.data;
    return view?.deployment.id === this.id() ? view : undefined;
  }

  /** Whether somebody executes it now. */
  get isRunning(): boolean {
    return this.view !== undefined && isRunning(this.view);
  }

  /** Operations a second, while it executes and there is enough to go by. */
  get perSecond(): number | undefined {
    if (!this.isRunning || this.view?.phase !== 'execute') return undefined;
    return rate(this.#samples, this.now);
  }

  /** What is left, in milliseconds, while it executes. */
  get remainingMs(): number | undefined {
    const { view } = this;
    if (!view || !this.isRunning || view.phase !== 'execute') return undefined;
    return remaining(view.counts.total - settled(view.counts), view.remaining_ms, this.perSecond);
  }

  #see(view: DeploymentView): void {
    this.now = Date.now();
    this.version += 1;
    this.#samples = addSample(this.#samples, { at: this.now, settled: settled(view.counts) });
  }
}
