/**
 * Deploying a release as a sequence: work the plan out against the environment as it is now, show it, start exactly that
 * plan of exactly those changes. When either is another one by then, the core refuses, and the new plan is shown instead.
 */
import type { PlanView } from '../../../generated/PlanView';
import type { ReleaseEnvironment } from '../../../generated/ReleaseEnvironment';
import { Job, type ApiError } from '../../backend';

/** One deployment on its way to being started. */
export class DeployFlow {
  readonly check = new Job();
  readonly start = new Job();
  /** The plan that is shown and would be started. */
  plan = $state.raw<PlanView>();
  /** Whether the plan is another one than the person first saw. */
  hasChanged = $state(false);
  /** Whether the person wants to go past a missing review. */
  isQuick = $state(false);
  /** Why. */
  reason = $state('');
  /** The release in the environment as it was when the plan was asked for. */
  #shown = $state.raw<ReleaseEnvironment>();

  constructor(
    private readonly release: string,
    private readonly environment: string,
    /** The release in the environment as it is now. Reactive. */
    private readonly now: () => ReleaseEnvironment | undefined,
    seen: PlanView | undefined,
    isQuick: boolean,
  ) {
    this.plan = seen;
    this.isQuick = isQuick;
    this.#shown = now();
  }

  /** Whether something is under way. */
  get isRunning(): boolean {
    return this.check.isRunning || this.start.isRunning;
  }

  /** What is under way; empty when nothing is. */
  get words(): string {
    return this.check.words || this.start.words || '';
  }

  /** What the core said when it refused to start because the plan is another one by now. */
  get conflict(): ApiError | undefined {
    return this.start.error?.code === 'conflict' ? this.start.error : undefined;
  }

  /** What starting failed with; a conflict is no failure. */
  get error(): ApiError | undefined {
    return this.conflict ? undefined : this.start.error;
  }

  /** Whether it goes past the review, as the person wants and the core allows. */
  get goesPast(): boolean {
    return this.isQuick && this.plan?.can.quick_deploy === true;
  }

  /** Whether the plan that is shown can be started. */
  get canStart(): boolean {
    if (!this.plan || this.isStale) return false;
    return this.plan.can.deploy || (this.goesPast && this.reason.trim() !== '');
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

  /** Stops what is under way. */
  cancel(): Promise<void> {
    return this.check.isRunning ? this.check.cancel() : this.start.cancel();
  }

  /** Starts the plan that is shown. Answers the deployment's identity, or `undefined` when it was not started. */
  async go(): Promise<string | undefined> {
    const { plan } = this;
    if (!plan || !this.canStart || this.isRunning) return undefined;
    const started = await this.start.run('deploy', {
      release: this.release,
      environment: this.environment,
      plan: plan.digest,
      content: plan.content,
      quick: this.goesPast ? this.reason.trim() : null,
    });
    if (started) return started.deployment;
    if (this.conflict) await this.look();
    return undefined;
  }
}
