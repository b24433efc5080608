/** What a person does with the changes in the document: goes through them, folds and marks them, comments on them. */
import type { Anchor } from '../../../generated/Anchor';
import type { DiffMode } from '../../../generated/DiffMode';
import type { Side } from '../../../generated/Side';
import type { CommandId } from '../../../lib/app/commands';
import { anchorOf, lineIn } from '../../../lib/diff/rows';
import type { Section } from '../../../lib/diff/section.svelte';
import { isSvg } from '../../../lib/domain/resource/names';
import { openDraftsOf } from '../conversation/drafts.svelte';
import type { Changes } from './changes.svelte';

/** The actions on the changes of one release. */
export class ChangeDeeds {
  constructor(private readonly changes: Changes) {}

  /** What the commands do, each to the change that the person is at. */
  get commands(): Partial<Record<CommandId, () => void>> {
    const { changes } = this;
    const { doc } = changes;
    return {
      'changes.next': () => doc.show(doc.current + 1),
      'changes.previous': () => doc.show(doc.current - 1),
      'changes.next-hunk': () => void doc.showHunk(1),
      'changes.previous-hunk': () => void doc.showHunk(-1),
      'changes.viewed': () => this.#toggleViewed(),
      ...(changes.showsAll && { 'changes.include': () => this.#include() }),
      'changes.comment': () => this.#here && this.comment(this.#here, this.#row ?? -1),
      'changes.layout': () => (changes.split.value = !changes.split.value),
      'changes.wrap': () => (changes.wrap.value = !changes.wrap.value),
      'changes.whole': () => this.#row !== undefined && this.#here?.togglePeek(this.#row),
      'changes.expand': () => void this.#expand(),
      'changes.raw': () => this.#here && this.#nextLook(this.#here),
      'changes.fold': () => this.fold(doc.current, true),
      'changes.unfold': () => this.fold(doc.current, false),
    };
  }

  /** Goes to the place of a comment; to its change where the place does not show. */
  async goTo(anchor: Anchor): Promise<void> {
    const { doc } = this.changes;
    const index = doc.indexOf(anchor.resource);
    if (index === undefined) return;
    doc.show(index);
    const section = doc.section(index);
    await section?.load();
    const row = section?.rowOf(anchor);
    if (row !== undefined && row >= 0) await doc.showRow(index, row);
  }

  /** Begins a comment on a row; on the change as a whole where there is no such row (-1). */
  readonly comment = (section: Section, row: number, side?: Side): void => {
    const shown = row < 0 || section.isPreview ? undefined : section.reading?.rows.row(row);
    const anchor: Anchor | undefined = shown
      ? anchorOf(section.resource, shown, side)
      : { kind: 'resource', resource: section.resource };
    if (anchor) this.#write(section, anchor, shown && lineIn(shown, side));
  };

  /** Begins a comment on a part of a document. */
  readonly commentOnField = (section: Section, path: string): void =>
    this.#write(section, { kind: 'field', resource: section.resource, path });

  /** Looks at a change in another way. What is chosen for one document holds for all; to look at one raw is a glance. */
  look(section: Section, look: DiffMode | 'preview'): void {
    if (look !== 'raw') this.changes.preview.value = look === 'preview';
    section.mode = look === 'raw' ? 'raw' : 'fields';
    void section.load();
  }

  /** Folds or unfolds a change, and goes to it. */
  fold(index: number, folded: boolean): void {
    const { doc } = this.changes;
    const section = doc.section(index);
    if (!section) return;
    section.folded = folded;
    section.isTouched = true;
    if (!folded) void section.load();
    doc.show(index);
  }

  get #here(): Section | undefined {
    return this.changes.doc.section(this.changes.doc.current);
  }

  /** The row of the change that the person is at, if at any. */
  get #row(): number | undefined {
    const { cursor } = this.changes.doc;
    return cursor && cursor.resource === this.#here?.resource ? cursor.row : undefined;
  }

  #write(section: Section, anchor: Anchor, line?: string): void {
    const { doc, release } = this.changes;
    section.folded = false;
    section.isTouched = true;
    openDraftsOf(release).open(anchor, line);
    // What is above all of a document may be out of sight.
    const index = doc.indexOf(section.resource);
    const isAbove = anchor.kind === 'resource' || section.isPreview;
    if (isAbove && index !== undefined) doc.show(index);
  }

  /** Opens hidden lines: of the gap next to where the person is, above it if there is one. */
  async #expand(): Promise<void> {
    const [section, row] = [this.#here, this.#row];
    const moved = await section?.expandNear(row ?? 0);
    if (section && moved !== undefined && row !== undefined && moved !== row) {
      this.changes.doc.cursor = { resource: section.resource, row: moved };
    }
  }

  /** Goes from fields to raw to the preview and on; a picture that is text has no preview. */
  #nextLook(section: Section): void {
    if (section.isPreview) this.look(section, 'fields');
    else if (section.mode === 'fields') this.look(section, 'raw');
    else this.look(section, isSvg(section.resource) ? 'fields' : 'preview');
  }

  #toggleViewed(): void {
    const { doc, ledger } = this.changes;
    const section = this.#here;
    if (!section) return;
    const viewed = !ledger.get(section.resource)?.viewed;
    void this.changes.setViewed(section.resource, viewed);
    if (viewed) doc.show(doc.current + 1);
  }

  #include(): void {
    const leaf = this.changes.ledger.get(this.#here?.resource ?? '');
    if (leaf) void this.changes.choose(leaf);
  }
}
