/** A search through the diffs of a release, one after another, from where the person is. */
import { call } from '../../../lib/backend';
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
  /** How many changes were looked through in this step. */
  passed = $state(0);
  error = $state.raw<unknown>();
  #turn = 0;
  #text = '';

  constructor(private readonly doc: DiffDocument) {}

  /** Goes to the next (1) or previous (-1) row that holds the text, around the end if need be. */
  async step(text: string, step: 1 | -1): Promise<void> {
    if (text === '') return;
    if (text !== this.#text) this.at = undefined;
    this.#text = text;
    const turn = (this.#turn += 1);
    this.isSearching = true;
    this.isOver = false;
    this.error = undefined;
    this.passed = 0;
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
  }

  async #walk(text: string, step: 1 | -1, turn: number): Promise<void> {
    const { doc } = this;
    const { length } = doc.entries;
    let from = this.#rowHere(step);
    for (let passed = 0; passed <= length; passed += 1) {
      const index = (doc.current + step * passed + length * 2) % length;
      const section = doc.section(index);
      if (!section) return;
      const { rows } = await call('diff_find', { diff: section.of(), text });
      if (turn !== this.#turn) return;
      this.passed = passed + 1;
      const row = step > 0 ? rows.find((one) => one > from) : rows.findLast((one) => one < from);
      if (row !== undefined) {
        await doc.showRow(index, row);
        this.at = { resource: section.resource, place: rows.indexOf(row), of: rows.length };
        return;
      }
      from = step > 0 ? -1 : Infinity;
    }
    this.at = undefined;
    this.isOver = true;
  }

  #rowHere(step: 1 | -1): number {
    const { cursor } = this.doc;
    const here = this.doc.entries[this.doc.current]?.resource;
    if (cursor && cursor.resource === here && this.at) return cursor.row;
    return step > 0 ? -1 : Infinity;
  }
}
