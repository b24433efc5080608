/** The lists of a plan, page by page, and the whole of them for a copy. */
import type { Blocked } from '../../../generated/Blocked';
import type { CycleMember } from '../../../generated/CycleMember';
import type { Drift } from '../../../generated/Drift';
import type { OperationFilter } from '../../../generated/OperationFilter';
import type { Page } from '../../../generated/Page';
import type { PlanGraph } from '../../../generated/PlanGraph';
import type { PlanOperation } from '../../../generated/PlanOperation';
import type { PlanView } from '../../../generated/PlanView';
import type { SkippedChange } from '../../../generated/SkippedChange';
import { PagedList } from '../../ui';
import { call, Renewing, type RequestOf, type ResponseOf } from '../../backend';

/** The most entries of each list that a copy holds; the command line prints them all. */
const MAX_COPIED = 20_000;
const PAGE = 1000;

/** Loads a part of a list. */
export type PageLoader<T> = (offset: number, limit: number) => Promise<Page<T>>;

type PlanList = 'plan_blocked' | 'plan_drift' | 'plan_skipped' | 'plan_cycles';

/** A plan and its lists, none longer than {@link MAX_COPIED}. */
export interface WholePlan {
  plan: PlanView;
  operations: PlanOperation[];
  blocked: Blocked[];
  drift: Drift[];
  skipped: SkippedChange[];
  cycles: CycleMember[];
}

/** The rows, for a `VirtualList`, of a list that never changes and whose first entries came with its view. */
export function sourceOf<T>({ rows, total }: Page<T>, load: PageLoader<T>): PagedList<T> {
  return new PagedList((from, limit) => {
    const to = Math.min(from + limit, total);
    if (to <= rows.length) return { rows: rows.slice(from, to), count: total };
    return load(from, limit).then((page) => ({ rows: page.rows, count: page.total }));
  });
}

/** Reads the lists of the plan that is shown; when the core no longer has it, `renew` has it worked out again. */
export class PlanPages {
  readonly #renewing: Renewing;

  constructor(
    private readonly plan: () => PlanView,
    renew: () => Promise<unknown>,
  ) {
    this.#renewing = new Renewing(renew);
  }

  readonly operations: PageLoader<PlanOperation> = (offset, limit) =>
    this.#operations('all', offset, limit);
  readonly irreversible: PageLoader<PlanOperation> = (offset, limit) =>
    this.#operations('irreversible', offset, limit);
  readonly highRisk: PageLoader<PlanOperation> = (offset, limit) =>
    this.#operations('high_risk', offset, limit);
  readonly blocked: PageLoader<Blocked> = (offset, limit) =>
    this.#list('plan_blocked', offset, limit);
  readonly drift: PageLoader<Drift> = (offset, limit) => this.#list('plan_drift', offset, limit);
  readonly skipped: PageLoader<SkippedChange> = (offset, limit) =>
    this.#list('plan_skipped', offset, limit);
  readonly cycles: PageLoader<CycleMember> = (offset, limit) =>
    this.#list('plan_cycles', offset, limit);

  /** Reads the graph. */
  graph(): Promise<PlanGraph> {
    return this.#renewing.ask(() => call('plan_graph', { plan: this.plan().fingerprint }));
  }

  /** Reads all lists, each up to {@link MAX_COPIED}. */
  async whole(): Promise<WholePlan> {
    const plan = this.plan();
    const [operations, blocked, drift, skipped, cycles] = await Promise.all([
      readAll(this.operations),
      readAll(this.blocked),
      readAll(this.drift),
      readAll(this.skipped),
      readAll(this.cycles),
    ]);
    return { plan, operations, blocked, drift, skipped, cycles };
  }

  #operations(
    filter: OperationFilter,
    offset: number,
    limit: number,
  ): Promise<Page<PlanOperation>> {
    return this.#renewing.ask(() =>
      call('plan_operations', { plan: this.plan().fingerprint, filter, offset, limit }),
    );
  }

  #list<K extends PlanList>(name: K, offset: number, limit: number): Promise<ResponseOf<K>> {
    return this.#renewing.ask(() =>
      call(name, { plan: this.plan().fingerprint, offset, limit } as RequestOf<K>),
    );
  }
}

/** Reads a list to its end, or up to {@link MAX_COPIED} entries. */
export async function readAll<T>(load: PageLoader<T>): Promise<T[]> {
  const rows: T[] = [];
  for (let total = Infinity; rows.length < Math.min(total, MAX_COPIED);) {
    const page = await load(rows.length, PAGE);
    if (page.rows.length === 0) break;
    rows.push(...page.rows);
    total = page.total;
  }
  return rows;
}
