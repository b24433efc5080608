/**
 * Rolling a deployment back as a sequence: work out what it would do, let the person choose, try it dry, start exactly that.
 *
 * What is started is what is on screen: a plan is pinned by its digest, and only the plan of the present choices can be started.
 * While one is worked out, and after one that failed, nothing can. What is selected is kept as steps that the core follows; it
 * counts them and cuts the pages.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Edits } from '../../generated/Edits';
import type { Page } from '../../generated/Page';
import type { RollbackAsk } from '../../generated/RollbackAsk';
import type { RollbackCounts } from '../../generated/RollbackCounts';
import type { RollbackDryRun } from '../../generated/RollbackDryRun';
import type { RollbackFilter } from '../../generated/RollbackFilter';
import type { RollbackItem } from '../../generated/RollbackItem';
import type { RollbackRow } from '../../generated/RollbackRow';
import type { RollbackSelected } from '../../generated/RollbackSelected';
import type { RollbackStarted } from '../../generated/RollbackStarted';
import type { RollbackView } from '../../generated/RollbackView';
import type { SelectionStep } from '../../generated/SelectionStep';
import { call, Job, Renewing } from '../../lib/backend';
import { PagedList } from '../../lib/ui';
import { choicesOf, EVERYTHING, withStep, written } from './selection';

/** What becomes of edits made since the deployment. */
interface Choices {
  readonly edits: Edits;
  readonly chosen: readonly [string, Edits][];
}

/** What a selection came to, and what it is of. */
interface Tally {
  readonly plan: string;
  readonly steps: readonly SelectionStep[];
  readonly filter: RollbackFilter;
  readonly sum: RollbackSelected;
}

/** Why nothing can be sent now. */
export type Obstacle = 'planning' | 'failed' | 'outdated' | 'counting' | 'nothing';

const NOTHING: RollbackCounts = { restore: 0, merge: 0, keep: 0, nothing: 0, refuse: 0 };

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
  /** What was included and left out, in order. */
  steps = $state.raw<readonly SelectionStep[]>([]);
  /** Which resources are listed. */
  filter = $state.raw<RollbackFilter>(EVERYTHING);
  /** What the selection came to when it was last counted. */
  tally = $state.raw<Tally>();
  /** What the last count failed with. */
  countError = $state.raw<unknown>();
  /** Whether it goes past the approvals that it lacks. */
  isQuick = $state(false);
  /** Why it does. */
  reason = $state('');
  /** The latest dry run. */
  dryRun = $state.raw<RollbackDryRun>();
  #inForce = $state.raw<Choices>();
  #triedOut = $state('');
  #isDue = false;
  #isCounting = false;
  #isCountDue = false;
  readonly #renewing = new Renewing(() => this.workOut());

  constructor(
    private readonly environment: string,
    private readonly deployment: string | undefined,
  ) {}

  /** Whether the plan on screen is the plan of the present choices. */
  readonly isInForce = $derived(
    this.plan !== undefined &&
      this.#inForce !== undefined &&
      JSON.stringify(this.#inForce) === JSON.stringify(this.#choices()),
  );
  /** Whether what is selected now has been counted. */
  readonly isCounted = $derived(
    this.tally?.plan === this.plan?.digest && this.tally?.steps === this.steps,
  );
  /** What the rollback does with what is selected, in numbers, as last counted. */
  readonly counts = $derived(this.tally?.sum.counts ?? NOTHING);
  /** Whether all goes back to what it was, with nothing to decide. */
  readonly isSimple = $derived(this.tally?.sum.is_simple ?? false);
  /** How many resources it writes. */
  readonly written = $derived(written(this.counts));
  /** What it needs before it starts, and has not: while there is any, executing it opens it for review. */
  readonly missing = $derived(this.tally?.sum.gate.missing ?? []);
  /** Whether what is selected writes over edits made since. */
  readonly writesEdits = $derived(this.tally?.sum.writes_edits ?? false);
  /** Whether it would be opened for review now, and not started. */
  readonly waits = $derived(this.missing.length > 0 && !this.isQuick);
  /** Why nothing can be sent now; `undefined` when it can. */
  readonly obstacle = $derived.by((): Obstacle | undefined => {
    if (this.look.isRunning || !this.plan) return 'planning';
    if (this.look.error) return 'failed';
    if (!this.isInForce) return 'outdated';
    if (!this.isCounted) return 'counting';
    return this.written === 0 ? 'nothing' : undefined;
  });
  /** Whether the latest dry run is of something else than what would be started now. */
  readonly isOutdated = $derived(
    this.dryRun !== undefined && (!this.isInForce || this.#triedOut !== this.#subject()),
  );

  /** Captures the environment and works the plan out; asked again meanwhile, it does so once more after. */
  async workOut(): Promise<void> {
    this.#isDue = true;
    if (this.look.isRunning) return;
    while (this.#isDue) {
      this.#isDue = false;
      const choices = this.#choices();
      const plan = await this.look.run('rollback_plan', {
        ...this.#ask(choices),
        plan: null,
        selection: [],
        quick: null,
      });
      if (!plan) continue;
      this.plan = plan;
      this.#inForce = choices;
      void this.#count();
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

  /** Goes back to the choices of the plan on screen. */
  revert(): void {
    if (!this.#inForce) return;
    this.edits = this.#inForce.edits;
    this.chosen.clear();
    for (const [resource, edits] of this.#inForce.chosen) this.chosen.set(resource, edits);
    this.look.error = undefined;
  }

  /** Includes a resource or leaves it out. */
  include(resource: string, included: boolean): void {
    this.#step({ of: 'resource', resource, included });
  }

  /** Includes all that are listed or leaves them out. */
  includeListed(included: boolean): void {
    this.#step({ of: 'matching', filter: this.filter, included });
  }

  /** Lists other resources. */
  narrow(filter: RollbackFilter): void {
    this.filter = filter;
    void this.#count();
  }

  /** The resources, as listed and selected when they were last counted. */
  readonly list = new PagedList<RollbackRow>(() => ({ rows: [], count: 0 }));

  /** Reads resources that can't be undone. */
  readonly refused = async (offset: number, limit: number): Promise<Page<RollbackItem>> => {
    const page = await this.#resources({ text: '', kind: 'refused' }, [], offset, limit);
    return { rows: page.rows.map((row) => row.item), total: page.total };
  };

  /** Works out what would be sent. */
  async runDry(): Promise<void> {
    if (this.obstacle !== undefined || this.start.isRunning) return;
    const subject = this.#subject();
    const result = await this.tryOut.run('rollback_dry_run', this.#pinned());
    if (result) {
      this.dryRun = result;
      this.#triedOut = subject;
    } else if (this.tryOut.error?.code === 'conflict') await this.workOut();
  }

  /** Starts it, or opens it for review where it lacks approvals; answers nothing when it was refused. */
  async go(): Promise<RollbackStarted | undefined> {
    const goesPast = this.missing.length > 0 && this.isQuick;
    const reason = this.reason.trim();
    if (this.obstacle !== undefined || this.tryOut.isRunning || (goesPast && reason === '')) {
      return undefined;
    }
    const started = await this.start.run('rollback_execute', {
      ...this.#pinned(),
      quick: goesPast ? reason : null,
    });
    if (started) return started;
    if (this.start.error?.code === 'conflict') await this.workOut();
    return undefined;
  }

  #choices(): Choices {
    return { edits: this.edits, chosen: choicesOf(this.chosen, this.edits) };
  }

  #ask({ edits, chosen }: Choices): Omit<RollbackAsk, 'job' | 'plan' | 'quick' | 'selection'> {
    return {
      environment: this.environment,
      deployment: this.plan?.deployment ?? this.deployment ?? null,
      only: [],
      edits,
      choices: [...chosen],
    };
  }

  #pinned(): Omit<RollbackAsk, 'job'> {
    return {
      ...this.#ask(this.#choices()),
      plan: this.plan?.digest ?? null,
      selection: [...this.steps],
      quick: null,
    };
  }

  /** What a dry run is of. */
  #subject(): string {
    return JSON.stringify([this.plan?.digest, this.steps]);
  }

  #step(step: SelectionStep): void {
    this.steps = withStep(this.steps, step);
    void this.#count();
  }

  #resources(
    filter: RollbackFilter,
    steps: readonly SelectionStep[],
    offset: number,
    limit: number,
  ): Promise<Page<RollbackRow>> {
    return this.#renewing.ask(() =>
      call('rollback_resources', {
        rollback: this.plan?.digest ?? '',
        filter,
        selection: [...steps],
        offset,
        limit,
      }),
    );
  }

  /** Counts what is selected: one question at a time, and once more if anything changed meanwhile. */
  async #count(): Promise<void> {
    this.#isCountDue = true;
    if (this.#isCounting) return;
    this.#isCounting = true;
    while (this.#isCountDue) {
      this.#isCountDue = false;
      const { plan, steps, filter } = this;
      if (!plan) break;
      try {
        const sum = await this.#renewing.ask(() =>
          call('rollback_selected', { rollback: plan.digest, filter, selection: [...steps] }),
        );
        this.tally = { plan: plan.digest, steps, filter, sum };
        this.list.ask(async (from, limit) => {
          const page = await this.#resources(filter, steps, from, limit);
          return { rows: page.rows, count: page.total };
        });
        this.countError = undefined;
      } catch (error) {
        this.countError = error;
      }
    }
    this.#isCounting = false;
  }

  /** Counts again after a count that failed. */
  readonly recount = (): void => void this.#count();
}
