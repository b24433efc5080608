/**
 * A search through the diffs of a release, from where the person is. Which changes hold the text is found by the core, in one
 * job; the page asks for the rows of no other change than the one that it goes to.
 */
import type { ChangeFilter } from '../../../generated/ChangeFilter';
import { call, Job } from '../../../lib/backend';
import type { DiffDocument } from '../../../lib/diff/document.svelte';

/** The place that was found: the `place`-th (from 0) of the row matches in a change. */
export interface Found {
  resource: string;
  place: number;
  of: number;
}

/** One search. */
export class DiffSearch {
  at = $state.raw<Found>();
  isSearching = $state(false);
  /** Whether all changes were looked through and nothing more was found. */
  isOver = $state(false);
  error = $state.raw<unknown>();
  #job = $state.raw<Job>();
  #turn = 0;
  #text = '';

  constructor(
    private readonly doc: DiffDocument,
    private readonly release: string,
    /** What the document shows. */
    private readonly filter: () => ChangeFilter,
  ) {}

  /** How many changes were looked through in this step. */
  get passed(): number {
    return this.#job?.progress?.done ?? 0;
  }

  /** Goes to the next (1) or previous (-1) row that holds the text, around the end if need be. */
  async step(text: string, step: 1 | -1): Promise<void> {
    if (text === '') return;
    this.stop();
    if (text !== this.#text) this.at = undefined;
    this.#text = text;
    const turn = this.#turn;
    this.isSearching = true;
    this.isOver = false;
    this.error = undefined;
    try {
      await this.#walk(text, step, turn);
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.isSearching = false;
    }
  }

  /** Ends the search. */
  stop(): void {
    this.#turn += 1;
    this.isSearching = false;
    if (this.#job?.isRunning) void this.#job.cancel();
    this.#job = undefined;
  }

  async #walk(text: string, step: 1 | -1, turn: number): Promise<void> {
    const { doc } = this;
    const here = doc.entries[doc.current]?.resource;
    if (here !== undefined && (await this.#show(here, text, step, this.#rowHere(step), turn)))
      return;
    let beyond = here ?? null;
    let isAround = false;
    while (turn === this.#turn) {
      const next = await this.#next(text, beyond, step, turn);
      if (turn !== this.#turn) return;
      if (next === undefined) {
        if (isAround) break;
        isAround = true;
        beyond = null;
        continue;
      }
      if (await this.#show(next, text, step, step > 0 ? -1 : Infinity, turn)) return;
      // As it is looked at, it does not hold the text.
      if (isAround && next === here) break;
      beyond = next;
    }
    if (turn !== this.#turn) return;
    this.at = undefined;
    this.isOver = true;
  }

  /** The next change beyond another one that holds the text. */
  async #next(
    text: string,
    beyond: string | null,
    step: 1 | -1,
    turn: number,
  ): Promise<string | undefined> {
    const job = new Job();
    this.#job = job;
    const answer = await job.run('changes_find', {
      release: this.release,
      filter: this.filter(),
      text,
      beyond,
      towards: step > 0 ? 'end' : 'beginning',
      limit: 1,
    });
    if (job.error !== undefined && turn === this.#turn) throw job.error;
    return answer?.found[0]?.resource;
  }

  /** Goes to the first row of a change, from another one on, that holds the text. Answers whether there is one. */
  async #show(
    resource: string,
    text: string,
    step: 1 | -1,
    from: number,
    turn: number,
  ): Promise<boolean> {
    const index = this.doc.indexOf(resource);
    const section = index === undefined ? undefined : this.doc.section(index);
    if (index === undefined || !section) return false;
    const { rows } = await call('diff_find', { diff: section.of(), text });
    if (turn !== this.#turn) return true;
    const row = step > 0 ? rows.find((one) => one > from) : rows.findLast((one) => one < from);
    if (row === undefined) return false;
    await this.doc.showRow(index, row);
    this.at = { resource, place: rows.indexOf(row), of: rows.length };
    return true;
  }

  #rowHere(step: 1 | -1): number {
    const { cursor } = this.doc;
    const here = this.doc.entries[this.doc.current]?.resource;
    if (cursor && cursor.resource === here && this.at) return cursor.row;
    return step > 0 ? -1 : Infinity;
  }
}
