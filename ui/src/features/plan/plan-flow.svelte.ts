/** The plan of a release for one environment: as it was worked out last, checked again, and drawn. */
import type { PlanGraph } from '../../generated/PlanGraph';
import type { PlanView } from '../../generated/PlanView';
import type { ReleaseView } from '../../generated/ReleaseView';
import { go, router } from '../../lib/app/router.svelte';
import { call, Job, query, type Query } from '../../lib/backend';
import { PlanPages } from '../../lib/parts/plan/pages';
import { toast } from '../../lib/ui';

/** The plan on screen. Make it while a component is set up. */
export class PlanFlow {
  readonly asked: Query<PlanView>;
  readonly check = new Job();
  readonly refresh = new Job();
  /** The lists of the plan that is shown: once the core has forgotten it, it is worked out again. */
  readonly pages: PlanPages;
  /** The operation that has the focus, −1 for none. */
  active = $state(-1);
  readonly #drawn: Query<{ of: string; graph: PlanGraph }>;

  constructor(private readonly release: () => ReleaseView) {
    this.asked = query(() => call('plan', { ...this.#subject, capture: false, job: '' }));
    this.pages = new PlanPages(
      () => this.plan as PlanView,
      () => this.asked.reload(),
    );
    this.#drawn = query(() => this.plan && this.#draw(this.plan.fingerprint));
  }

  /** The environment. The address holds the choice, so that the Board's "Promote" leads to the plan for the next one. */
  get target(): string {
    const { route } = router;
    const chosen = route.page === 'release' ? route.environment : undefined;
    const { environments, release } = this.release();
    return environments.find((one) => one.id === chosen)?.id ?? release.target;
  }

  /** The plan, once it is known; never that of the environment chosen before. */
  get plan(): PlanView | undefined {
    const plan = this.asked.data;
    return plan?.environment === this.target ? plan : undefined;
  }

  /** Its graph, once it is known. */
  get graph(): PlanGraph | undefined {
    const drawn = this.#drawn.data;
    return drawn?.of === this.plan?.fingerprint ? drawn?.graph : undefined;
  }

  /** Whether the deploy dialog has something to show: where approvals are missing, which; it does not start anything then. */
  get canDeploy(): boolean {
    return this.plan?.can.deploy === true || this.plan?.obstacle === 'gate';
  }

  /** Shows the plan for another environment. */
  choose(environment: string): void {
    const { release: id } = this.#subject;
    go({ page: 'release', id, tab: 'plan', environment }, { replace: true });
    this.active = -1;
  }

  /** Captures the environment and works the plan out. */
  readonly checkAgain = async (): Promise<void> => {
    const fresh = await this.check.run('plan', { ...this.#subject, capture: true });
    if (fresh?.environment === this.target) this.asked.data = fresh;
  };

  /** Captures and compares the environments of the release again. */
  readonly refreshRelease = (): Promise<void> => this.#compare(false);

  /** Whether the core asks about deletions: the source may not be whole. */
  get asksDeletes(): boolean {
    return this.refresh.error?.code === 'deletions';
  }

  /** As {@link refreshRelease}, once somebody has read what would be deleted. */
  readonly refreshWithDeletions = (): Promise<void> => this.#compare(true);

  async #compare(allow_deletes: boolean): Promise<void> {
    const { release: id } = this.#subject;
    const request = { release: id, ...(allow_deletes && { allow_deletes }) };
    const fresh = await this.refresh.run('release_refresh', request);
    if (!fresh) return;
    toast(`${fresh.release.tag} was compared again`, {
      action: { label: 'Show changes', run: () => go({ page: 'release', id, tab: 'changes' }) },
    });
    await this.asked.reload();
  }

  get #subject(): { release: string; environment: string } {
    return { release: this.release().release.id, environment: this.target };
  }

  async #draw(of: string): Promise<{ of: string; graph: PlanGraph }> {
    return { of, graph: await this.pages.graph() };
  }
}
