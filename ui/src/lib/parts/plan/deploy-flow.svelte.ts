/**
 * Deploying a release as a sequence: work the plan out against the environment as it is now, show it, start exactly that
 * plan. When the environment asks for another plan by then, the core refuses, and the new one is shown instead.
 */
import type { PlanView } from '../../../generated/PlanView';
import { Job } from '../../backend';

/** One deployment on its way to being started. */
export class DeployFlow {
  readonly check = new Job();
  readonly start = new Job();
  /** The plan that is shown and would be started. */
  plan = $state.raw<PlanView>();
  /** Whether the plan is another one than the person first saw. */
  hasChanged = $state(false);

  constructor(
    private readonly release: string,
    private readonly environment: string | null,
    seen: PlanView | undefined,
  ) {
    this.plan = seen;
  }

  /** Whether something is under way. */
  get isBusy(): boolean {
    return this.check.isRunning || this.start.isRunning;
  }

  /** Captures the environment and works the plan out. */
  async look(): Promise<void> {
    const fresh = await this.check.run('plan', {
      release: this.release,
      environment: this.environment,
      capture: true,
    });
    if (!fresh) return;
    if (this.plan && this.plan.digest !== fresh.digest) this.hasChanged = true;
    this.plan = fresh;
  }

  /**
   * Starts the plan that is shown; none is shown for a draft, which is sealed first. Answers the deployment's identity, or
   * nothing when it was not started.
   */
  async go(quick: string | null): Promise<string | undefined> {
    const started = await this.start.run('deploy', {
      release: this.release,
      environment: this.environment,
      plan: this.plan?.digest ?? null,
      quick,
    });
    if (started) return started.deployment;
    if (this.start.error?.code === 'conflict') await this.look();
    return undefined;
  }
}
