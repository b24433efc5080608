/** A made-up core that answers the commands of the release screens. Nothing that ships imports this. */
import type { ChangeFilter } from '../../../generated/ChangeFilter';
import type { ChangeRow } from '../../../generated/ChangeRow';
import type { Comment } from '../../../generated/Comment';
import type { DiffOf } from '../../../generated/DiffOf';
import type { FieldRow } from '../../../generated/FieldRow';
import type { Moment } from '../../../generated/Moment';
import type { ReleaseView } from '../../../generated/ReleaseView';
import type { Row } from '../../../generated/Row';
import type { Selection } from '../../../generated/Selection';
import type { Thread } from '../../../generated/Thread';
import type { CommandName, RequestOf, ResponseOf } from '../../../lib/backend';
import { CHANGES, diffView, type FakeChange } from './changes';
import { comment, COMMENTS, MARA, releaseView, review } from '../../../lib/domain/testing/release';
import { line, split } from '../../../lib/diff/testing/rows';

/** How many replies a thread comes with. */
const REPLIES = 20;
/** How many changes one answer puts in order. */
const ORDER_PAGE = 1_000;

/** The core of one made-up workspace. */
export class FakeCore {
  view: ReleaseView;
  comments: readonly Comment[];
  readonly viewed = new Set<string>();
  readonly left = new Set<string>();
  /** What was called, in order. */
  readonly calls: { name: CommandName; request: unknown }[] = [];
  #position = 0;
  onchanged: ((position: number) => void) | undefined;

  constructor(
    state: ReleaseView['release']['state'] = 'open',
    readonly changes: readonly FakeChange[] = CHANGES,
  ) {
    this.view = releaseView(state);
    this.comments = state === 'draft' ? [] : COMMENTS;
    this.viewed.add('object/products:canvas-tote');
  }

  /** Answers a command, or throws an error as the wire has it. */
  call<K extends CommandName>(name: K, request: RequestOf<K>): ResponseOf<K> {
    this.calls.push({ name, request });
    const answer = (this.#answers as Record<string, (request: never) => unknown>)[name];
    if (!answer) {
      throw {
        code: 'invalid',
        message: `The made-up core does not know ${name}`,
        hint: '',
        retryable: false,
      };
    }
    return answer(request as never) as ResponseOf<K>;
  }

  readonly #answers: { [K in CommandName]?: (request: RequestOf<K>) => ResponseOf<K> } = {
    app_status: () => ({
      version: '0.1.0',
      workspace: {
        name: 'Northwind Outfitters',
        path: '/w/northwind.slipway',
        is_sample: true,
        is_read_only: false,
        missing_records: 0,
      },
      recent: [],
      person: MARA,
      suggested_person: null,
      default_folder: '/w',
    }),
    preferences: () => ({ preferences: {} }),
    environment_list: () => ({ environments: [], tier_policies: [] }),
    release_list: () => ({ releases: [], total: 0, by_state: [] }),
    deployment_list: () => ({ deployments: [], total: 0 }),
    trail: () => ({ entries: [], total: 0 }),
    release_get: () => this.view,
    change_rows: ({ filter, folded, from, limit }) => {
      const { rows, matching } = this.#tree(filter, folded);
      return {
        rows: rows.slice(from, from + limit),
        total_rows: rows.length,
        matching: matching.length,
        matching_included: matching.filter((one) => this.#isIn(one)).length,
        total: this.changes.length,
        viewed: this.changes.filter((one) => this.viewed.has(one.resource)).length,
        included: this.changes.filter((one) => this.#isIn(one)).length,
      };
    },
    change_place: ({ resource, filter, folded }) => {
      const { rows, matching } = this.#tree(filter, folded);
      const wanted = matching.find((one) => one.resource === resource);
      const path = `${wanted?.group.join('/') ?? ''}/`;
      const row = rows.findIndex((one) =>
        one.type === 'change'
          ? one.resource === resource
          : one.folded && path.startsWith(`${one.id}/`),
      );
      return { row: wanted && row >= 0 ? row : null };
    },
    change_order: ({ filter, from }) => {
      const matching = this.changes.filter((one) => this.#matches(one, filter));
      return {
        changes: matching
          .slice(from, from + ORDER_PAGE)
          .map((one) => [one.resource, one.change, one.before, one.after]),
        total: matching.length,
      };
    },
    viewed_set: ({ resource, viewed }) => {
      if (viewed) this.viewed.add(resource);
      else this.viewed.delete(resource);
      return {};
    },
    diff: (of) => diffView(this.#find(of.resource), this.#rows(of), of.split),
    diff_rows: ({ diff, from, limit }) => {
      const { endless } = this.#find(diff.resource);
      if (endless) {
        const count = Math.max(0, Math.min(limit, endless.rows - from));
        return {
          kind: 'text',
          rows: Array.from({ length: count }, (_, at) => endless.row(from + at)),
        };
      }
      const rows = this.#rows(diff).slice(from, from + limit);
      const isFields =
        rows[0]?.kind === 'field' || rows[0]?.kind === 'group' || rows[0]?.kind === 'text';
      return isFields
        ? { kind: 'fields', rows: rows as FieldRow[] }
        : { kind: 'text', rows: rows as Row[] };
    },
    diff_find: ({ diff, text }) => ({
      rows: this.#rows(diff).flatMap((row, at) =>
        JSON.stringify(row).toLowerCase().includes(text.toLowerCase()) ? [at] : [],
      ),
    }),
    documents: () => ({ pair: null }),
    changes_find: ({ filter, text, beyond, towards, limit }) => {
      const shown = this.changes.filter((one) => this.#matches(one, filter));
      if (towards === 'beginning') shown.reverse();
      const from = beyond === null ? 0 : shown.findIndex((one) => one.resource === beyond) + 1;
      const found = shown.slice(from).flatMap(({ resource }) => {
        const source = { kind: 'release', release: this.view.release.id } as const;
        const of: DiffOf = { source, resource, mode: 'fields', split: false, expanded: [] };
        const rows = this.#rows(of).filter((row) =>
          JSON.stringify(row).toLowerCase().includes(text.toLowerCase()),
        );
        return rows.length > 0 ? [{ resource, rows: rows.length }] : [];
      });
      return { found: found.slice(0, limit), is_all: found.length <= limit };
    },
    picture: ({ blob }) => ({
      state: 'drawn',
      png: PICTURES[Number.parseInt(blob.slice(-1), 16) % 2] ?? '',
      width: 1_200,
      height: 480,
      notes: [],
    }),
    release_include: ({ selection, included }) => {
      const resources = this.#selected(selection);
      const changed = resources.filter((resource) => this.left.has(resource) === included).length;
      for (const resource of resources) {
        if (included) this.left.delete(resource);
        else this.left.add(resource);
      }
      return {
        included: this.changes.length - this.left.size,
        total: this.changes.length,
        changed,
        pulled_in:
          included && resources.includes('object/products:blue-shirt')
            ? [
                {
                  resource: 'object/collections:spring',
                  needed_by: 'object/products:blue-shirt',
                  path: 'collections[0]',
                },
              ]
            : [],
      };
    },
    comment_add: ({ anchor, reply_to, body }) => {
      const id = `c${this.comments.length + 1}`;
      const said = comment(id, body, { by: MARA, at: Date.now(), anchor, reply_to });
      return this.#converse([...this.comments, said]);
    },
    comment_resolve: ({ comment: id, resolved }) =>
      this.#converse(this.comments.map((one) => (one.id === id ? { ...one, resolved } : one))),
    timeline: ({ offset, limit }) => pageOf(this.#moments(), offset, limit),
    thread_list: ({ resource, offset, limit }) =>
      pageOf(
        this.#threads().filter(({ root }) => root.anchor?.resource === resource),
        offset,
        limit,
      ),
    comment_list: ({ thread, offset, limit }) =>
      pageOf(
        this.comments.filter(({ reply_to }) => thread === null || reply_to === thread),
        offset,
        limit,
      ),
    review_submit: ({ verdict, message }) =>
      this.#decide({
        reviews: [
          ...this.view.release.reviews,
          review(`r${this.view.release.reviews.length + 1}`, {
            by: MARA,
            at: Date.now(),
            verdict,
            message,
          }),
        ],
      }),
    review_dismiss: ({ review: id, reason }) =>
      this.#decide({
        reviews: this.view.release.reviews.map((one) =>
          one.id === id ? { ...one, dismissed: [MARA, reason] } : one,
        ),
      }),
    release_describe: ({ tag, notes, kind }) => this.#decide({ tag, notes, kind }),
    release_refresh: () => this.#decide({}),
    release_cancel: () => this.#decide({ state: 'cancelled' }),
    release_open: () =>
      this.#decide({ state: 'open', revisions: releaseView('open').release.revisions }),
    patch: () => ({ base64: btoa('diff --git a/x b/x\n') }),
  };

  #converse(comments: readonly Comment[]): ReleaseView {
    this.comments = comments;
    const unresolved = this.#threads().filter(({ root }) => !root.resolved).length;
    this.view = { ...this.view, unresolved };
    return this.#decide({});
  }

  #threads(): Thread[] {
    const threads = new Map<string, Thread>();
    for (const one of this.comments) {
      const thread = threads.get(one.reply_to ?? '');
      if (!thread) {
        threads.set(one.id, { root: one, replies: [], reply_count: 0 });
        continue;
      }
      thread.reply_count += 1;
      thread.replies = [...thread.replies, one].slice(-REPLIES);
    }
    return [...threads.values()];
  }

  #moments(): Moment[] {
    const { release } = this.view;
    const moments: [at: number, moment: Moment][] = [
      [release.created_at, { kind: 'made', at: release.created_at, by: release.created_by }],
      ...release.revisions.map((revision): [number, Moment] => [
        revision.at,
        { kind: 'sealed', revision },
      ]),
      ...release.reviews.map((one): [number, Moment] => [
        one.at,
        { kind: 'reviewed', review: one },
      ]),
      ...this.#threads().map((thread): [number, Moment] => [
        thread.root.at,
        { kind: 'said', thread },
      ]),
    ];
    return moments.sort(([a], [b]) => a - b).map(([, moment]) => moment);
  }

  #decide(change: Partial<ReleaseView['release']>): ReleaseView {
    this.view = { ...this.view, release: { ...this.view.release, ...change } };
    this.#position += 1;
    this.onchanged?.(this.#position);
    return this.view;
  }

  #find(resource: string): FakeChange {
    const found = this.changes.find((one) => one.resource === resource);
    if (!found)
      throw { code: 'invalid', message: `There is no ${resource}`, hint: '', retryable: false };
    return found;
  }

  #rows(of: DiffOf): readonly (Row | FieldRow)[] {
    const change = this.#find(of.resource);
    if (change.fields && of.mode === 'fields') return change.fields;
    const text: readonly Row[] =
      change.text ??
      (change.fields ?? []).map((row): Row => {
        const said = row.kind === 'field' ? `  "${row.label}": …` : '  {';
        return { kind: 'unified', mark: 'added', before: null, after: 1, line: line(said) };
      });
    return of.split ? split(text) : text;
  }

  #isIn(change: FakeChange): boolean {
    return change.withheld === undefined && !this.left.has(change.resource);
  }

  #matches(change: FakeChange, filter: ChangeFilter): boolean {
    return (
      change.resource.toLowerCase().includes(filter.text.toLowerCase()) &&
      (filter.kinds.length === 0 || filter.kinds.includes(change.change)) &&
      (!filter.included || this.#isIn(change)) &&
      (!filter.risky || (change.risk ?? 'low') !== 'low') &&
      (!filter.unviewed || !this.viewed.has(change.resource)) &&
      (!filter.commented || this.#comments(change) > 0)
    );
  }

  #selected(selection: Selection): string[] {
    if (selection.type === 'resources') return selection.resources;
    const { filter, group } = selection;
    return this.changes
      .filter((one) => this.#matches(one, filter) && one.withheld === undefined)
      .filter((one) => group === null || `${one.group.join('/')}/`.startsWith(`${group}/`))
      .map(({ resource }) => resource);
  }

  #comments(change: FakeChange): number {
    return this.comments.filter(
      (one) => one.anchor?.resource === change.resource && !one.resolved && one.reply_to === null,
    ).length;
  }

  #tree(
    filter: ChangeFilter,
    folded: readonly string[],
  ): { rows: ChangeRow[]; matching: FakeChange[] } {
    const matching = this.changes.filter((one) => this.#matches(one, filter));
    const rows: ChangeRow[] = [];
    let open: readonly string[] = [];
    let hidden: string | undefined;
    for (const change of matching) {
      change.group.forEach((title, depth) => {
        const id = change.group.slice(0, depth + 1).join('/');
        if (open.slice(0, depth + 1).join('/') === id) return;
        if (hidden !== undefined && id.startsWith(`${hidden}/`)) return;
        hidden = undefined;
        const members = matching.filter((one) => `${one.group.join('/')}/`.startsWith(`${id}/`));
        const isFolded = folded.includes(id);
        rows.push({
          type: 'group',
          id,
          title,
          depth,
          count: members.length,
          included: members.filter((one) => this.#isIn(one)).length,
          folded: isFolded,
        });
        if (isFolded) hidden = id;
      });
      open = change.group;
      if (hidden !== undefined) continue;
      const name = change.resource.slice(change.resource.indexOf(':') + 1);
      rows.push({
        type: 'change',
        index: this.changes.indexOf(change),
        depth: change.group.length,
        resource: change.resource,
        title: name.slice(name.lastIndexOf('/') + 1),
        change: change.change,
        included: this.#isIn(change),
        withheld: change.withheld ?? null,
        viewed: this.viewed.has(change.resource),
        comments: this.#comments(change),
        risk: change.risk ?? 'low',
        reversible: change.reversible ?? true,
        needed_by: change.neededBy ?? null,
      });
    }
    return { rows, matching };
  }
}

function pageOf<T>(all: readonly T[], offset: number, limit: number): { rows: T[]; total: number } {
  return { rows: all.slice(offset, offset + limit), total: all.length };
}

/** Two pictures of one colour each, PNGs in base 64. */
const PICTURES = [
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAACCAIAAAAfCIEKAAAAEElEQVR42mNYm8eGjBjQ+AC7RgtLHQd/LAAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAACCAIAAAAfCIEKAAAAEElEQVR42mPgzi5ARgxofACL7gj9ANr6rAAAAABJRU5ErkJggg==',
] as const;
