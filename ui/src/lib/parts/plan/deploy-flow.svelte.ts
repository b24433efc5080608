/**
 * Deploying a release as a sequence: work the plan out against the environment as it is now, show it, start exactly that
 * plan of exactly those changes. When either is another one by then, the core refuses, and the new plan is shown instead.
 */
import type { PlanView } from '../../../generated/PlanView';
import type { ReleaseEnvironment } from '../../../generated/ReleaseEnvironment';
import { Job } from '../../backend';

/** One deployment on its way to being started. */
export class DeployFlow {
  readonly check = new Job();
  readonly start = new Job();
  /** The plan that is shown and would be started. */
  plan = $state.raw<PlanView>();
  /** Whether the plan is another one than the person first saw. */
  hasChanged = $state(false);
  /** The release in the environment as it was when the plan was asked for. */
  #shown = $state.raw<ReleaseEnvironment>();

  constructor(
    private readonly release: string,
    private readonly environment: string,
    /** The release in the environment as it is now. Reactive. */
    private readonly now: () => ReleaseEnvironment | undefined,
    seen: PlanView | undefined,
  ) {
    this.plan = seen;
    this.#shown = now();
  }

  /** Whether something is under way. */
  get isBusy(): boolean {
    return this.check.isRunning || this.start.isRunning;
  }

  /** Whether another revision was opened, or the effect became another one, since the plan that is shown was asked for. */
  get isStale(): boolean {
    // Starting a draft opens it.
    if (this.start.isRunning) return false;
    const [now, shown] = [this.now(), this.#shown];
    return now?.revision !== shown?.revision || now?.effect !== shown?.effect;
  }

  /** Captures the environment and works the plan out. */
  async look(): Promise<void> {
    const shown = this.now();
    const fresh = await this.check.run('plan', {
      release: this.release,
      environment: this.environment,
      capture: true,
    });
    if (!fresh) return;
    const before = this.plan;
    if (before && (before.digest !== fresh.digest || before.content !== fresh.content)) {
      this.hasChanged = true;
    }
    this.plan = fresh;
    this.#shown = shown;
  }

  /**
   * Starts the plan that is shown, past the review when a reason is given. Answers the deployment's identity, or nothing
   * when it was not started.
   */
  async go(quick: string | null): Promise<string | undefined> {
    const { plan } = this;
    if (!plan || this.isStale) return undefined;
    const started = await this.start.run('deploy', {
      release: this.release,
      environment: this.environment,
      plan: plan.digest,
      content: plan.content,
      quick,
    });
    if (started) return started.deployment;
    if (this.start.error?.code === 'conflict') await this.look();
    return undefined;
  }
}
