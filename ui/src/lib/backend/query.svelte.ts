/**
 * A question to the core whose answer stays current.
 *
 * ```ts
 * const release = query(() => call('release_get', { release: id }));
 * // release.data, release.error, release.isLoading, release.reload()
 * ```
 *
 * It is asked again when the function calls other commands than before, or with other requests, because state that it reads
 * changed; and when something changed in the workspace that the answer follows from. Which that is, `topics.ts` knows of each
 * command.
 *
 * The old answer stays until the new one is there. At most one question is on its way and one is due: what comes while an
 * answer is awaited is asked once more after it. So no answer is dropped because of a mere refresh, however often that comes;
 * only one to other calls than those that are made now is.
 */
import { untrack } from 'svelte';
import { recorded, type Question } from './call';
import type { ApiError } from './error';
import { live, type Listener } from './live.svelte';
import { concerns } from './topics';

/** A question and its latest answer. */
export class Query<T> {
  /** The latest answer. */
  data = $state.raw<T>();
  /** What the latest question failed with; the data, if any, is then older. */
  error = $state.raw<ApiError>();
  /** Whether an answer is awaited. */
  isLoading = $state(true);
  /** The question that was asked last, and its calls in words. */
  #asked: Question<Promise<T> | undefined>['asked'] = [];
  #name: string | undefined;
  /** The answer that is awaited. */
  #flight: Promise<void> | undefined;
  /** The question to ask once that is here. */
  #due: Promise<void> | undefined;

  constructor(private readonly ask: () => Promise<T> | undefined) {}

  /** Asks again; resolves once an answer is here that was asked for after this call. */
  readonly reload = (): Promise<void> =>
    untrack(() => {
      const flight = this.#flight;
      if (!flight) return this.#send(recorded(this.ask));
      this.#due ??= flight.then(() => {
        this.#due = undefined;
        // Another question was begun meanwhile: its answer is new enough.
        return this.#flight ?? this.#send(recorded(this.ask));
      });
      return this.#due;
    });

  /** Hears of a change, and asks again if the answer follows from what changed. */
  readonly hear: Listener = (topics) => {
    if (concerns(topics, this.#asked)) void this.reload();
  };

  /**
   * Asks, unless that is what was asked already; what `ask` reads before its first await is tracked by the caller.
   */
  run(): Promise<void> {
    const question = recorded(this.ask);
    return untrack(() => {
      const isKnown = question.asked.length > 0 && nameOf(question) === this.#name;
      if (isKnown && this.#flight) return this.#flight;
      if (isKnown && this.error === undefined) return Promise.resolve();
      return this.#send(question);
    });
  }

  #send(question: Question<Promise<T> | undefined>): Promise<void> {
    const answer = question.result;
    if (!answer) {
      this.#name = undefined;
      this.#flight = undefined;
      this.isLoading = false;
      return Promise.resolve();
    }
    this.#asked = question.asked;
    this.#name = nameOf(question);
    this.isLoading = true;
    const flight: Promise<void> = this.#take(answer, () => this.#flight === flight).then(() => {
      if (this.#flight !== flight) return;
      this.#flight = undefined;
      this.isLoading = this.#due !== undefined;
    });
    this.#flight = flight;
    question.send();
    return flight;
  }

  /** Takes an answer, unless another question was begun meanwhile. */
  async #take(answer: Promise<T>, isAwaited: () => boolean): Promise<void> {
    try {
      const data = await answer;
      if (!isAwaited()) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (isAwaited()) this.error = error as ApiError;
    }
  }
}

function nameOf({ asked }: Question<unknown>): string {
  return JSON.stringify(asked);
}

/** Makes a {@link Query} that belongs to the component it is made in. `ask` may answer `undefined` for "not now". */
export function query<T>(ask: () => Promise<T> | undefined): Query<T> {
  const made = new Query(ask);
  $effect(() => void made.run());
  $effect(() => live.hear(made.hear));
  return made;
}
