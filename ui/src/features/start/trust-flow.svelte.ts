/** Trusting a workspace: what it would reach is seen first, and exactly that is trusted. */
import type { WorkspacePlaces } from '../../generated/WorkspacePlaces';
import { Action } from '../../lib/app/action.svelte';
import { enter } from '../../lib/app/session.svelte';
import { call } from '../../lib/backend';

/** The open workspace on its way to being trusted. */
export class TrustFlow {
  readonly #look = new Action();
  readonly #trust = new Action();
  /** Where its environments are; `undefined` while that is to be seen, for the first time or again. */
  places = $state.raw<WorkspacePlaces>();

  /** Whether trust is being sent. */
  get isRunning(): boolean {
    return this.#trust.isRunning;
  }

  /** What either step failed with. */
  get error(): unknown {
    return this.#look.error ?? this.#trust.error;
  }

  /** Looks where its environments are. */
  readonly look = (): Promise<boolean> => {
    this.#trust.error = undefined;
    return this.#look.run(async () => {
      this.places = await call('workspace_places', {});
    });
  };

  /** Trusts what was seen, and says whether it is trusted now. What the core refuses is to be seen again. */
  readonly trust = async (): Promise<boolean> => {
    const seen = this.places;
    if (!seen) return false;
    const isTrusted = await this.#trust.run(() =>
      enter(() => call('workspace_trust', { digest: seen.digest })),
    );
    if (!isTrusted) this.places = undefined;
    return isTrusted;
  };
}
