/**
 * A list that the core answers page by page and that stays current, for `VirtualList` and `TreeList`.
 *
 * ```ts
 * const releases = pagedList(
 *   () => ({ states, text }),
 *   async (of, offset, limit) => {
 *     const page = await call('release_list', { ...of, offset, limit });
 *     return { rows: page.releases, count: page.total, by_state: page.by_state };
 *   },
 * );
 * // <VirtualList rows={releases}>; releases.count, releases.answer?.by_state
 * ```
 *
 * `of` says what is listed; only another value of it makes another list. It is read again, page by page and as far as it
 * shows, when something changed in the workspace that it follows from (see `topics.ts`).
 */
import { untrack } from 'svelte';
import { PagedList, type Page, type PagedSizes } from '../ui/paged-list.svelte';
import { recorded, type Asked } from './call';
import { live } from './live.svelte';
import { concerns } from './topics';

/** How a list is read, beyond what it is of. */
export interface PagedOptions extends PagedSizes {
  /** Reads state that makes the list be read again when it changes. */
  version?: () => unknown;
}

/** Makes a {@link PagedList} that belongs to the component it is made in. */
export function pagedList<O, T, A extends Page<T>>(
  of: () => O,
  load: (of: O, from: number, limit: number) => Promise<A & Page<T>>,
  { version, ...sizes }: PagedOptions = {},
): PagedList<T, A> {
  let asked: readonly Asked[] = [];
  const loader = (listed: O) => {
    return (from: number, limit: number): Promise<A> => {
      const question = recorded(() => load(listed, from, limit));
      asked = question.asked;
      question.send();
      return question.result;
    };
  };
  let listed = untrack(() => JSON.stringify(of()));
  const list = new PagedList<T, A>(loader(untrack(of)), sizes);
  // Whether the list shows may depend on how long it is.
  $effect(() => untrack(() => list.load()));
  $effect(() => {
    const next = of();
    const name = JSON.stringify(next);
    if (name === listed) return;
    listed = name;
    untrack(() => list.ask(loader(next)));
  });
  let isFirst = true;
  $effect(() => {
    version?.();
    if (!isFirst) untrack(() => list.refresh());
    isFirst = false;
  });
  $effect(() =>
    live.hear((topics) => {
      if (concerns(topics, asked)) list.refresh();
    }),
  );
  return list;
}
