/**
 * A long command: its progress, its end, and the way to stop it.
 *
 * ```svelte
 * const capture = new Job();
 * <Button busy={capture.words} onclick={() => capture.run('capture', { environment })}>Capture</Button>
 * {#if capture.error}<LoadError error={capture.error} />{/if}
 * ```
 */
import type { Progress } from '../../generated/Progress';
import { call, type CommandName, type RequestOf, type ResponseOf } from './call';
import type { ApiError } from './error';
import { live } from './live.svelte';

/** The commands that take a job's name. */
export type JobCommand = {
  [K in CommandName]: RequestOf<K> extends { job: string } ? K : never;
}[CommandName];

const NUMBERS = new Intl.NumberFormat('en-US');

/** One long command at a time. */
export class Job {
  #name = $state.raw<string>();
  #isCancelling = $state(false);
  /** What the last run failed with; a run that was cancelled leaves none. */
  error = $state.raw<ApiError>();

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#name !== undefined;
  }

  /** How far it is, once the core has said so. */
  get progress(): Progress | undefined {
    return this.#name === undefined ? undefined : live.progress(this.#name);
  }

  /** `false` while idle; else what to show on a busy button: "Capturing production, 1,204…". */
  get words(): false | string {
    if (this.#name === undefined) return false;
    if (this.#isCancelling) return 'Stopping…';
    const at = this.progress;
    if (!at) return 'Working…';
    if (at.total !== null)
      return `${at.phase}, ${NUMBERS.format(at.done)} of ${NUMBERS.format(at.total)}`;
    return at.done > 0 ? `${at.phase}, ${NUMBERS.format(at.done)}…` : `${at.phase}…`;
  }

  /** Runs a command; answers `undefined` if it failed (see `error`) or was cancelled. */
  async run<K extends JobCommand>(
    name: K,
    request: Omit<RequestOf<K>, 'job'>,
  ): Promise<ResponseOf<K> | undefined> {
    const job = crypto.randomUUID();
    this.#name = job;
    this.#isCancelling = false;
    this.error = undefined;
    try {
      return await call(name, { ...request, job } as RequestOf<K>);
    } catch (error) {
      if ((error as ApiError).code !== 'cancelled') this.error = error as ApiError;
      return undefined;
    } finally {
      live.forget(job);
      this.#name = undefined;
    }
  }

  /** Asks it to stop. */
  async cancel(): Promise<void> {
    if (this.#name === undefined) return;
    this.#isCancelling = true;
    await call('job_cancel', { job: this.#name });
  }
}
