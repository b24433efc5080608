/** What may be done with a release, done: open it, compare it again, copy its patch, or ask in a dialog first. */
import type { ReleaseEnvironment } from '../../generated/ReleaseEnvironment';
import type { ReleaseView } from '../../generated/ReleaseView';
import type { Verdict } from '../../generated/Verdict';
import { Action } from '../../lib/app/action.svelte';
import { go } from '../../lib/app/router.svelte';
import { call, Job } from '../../lib/backend';
import { toast } from '../../lib/ui';
import { copyPatch } from './patch';

/** A dialog about a release. */
export type ReleaseDialog =
  | { name: 'edit' }
  | { name: 'cancel' }
  | { name: 'deploy' | 'quick'; environment: string }
  | { name: 'review'; environment: string; verdict: Verdict };

/** The actions on one release. */
export class ReleaseDeeds {
  readonly action = new Action<'open' | 'patch'>();
  readonly refresh = new Job();
  /** The dialog that is open. */
  dialog = $state.raw<ReleaseDialog>();

  constructor(private readonly view: () => ReleaseView) {}

  /** Where it goes next. */
  get next(): ReleaseEnvironment | undefined {
    const { environments, next } = this.view();
    return environments.find((one) => one.id === next);
  }

  /** The environments that it can be reviewed for. */
  get reviewable(): readonly ReleaseEnvironment[] {
    return this.view().environments.filter((one) => one.can.review);
  }

  /** What went wrong last; a dialog has its own. */
  get error(): unknown {
    return this.action.error ?? this.refresh.error;
  }

  /** Forgets what went wrong. */
  readonly dismiss = (): void => {
    this.action.error = undefined;
    this.refresh.error = undefined;
  };

  /** Opens it for review, or its next revision. */
  readonly open = (): Promise<boolean> =>
    this.action.run(() => call('release_open', { release: this.#id }), 'open');

  /** Captures both environments and compares them. */
  readonly compareAgain = (): Promise<void> => this.#compare(false);

  /** Whether the core asks about deletions: the source may not be whole. */
  get asksDeletes(): boolean {
    return this.refresh.error?.code === 'deletions';
  }

  /** As {@link compareAgain}, once somebody has read what would be deleted. */
  readonly compareWithDeletions = (): Promise<void> => this.#compare(true);

  async #compare(allow_deletes: boolean): Promise<void> {
    this.dismiss();
    const request = { release: this.#id, ...(allow_deletes && { allow_deletes }) };
    const done = await this.refresh.run('release_refresh', request);
    if (done) toast(`Compared ${done.source_name} and ${done.target_name} again`);
  }

  /** Copies all that it changes, as a patch. */
  readonly copyPatch = (): Promise<boolean> =>
    this.action.run(async () => {
      await copyPatch(this.#id);
      toast('The patch is copied');
    }, 'patch');

  /** Asks for a verdict, on what it does to the environment that is next by default. */
  readonly review = (environment?: string, verdict: Verdict = 'approve'): void => {
    const places = this.reviewable;
    const place = environment ?? (places.find((one) => one.id === this.next?.id) ?? places[0])?.id;
    if (place !== undefined) this.dialog = { name: 'review', environment: place, verdict };
  };

  /** Goes to the plan for where it goes next, from which it is deployed. */
  readonly showPlan = (): void => {
    const { next } = this;
    if (next) go({ page: 'release', id: this.#id, tab: 'plan', environment: next.id });
  };

  get #id(): string {
    return this.view().release.id;
  }
}
