import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../lib/backend';
import { giveSize } from '../../lib/ui/testing/sized';
import Concerns from '../../lib/parts/plan/Concerns.svelte';
import OperationList from '../../lib/parts/plan/OperationList.svelte';
import { PlanPages } from '../../lib/parts/plan/pages';
import { manyOperations, operation, page, samplePlan } from '../../lib/domain/testing/samples';

type Request = { plan: string; filter: string; offset: number; limit: number };

const answers = vi.hoisted(() => new Map<string, (request: never) => unknown>());
const sent = vi.hoisted(() => [] as Request[]);

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Request) => {
      sent.push(request);
      return answers.get(name)?.(request as never);
    },
    listen: () => () => undefined,
  },
}));

vi.setConfig({ testTimeout: 60_000 });

const TALL = 560;
const COUNT = 10_000;
const operations = manyOperations(COUNT);
const plan = samplePlan(operations);

beforeEach(() => {
  giveSize(TALL);
  sent.length = 0;
  answers.set('plan_operations', ({ offset, limit }: Request) => page(operations, offset, limit));
});

async function scrollToEnd(list: HTMLElement, rowHeight: number, rows: number): Promise<void> {
  list.scrollTop = rows * rowHeight - TALL;
  await fireEvent.scroll(list);
}

describe('the operations of a long plan', () => {
  it('are read page by page to the last one', async () => {
    const pages = new PlanPages(
      () => plan,
      () => Promise.resolve(),
    );
    render(OperationList, { plan, pages });
    expect(await screen.findByText(/item-0001/u)).toBeTruthy();
    await scrollToEnd(screen.getByLabelText('Operations'), 28, COUNT);
    expect(await screen.findByText(/item-10000/u)).toBeTruthy();
    expect(sent.length, 'no more than the pages that showed').toBeLessThanOrEqual(4);
    expect(new Set(sent.map((one) => one.plan))).toEqual(new Set([plan.fingerprint]));
  });

  it('are asked for again once the core has worked the plan out again', async () => {
    let isForgotten = true;
    answers.set('plan_operations', ({ offset, limit }: Request) => {
      if (isForgotten) throw new ApiError('expired', 'No longer in memory', '', true);
      return page(operations, offset, limit);
    });
    const renew = vi.fn(async () => void (isForgotten = false));
    render(OperationList, { plan, pages: new PlanPages(() => plan, renew) });
    expect(await screen.findByText(/item-0001/u)).toBeTruthy();
    expect(renew).toHaveBeenCalledOnce();
  });
});

describe('what stands out in a plan', () => {
  it('needs no question while it came with the view, and is read to its end where it did not', async () => {
    const final = Array.from({ length: 300 }, (_, at) =>
      operation(at + 1, `object/products:final-${at + 1}`, { reversible: false }),
    );
    answers.set('plan_operations', ({ filter, offset, limit }: Request) =>
      page(filter === 'irreversible' ? final : [], offset, limit),
    );
    const long = samplePlan(final);
    const pages = new PlanPages(
      () => long,
      () => Promise.resolve(),
    );
    render(Concerns, { plan: long, pages });
    expect(await screen.findByText(/final-1$/u)).toBeTruthy();
    expect(sent, 'the first entries came with the view').toEqual([]);
    const list = screen.getAllByLabelText('Cannot be undone').at(-1);
    await scrollToEnd(list as HTMLElement, 66, final.length);
    await waitFor(() => expect(screen.getByText(/final-300/u)).toBeTruthy());
    expect(sent).toMatchObject([{ filter: 'irreversible', offset: 200, limit: 100 }]);
  });
});
