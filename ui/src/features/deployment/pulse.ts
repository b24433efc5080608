/** Does something at most every so often, the first time at once and the last time after the last call. */
export class Pulse {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;

  constructor(
    private readonly periodMs: number,
    private readonly beat: () => void,
  ) {}

  /** Asks for a beat. */
  touch(): void {
    if (this.#timer !== undefined) {
      this.#isDue = true;
      return;
    }
    this.beat();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isDue) return;
      this.#isDue = false;
      this.touch();
    }, this.periodMs);
  }

  /** Forgets a beat that is due. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }
}
