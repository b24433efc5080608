/** A core that makes everything up, for looking at screens under `vite dev`. It answers in place of the network. */
import type { Event } from '../../generated/Event';
import type { DeploymentView } from '../../generated/DeploymentView';
import type { OperationRow } from '../../generated/OperationRow';
import type { OperationState } from '../../generated/OperationState';
import type { PlanView } from '../../generated/PlanView';
import type { PlanOperation } from '../../generated/PlanOperation';
import type { RollbackCounts } from '../../generated/RollbackCounts';
import type { RollbackFilter } from '../../generated/RollbackFilter';
import type { RollbackItem } from '../../generated/RollbackItem';
import type { RollbackSelected } from '../../generated/RollbackSelected';
import type { RollbackView } from '../../generated/RollbackView';
import type { SelectionStep } from '../../generated/SelectionStep';
import {
  counts,
  manyOperations,
  MARA,
  page,
  sampleDeployment,
  sampleGraph,
  sampleOperations,
  samplePlan,
  troubledPlan,
  version,
} from '../../lib/domain/testing/samples';

/** What is made up: taken from the page's address. */
export interface Scene {
  /** How many operations the plan has; 0: the ordinary few. */
  operations: number;
  /** Whether everything is the matter with the plan. */
  trouble: boolean;
  /** The state of the deployment. */
  state: DeploymentView['deployment']['state'];
  /** Whether the rollback has edits and refusals. */
  edits: boolean;
  /** Whether everything fails. */
  broken: boolean;
  /** How long an answer takes, in milliseconds. */
  slow: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Puts the made-up core in the network's place. */
export function startFakeCore(scene: Scene): void {
  const handlers = new Set<(event: Event) => void>();
  const tell = (event: Event): void => handlers.forEach((handler) => handler(event));
  const core = new FakeCore(scene, tell);
  globalThis.fetch = async (url, init) => {
    const name = String(url).replace('/api/', '');
    const request = JSON.parse(String(init?.body ?? '{}')) as Record<string, unknown>;
    await wait(scene.slow);
    try {
      return Response.json(await core.call(name, request));
    } catch (error) {
      return Response.json(error, { status: 400 });
    }
  };
  class FakeEvents {
    set onmessage(handler: (message: { data: string }) => void) {
      handlers.add((event) => handler({ data: JSON.stringify(event) }));
    }
    close(): void {
      handlers.clear();
    }
  }
  Object.assign(globalThis, { EventSource: FakeEvents });
}

class FakeCore {
  private readonly rows: OperationRow[];
  private resources: RollbackItem[] = [];
  private state: Scene['state'];
  private readonly started = Date.now() - 95_000;

  constructor(
    private readonly scene: Scene,
    private readonly tell: (event: Event) => void,
  ) {
    this.state = scene.state;
    const operations =
      scene.operations > 0 ? manyOperations(scene.operations) : manyOperations(290);
    this.rows = operations.map((operation, index) => ({
      operation,
      attempt: {
        state: this.stateOf(index, operations.length),
        attempts: index % 41 === 3 ? 3 : 1,
        began_at: this.started + index * 300,
        ended_at: this.started + index * 300 + 120 + ((index * 37) % 400),
        message:
          index % 53 === 12 ? 'The environment holds something else than the plan expects.' : null,
        hint:
          index % 53 === 12 ? 'Capture it, refresh the release, and look at the difference.' : null,
        is_drifted: index % 53 === 12,
        steps: [],
      },
    }));
    for (const { attempt } of this.rows) {
      if (attempt.state === 'pending' || attempt.state === 'unknown') {
        Object.assign(attempt, { began_at: null, ended_at: null, message: null, hint: null });
      }
    }
    if (scene.state === 'running') setInterval(() => this.step(), 180);
  }

  async call(name: string, request: Record<string, unknown>): Promise<unknown> {
    if (this.scene.broken) {
      throw {
        code: 'failed',
        message: 'The folder /srv/shop/production can’t be read: permission denied.',
        hint: 'Give this user the right to read it, then try again.',
        retryable: true,
      };
    }
    switch (name) {
      case 'plan':
        if (request.capture) await this.capture(String(request.job));
        return this.plan();
      case 'deploy':
        await this.capture(String(request.job));
        if (this.scene.trouble)
          throw {
            code: 'conflict',
            message: 'production changed while the plan was looked at.',
            hint: 'Look at the new plan.',
            retryable: false,
          };
        return { deployment: 'd1', gate: null };
      case 'deployment_get':
        return this.deployment(String(request.deployment));
      case 'deployment_list':
        return {
          deployments: ['d1', 'd0', 'd-old']
            .slice(0, Number(request.limit))
            .map((id) => this.deployment(id)),
          total: 3,
        };
      case 'deployment_operations': {
        const states = request.states as OperationState[];
        const rows = this.rows.filter(
          (row) => states.length === 0 || states.includes(row.attempt.state),
        );
        const offset = Number(request.offset);
        return {
          operations: rows.slice(offset, offset + Number(request.limit)),
          total: rows.length,
        };
      }
      case 'plan_operations': {
        const operations = this.operations().filter(
          (one) =>
            request.filter === 'all' ||
            (request.filter === 'irreversible'
              ? !one.reversible
              : one.reversible && one.risk === 'high'),
        );
        return page(operations, Number(request.offset), Number(request.limit));
      }
      case 'plan_graph':
        return sampleGraph(this.operations());
      case 'rollback_selected':
        return this.selected(request);
      case 'rollback_resources': {
        const rows = this.listed(request).map((item) => ({
          item,
          is_available: isWritten(item),
          is_selected: isSelected(item, request.selection as SelectionStep[]),
        }));
        return page(rows, Number(request.offset), Number(request.limit));
      }
      case 'rollback_plan':
        await this.capture(String(request.job));
        return this.rollback(request);
      case 'rollback_dry_run':
        await this.capture(String(request.job));
        return { rollback: this.rollback(request), plan: this.plan() };
      case 'rollback_execute':
        await this.capture(String(request.job));
        return { release: 'r9', tag: 'revert-spring-24.3', deployment: 'd1' };
      default:
        return {};
    }
  }

  private stateOf(index: number, total: number): OperationState {
    const share = index / total;
    if (this.state === 'deployed') return index % 60 === 5 ? 'skipped' : 'applied';
    if (index % 53 === 12 && share < 0.7) return 'failed';
    if (share < 0.7) return index % 60 === 5 ? 'skipped' : 'applied';
    if (share < 0.715) return 'unknown';
    return 'pending';
  }

  private step(): void {
    const open = this.rows.filter((row) => row.attempt.state === 'unknown');
    const [first] = open;
    if (first) Object.assign(first.attempt, { state: 'applied', ended_at: Date.now() });
    const next = this.rows.find((row) => row.attempt.state === 'pending');
    if (next)
      Object.assign(next.attempt, { state: 'unknown', began_at: Date.now(), ended_at: null });
    else if (!first) this.state = 'deployed';
    this.tell({ type: 'deployment', deployment: 'd1' });
  }

  private async capture(job: string): Promise<void> {
    for (let done = 0; done <= 1800; done += 300) {
      this.tell({
        type: 'progress',
        job,
        phase: 'Capturing production',
        done,
        total: 1800,
      } as Event);
      await wait(this.scene.slow * 2);
    }
  }

  private plan(): PlanView {
    const base = this.scene.trouble ? troubledPlan() : samplePlan(this.operations());
    return { ...base, captured_at: Date.now() - 4 * 60_000 };
  }

  private operations(): PlanOperation[] {
    const { trouble, operations } = this.scene;
    return !trouble && operations > 0 ? manyOperations(operations) : sampleOperations();
  }

  private listed(request: Record<string, unknown>): RollbackItem[] {
    const filter = request.filter as RollbackFilter;
    return this.resources.filter((item) => isListed(item, filter));
  }

  private selected(request: Record<string, unknown>): RollbackSelected {
    const steps = request.selection as SelectionStep[];
    const available = this.resources.filter(isWritten);
    const selected = this.resources.filter((item) => isSelected(item, steps));
    const listed = this.listed(request);
    const listedAvailable = listed.filter(isWritten);
    return {
      counts: countsOf(selected),
      available: available.length,
      is_simple: !this.scene.edits && available.every((item) => isSelected(item, steps)),
      listed: listed.length,
      listed_available: listedAvailable.length,
      listed_selected: listedAvailable.filter((item) => isSelected(item, steps)).length,
      writes_edits: false,
      gate: { met: [], missing: [], warnings: [] },
    };
  }

  private deployment(id: string): DeploymentView {
    const tally = counts({ total: this.rows.length });
    for (const row of this.rows) tally[row.attempt.state] += 1;
    const state = id === 'd1' ? this.state : id === 'd0' ? 'failed' : 'deployed';
    const ended = state === 'running' || state === 'interrupted' ? null : this.started + 120_000;
    return sampleDeployment({
      counts: tally,
      phase: ended === null ? 'execute' : 'ended',
      environment_name: id === 'd-old' ? 'staging' : 'production',
      to_production: id !== 'd-old',
      phase_started: [
        ['validate', this.started],
        ['order', this.started + 4_200],
        ['execute', this.started + 4_350],
        ...(state === 'deployed'
          ? [['verify', this.started + 110_000] as [DeploymentView['phase'], number]]
          : []),
      ],
      remaining_ms: null,
      budget: null,
      can: {
        resume: state === 'interrupted',
        retry: state === 'failed',
        cancel: state === 'running',
        roll_back: state !== 'running' && state !== 'interrupted',
      },
      deployment: {
        id,
        state,
        by: MARA,
        started_at: this.started,
        ended_at: ended,
        start: id === 'd0' ? { kind: 'quick', reason: 'Checkout was down.' } : { kind: 'approved' },
        message: state === 'failed' ? '4 operations failed; the others were applied.' : null,
      },
    });
  }

  private rollback(request: Record<string, unknown>): RollbackView {
    const choices = new Map(request.choices as [string, string][]);
    const fallback = String(request.edits);
    this.resources = manyOperations(52).map((operation, index): RollbackItem => {
      const edited = this.scene.edits && index % 9 === 2;
      const edits = (choices.get(operation.resource) ?? fallback) as RollbackItem['edits'];
      const refused = this.scene.edits && index % 23 === 7;
      const created = operation.verb === 'create';
      const deleted = operation.verb === 'delete';
      const kind = refused
        ? 'refuse'
        : !edited
          ? 'restore'
          : edits === 'keep'
            ? 'keep'
            : edits === 'merge'
              ? 'merge'
              : 'restore';
      return {
        resource: operation.resource,
        action: { kind },
        current: deleted ? null : version(`${operation.resource}2`),
        target: created ? null : version(`${operation.resource}1`),
        deployed: operation.after,
        source: index % 17 === 4 ? 'snapshot' : 'backup',
        edited,
        edits,
        changed_by: null,
        message: refused
          ? 'A deleted product gets another identity; its reviews are gone.'
          : kind === 'keep'
            ? 'It was edited since the deployment; the edit is kept.'
            : kind === 'merge'
              ? "It was edited since; the edit is kept and the deployment's part is reverted."
              : edited
                ? 'It was edited since; the edit is overwritten.'
                : created
                  ? 'The deployment created it; it is deleted.'
                  : 'The version from before the deployment is put back.',
        hint: refused
          ? 'Create the product again from the backup and import the reviews from the last export.'
          : '',
      };
    });
    return {
      digest: version(`${fallback} ${JSON.stringify([...choices])}`).digest,
      deployment: 'd1',
      release: 'r1',
      tag: 'spring-24.3',
      environment_name: 'production',
      to_production: true,
      returns_to: 'spring-24.2',
      live: version('live').digest,
      total: this.resources.length,
      edited: this.resources.filter((item) => item.edited).length,
      counts: countsOf(this.resources),
      refused: page(this.resources.filter((item) => item.action.kind === 'refuse')),
      is_complete: !this.scene.edits,
    };
  }
}

function isWritten({ action }: RollbackItem): boolean {
  return action.kind === 'restore' || action.kind === 'merge';
}

function isListed(item: RollbackItem, { text, kind }: RollbackFilter): boolean {
  const isOfKind =
    kind === 'all' ||
    (kind === 'edited' && item.edited) ||
    (kind === 'unedited' && !item.edited) ||
    (kind === 'kept' && item.action.kind === 'keep') ||
    (kind === 'refused' && item.action.kind === 'refuse');
  return isOfKind && item.resource.includes(text);
}

function isSelected(item: RollbackItem, steps: readonly SelectionStep[]): boolean {
  const last = steps.findLast((step) =>
    step.of === 'resource' ? step.resource === item.resource : isListed(item, step.filter),
  );
  return last?.included ?? true;
}

function countsOf(items: readonly RollbackItem[]): RollbackCounts {
  const sum: RollbackCounts = { restore: 0, merge: 0, keep: 0, nothing: 0, refuse: 0 };
  for (const item of items) sum[item.action.kind] += 1;
  return sum;
}
