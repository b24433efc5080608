/**
 * Asks for parts of something that the core worked out before and keeps for a while, such as the pages of a plan. When the core
 * no longer has it, it is worked out again, once for all the parts that wait for it, and the question is asked again.
 */
import { ApiError } from './error';

/** Questions about one thing that can expire. */
export class Renewing {
  #renewal: Promise<unknown> | undefined;

  /** `renew` has the core work it out again. */
  constructor(private readonly renew: () => Promise<unknown>) {}

  /** Asks, and once more after a renewal if that is what it takes. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'expired') throw error;
      this.#renewal ??= this.renew().finally(() => (this.#renewal = undefined));
      await this.#renewal;
      return question();
    }
  }
}
