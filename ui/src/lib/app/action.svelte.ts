/**
 * Something that a person sends: whether it is under way, and what it failed with. For a long command with progress see `Job`.
 *
 * ```svelte
 * const save = new Action();
 * const send = () => save.run(async () => { await call('person_set', person); onclose(); });
 * <Button busy={save.isRunning} onclick={send}>Save</Button>
 * {#if save.error}<LoadError error={save.error} />{/if}
 * ```
 *
 * One of several that exclude each other has a name: `audit.run(…, 'verify')`, `audit.doing === 'verify'`.
 */
export class Action<Name extends string = string> {
  #doing = $state.raw<Name | ''>();
  /** What the last run failed with; `undefined` while it runs and once it is done. */
  error = $state.raw<unknown>();

  /** Whether it is under way. */
  get isRunning(): boolean {
    return this.#doing !== undefined;
  }

  /** The name of what is under way; `undefined` when nothing is, or it was given none. */
  get doing(): Name | undefined {
    return this.#doing || undefined;
  }

  /**
   * Does it, with all that follows from it, and says whether it was done. While it is under way a second one does nothing,
   * so that a double click sends once.
   */
  async run(act: () => Promise<unknown>, name?: Name): Promise<boolean> {
    if (this.isRunning) return false;
    this.#doing = name ?? '';
    this.error = undefined;
    try {
      await act();
      return true;
    } catch (failed) {
      this.error = failed;
      return false;
    } finally {
      this.#doing = undefined;
    }
  }
}
