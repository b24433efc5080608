/** The operations of a deployment as a list: which of them show, in which order, and the one that is shown in full. */
import type { DeploymentView } from '../../generated/DeploymentView';
import type { OperationRow } from '../../generated/OperationRow';
import { pagedList } from '../../lib/backend';
import { isRunning } from '../../lib/domain/deployment/phases';
import { remembered, type PagedList } from '../../lib/ui';
import { operationRows } from './operations';
import { length, segments, type Filter, type Order } from './segments';

/** The operations of a deployment. Make it while a component is set up. */
export class OperationList {
  readonly rows: PagedList<OperationRow>;
  /** Which show. */
  filter = $state<Filter>('all');
  /** The active row; -1: none. */
  active = $state(-1);
  readonly #order = remembered<Order>('deployment.order', 'active');
  readonly #segments = $derived.by(() =>
    segments(this.view().counts, this.#order.value, this.filter),
  );

  constructor(
    private readonly view: () => DeploymentView,
    /** Reads state that changes when operations may have changed. */
    version: () => unknown,
  ) {
    this.rows = pagedList(
      () => ({ id: view().deployment.id, filter: this.filter, order: this.#order.value }),
      async ({ id }, from, limit) => {
        const list = this.#segments;
        return { rows: await operationRows(id, list, from, from + limit), count: length(list) };
      },
      { version },
    );
    // Why it failed is shown in full at once: the first that failed is on top.
    $effect(() => {
      const isFailed = !this.runs && view().counts.failed > 0;
      if (isFailed && this.isActiveFirst && this.active < 0) this.active = 0;
    });
  }

  /** Whether somebody executes the deployment now. */
  get runs(): boolean {
    return isRunning(this.view());
  }

  /** Whether there is something to order: not where all is in one state. */
  get isMixed(): boolean {
    return segments(this.view().counts, 'active', 'all').length > 1;
  }

  /** Whether what runs or failed is on top, and not the order of the plan. */
  get isActiveFirst(): boolean {
    return this.#order.value === 'active';
  }

  set isActiveFirst(on: boolean) {
    this.#order.value = on ? 'active' : 'plan';
  }

  /** The operation of the active row, once it is here. */
  get current(): OperationRow | undefined {
    return this.active < 0 ? undefined : this.rows.row(this.active);
  }
}
