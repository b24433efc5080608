/** Asks the core for operations of a deployment, in the order in which a list shows them. */
import type { OperationRow } from '../../generated/OperationRow';
import { call } from '../../lib/backend';
import { slices, type Segment } from './segments';

/** The most operations that a report holds. */
export const MAX_REPORT_ROWS = 20_000;
const PAGE = 1000;

/** The rows `from` (inclusive) to `to` (exclusive) of a list made of segments. */
export async function operationRows(
  deployment: string,
  list: readonly Segment[],
  from: number,
  to: number,
): Promise<OperationRow[]> {
  const pages = await Promise.all(
    slices(list, from, to).map(({ states, offset, limit }) =>
      call('deployment_operations', { deployment, states: [...states], offset, limit }),
    ),
  );
  return pages.flatMap((page) => page.operations);
}

/** All operations in the order of the plan, up to {@link MAX_REPORT_ROWS}. */
export async function allOperations(deployment: string): Promise<OperationRow[]> {
  const rows: OperationRow[] = [];
  for (let total = Infinity; rows.length < Math.min(total, MAX_REPORT_ROWS);) {
    const page = await call('deployment_operations', {
      deployment,
      states: [],
      offset: rows.length,
      limit: PAGE,
    });
    if (page.operations.length === 0) break;
    rows.push(...page.operations);
    total = page.total;
  }
  return rows;
}
