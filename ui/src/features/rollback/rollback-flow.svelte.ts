/**
 * Taking a deployment back as a sequence: work out what it would do, let the person choose, try it dry, start exactly that.
 *
 * What is chosen by box is chosen here; what becomes of edits is worked out by the core, which is asked again when a choice
 * changes. If the environment differs by the time it is started, nothing is written and the plan is worked out again.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Edits } from '../../generated/Edits';
import type { RollbackAsk } from '../../generated/RollbackAsk';
import type { RollbackDryRun } from '../../generated/RollbackDryRun';
import type { RollbackView } from '../../generated/RollbackView';
import { Job } from '../../lib/backend';
import { choicesOf, isSimple, onlyOf, tally } from './selection';

/** One rollback on its way to being started. */
export class RollbackFlow {
  readonly look = new Job();
  readonly tryOut = new Job();
  readonly start = new Job();
  /** What it would do, as last worked out. */
  plan = $state.raw<RollbackView>();
  /** What becomes of edits made since, unless chosen otherwise for a resource. */
  edits = $state<Edits>('keep');
  /** Other choices, by resource. */
  readonly chosen = new SvelteMap<string, Edits>();
  /** The resources that are left as they are. */
  readonly leftOut = new SvelteSet<string>();
  /** The latest dry run. */
  dryRun = $state.raw<RollbackDryRun>();
  #triedOut = $state('');
  #isDue = false;

  constructor(
    private readonly environment: string,
    private readonly deployment: string | undefined,
  ) {}

  /** What the rollback does with what is chosen, in numbers. */
  readonly counts = $derived(tally(this.plan?.resources ?? [], this.leftOut));
  /** Whether all goes back to what it was, with nothing to decide. */
  readonly isSimple = $derived(isSimple(this.plan?.resources ?? [], this.leftOut));
  /** How many resources it writes. */
  readonly written = $derived(this.counts.restore + this.counts.merge);
  /** Whether the latest dry run is of something else than what is chosen now. */
  readonly isOutdated = $derived(this.dryRun !== undefined && this.#triedOut !== this.#choice());
  /** Whether something is under way. */
  readonly isBusy = $derived(this.look.isRunning || this.tryOut.isRunning || this.start.isRunning);

  /** Captures the environment and works the plan out; asked again meanwhile, it does so once more after. */
  async workOut(): Promise<void> {
    this.#isDue = true;
    if (this.look.isRunning) return;
    while (this.#isDue) {
      this.#isDue = false;
      const plan = await this.look.run('rollback_plan', { ...this.#ask(), only: [], live: null });
      if (plan) this.plan = plan;
    }
  }

  /** Chooses what becomes of edits where nothing else is chosen. */
  setDefault(edits: Edits): void {
    this.edits = edits;
    void this.workOut();
  }

  /** Chooses what becomes of the edit of one resource. */
  choose(resource: string, edits: Edits): void {
    this.chosen.set(resource, edits);
    void this.workOut();
  }

  /** Takes resources in or leaves them out. */
  include(resources: readonly string[], included: boolean): void {
    for (const resource of resources) {
      if (included) this.leftOut.delete(resource);
      else this.leftOut.add(resource);
    }
  }

  /** Works out what would be sent. */
  async runDry(): Promise<void> {
    const choice = this.#choice();
    const result = await this.tryOut.run('rollback_dry_run', this.#ask());
    if (!result) return;
    this.dryRun = result;
    this.#triedOut = choice;
  }

  /** Starts it; answers the deployment's identity, or nothing when it was not started. */
  async go(): Promise<string | undefined> {
    const started = await this.start.run('rollback_execute', this.#ask());
    if (started) return started.deployment;
    if (this.start.error?.code === 'conflict') await this.workOut();
    return undefined;
  }

  #ask(): Omit<RollbackAsk, 'job'> {
    return {
      environment: this.environment,
      deployment: this.plan?.deployment ?? this.deployment ?? null,
      only: onlyOf(this.plan?.resources ?? [], this.leftOut),
      edits: this.edits,
      choices: choicesOf(this.chosen, this.edits),
      live: this.plan?.live ?? null,
    };
  }

  #choice(): string {
    return JSON.stringify(this.#ask());
  }
}
