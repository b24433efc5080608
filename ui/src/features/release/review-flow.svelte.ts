/**
 * Reviewing a release for one environment: what was on screen when the dialog opened is what a verdict is about. When the
 * release becomes another one meanwhile, nothing can be sent until the person has taken the new one.
 */
import type { ReleaseEnvironment } from '../../generated/ReleaseEnvironment';
import type { Verdict } from '../../generated/Verdict';
import { Action } from '../../lib/app/action.svelte';
import { call } from '../../lib/backend';

/** What became of the release since it was shown; `same` when nothing did. */
export type Change = 'same' | 'revision' | 'effect' | 'over';

/** Messages that were typed and not sent, by release and environment, so that a look at the changes loses nothing. */
const unsent: Partial<Record<string, string>> = {};

/** One review on its way to being sent. */
export class ReviewFlow {
  /** What the verdict is about. */
  shown = $state.raw<ReleaseEnvironment>() as ReleaseEnvironment;
  /** None while the person has not decided on what is shown. */
  verdict = $state<Verdict>();
  message = $state('');
  readonly action = new Action();
  readonly #key: string;

  constructor(
    private readonly release: string,
    /** The environment as it is now. Reactive; `undefined` when the release no longer goes there. */
    private readonly now: () => ReleaseEnvironment | undefined,
    shown: ReleaseEnvironment,
    verdict: Verdict,
  ) {
    this.shown = shown;
    this.verdict = verdict;
    this.#key = `${release} ${shown.id}`;
    this.message = unsent[this.#key] ?? '';
  }

  /** How the release differs from what is shown. */
  get change(): Change {
    const now = this.now();
    if (!now?.can.review) return 'over';
    if (now.revision !== this.shown.revision) return 'revision';
    return now.effect === this.shown.effect ? 'same' : 'effect';
  }

  /** Whether the message lacks that the verdict asks for. */
  get isMissingMessage(): boolean {
    return this.verdict !== 'approve' && this.message.trim() === '';
  }

  /** Whether the verdict can be sent. */
  get canSend(): boolean {
    const { change, verdict } = this;
    return change === 'same' && verdict !== undefined && !this.isMissingMessage;
  }

  /** Takes the release as it is now, and asks for the verdict again. */
  takeNew(): void {
    const now = this.now();
    if (!now) return;
    this.shown = now;
    this.verdict = undefined;
    this.action.error = undefined;
  }

  /** Keeps the message for the next time that the dialog opens. */
  leave(): void {
    if (this.message.trim() === '') delete unsent[this.#key];
    else unsent[this.#key] = this.message;
  }

  /** Sends the verdict on what is shown. Answers what was sent, or `undefined` when it was not. */
  async send(): Promise<Verdict | undefined> {
    const { shown, verdict } = this;
    const { effect, revision } = shown;
    if (!this.canSend || verdict === undefined || effect === null || revision === null) {
      return undefined;
    }
    const isSent = await this.action.run(async () => {
      await call('review_submit', {
        release: this.release,
        environment: shown.id,
        effect,
        revision,
        verdict,
        message: this.message.trim(),
      });
      this.message = '';
      this.leave();
    });
    return isSent ? verdict : undefined;
  }
}
