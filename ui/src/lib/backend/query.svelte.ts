/**
 * A question to the core whose answer stays current.
 *
 * ```ts
 * const releases = query(() => call('release_list', { states, text, offset: 0, limit: 50 }));
 * // releases.data, releases.error, releases.isLoading, releases.reload()
 * ```
 *
 * It asks again when state that the function reads changes, and when something was decided in the workspace (`live.position`).
 * The old answer stays until the new one is there; answers that come too late are dropped.
 */
import { untrack } from 'svelte';
import type { ApiError } from './error';
import { live } from './live.svelte';

/** A question and its latest answer. */
export class Query<T> {
  /** The latest answer. */
  data = $state.raw<T>();
  /** What the latest question failed with; the data, if any, is then older. */
  error = $state.raw<ApiError>();
  /** Whether an answer is awaited. */
  isLoading = $state(true);
  #asked = 0;

  constructor(private readonly ask: () => Promise<T> | undefined) {}

  /** Asks again now. */
  readonly reload = (): Promise<void> => untrack(() => this.run());

  /** Asks; what `ask` reads before its first await is tracked by the caller. */
  async run(): Promise<void> {
    const turn = (this.#asked += 1);
    const answer = this.ask();
    if (!answer) {
      this.isLoading = false;
      return;
    }
    this.isLoading = true;
    try {
      const data = await answer;
      if (turn !== this.#asked) return;
      this.data = data;
      this.error = undefined;
    } catch (error) {
      if (turn !== this.#asked) return;
      this.error = error as ApiError;
    }
    this.isLoading = false;
  }
}

/** Makes a {@link Query} that belongs to the component it is made in. `ask` may answer `undefined` for "not now". */
export function query<T>(ask: () => Promise<T> | undefined): Query<T> {
  const made = new Query(ask);
  $effect(() => {
    void live.position;
    void made.run();
  });
  return made;
}
