/** What the palette finds: commands that do something now, releases, environments; and the one that Enter chooses. */
import { fuzzyFilter, type Match } from '../../lib/app/fuzzy';
import { enabledCommands, run } from '../../lib/app/handlers.svelte';
import type { Overview } from '../../lib/app/overview.svelte';
import { go } from '../../lib/app/router.svelte';
import { call, query } from '../../lib/backend';
import { meaningOf } from '../../lib/domain/release/status';

/** One line that can be chosen. */
export interface Entry {
  id: string;
  group: 'Commands' | 'Releases' | 'Environments';
  text: string;
  note?: string | undefined;
  keys?: string | undefined;
  choose: () => void;
}

/** The most lines that show. */
const MAX_SHOWN = 60;

/** A search in the palette. Make it while a component is set up. */
export class PaletteSearch {
  #text = $state('');
  #active = $state(0);
  readonly #releases = query(() =>
    call('release_list', {
      states: [],
      text: this.#text.trim(),
      in_review: false,
      offset: 0,
      limit: 20,
    }),
  );
  readonly #entries = $derived.by<Entry[]>(() => [
    ...this.#commandEntries(),
    ...this.#releaseEntries(),
    ...this.#environmentEntries(),
  ]);
  /** What matches: best first, but kept together by group, in the order of each group's best. */
  readonly found = $derived.by<{ item: Entry; match: Match }[]>(() => {
    const matches = fuzzyFilter(this.#text, this.#entries, (entry) => entry.text);
    return matches
      .map(({ item }) => item.group)
      .filter((group, at, all) => all.indexOf(group) === at)
      .flatMap((group) => matches.filter(({ item }) => item.group === group))
      .slice(0, MAX_SHOWN);
  });

  constructor(
    private readonly overview: Pick<Overview, 'environments'>,
    private readonly close: () => void,
  ) {}

  /** What is searched for. */
  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#active = 0;
  }

  /** The index of the active line; -1 where nothing matches. */
  get active(): number {
    return Math.min(this.#active, this.found.length - 1);
  }

  set active(index: number) {
    this.#active = index;
  }

  /** Makes the next or the one before active, around the ends. */
  move(step: 1 | -1): void {
    const { length } = this.found;
    if (length > 0) this.#active = (this.active + step + length) % length;
  }

  /** Closes the palette, and goes to a line or does it. */
  choose(entry = this.found[this.active]?.item): void {
    if (!entry) return;
    this.close();
    entry.choose();
  }

  #commandEntries(): Entry[] {
    return enabledCommands()
      .filter((command) => !command.onlyKeys)
      .map(({ id, title, group, keys }) => ({
        id,
        group: 'Commands',
        text: title,
        note: group === 'Go to' ? undefined : group,
        keys,
        choose: () => run(id),
      }));
  }

  #releaseEntries(): Entry[] {
    return (this.#releases.data?.releases ?? []).map((release) => ({
      id: release.id,
      group: 'Releases',
      text: release.tag,
      note: `${meaningOf(release).label} · ${release.source} → ${release.target}`,
      choose: () => go({ page: 'release', id: release.id, tab: 'overview' }),
    }));
  }

  #environmentEntries(): Entry[] {
    return this.overview.environments.map(({ environment: { id, name }, place }) => ({
      id,
      group: 'Environments',
      text: name,
      note: place,
      choose: () => go({ page: 'environment', id }),
    }));
  }
}
