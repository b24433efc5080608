/** Made-up plans, deployments and rollbacks for tests and the gallery. Nothing that ships imports this. */
import type { DeploymentView } from '../../../generated/DeploymentView';
import type { GraphBox } from '../../../generated/GraphBox';
import type { Page } from '../../../generated/Page';
import type { PlanGraph } from '../../../generated/PlanGraph';
import type { PlanOperation } from '../../../generated/PlanOperation';
import type { OperationCounts } from '../../../generated/OperationCounts';
import type { PlanView } from '../../../generated/PlanView';
import type { Version } from '../../../generated/Version';

/** A time that all samples refer to. */
export const SAMPLE_NOW = Date.UTC(2026, 3, 14, 9, 30);
export const MARA = { name: 'Mara Lindqvist', email: 'mara@northwind.example' };

/** A version that stands for a text. */
export function version(text: string): Version {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193) >>> 0;
  const digest = hash.toString(16).padStart(8, '0').repeat(8);
  return { digest, blob: digest };
}

/** An operation with everything ordinary. */
export function operation(
  id: number,
  resource: string,
  over: Partial<PlanOperation> = {},
): PlanOperation {
  const verb = over.verb ?? 'update';
  return {
    id,
    wave: 1,
    verb,
    resource,
    before: verb === 'create' ? null : version(`${resource}1`),
    after: verb === 'delete' ? null : version(`${resource}2`),
    pass: { kind: 'whole' },
    needs: [],
    needs_total: over.needs?.length ?? 0,
    reversible: true,
    risk: 'low',
    reasons: [],
    ...over,
  };
}

/** The operations of a release that touches a bit of everything. */
export function sampleOperations(): PlanOperation[] {
  return [
    operation(1, 'object/metaobject_definitions:material', { verb: 'create' }),
    operation(2, 'theme/file:assets/theme.css', {}),
    operation(3, 'theme/file:locales/en.default.json', {}),
    operation(4, 'theme/file:snippets/price.liquid', { verb: 'create' }),
    operation(5, 'object/metaobjects:material/linen', { wave: 2, verb: 'create', needs: [1] }),
    operation(6, 'object/products:blue-shirt', {
      wave: 2,
      risk: 'high',
      reasons: ['Changes the price of 4 variants.'],
    }),
    operation(7, 'theme/file:sections/header.liquid', {
      wave: 2,
      needs: [4],
      risk: 'medium',
      reasons: ['Shown on every page.'],
    }),
    operation(8, 'object/collections:spring', {
      wave: 3,
      verb: 'create',
      needs: [5, 6],
      pass: { kind: 'first', without: ['menu.parent'] },
    }),
    operation(9, 'object/menus:main', { wave: 3, needs: [6] }),
    operation(10, 'object/collections:spring', {
      wave: 4,
      needs: [8, 9],
      pass: { kind: 'fill', fields: ['menu.parent'] },
    }),
    operation(11, 'object/products:old-cap', {
      wave: 5,
      verb: 'delete',
      needs: [9],
      reversible: false,
      risk: 'high',
      reasons: [
        'Its 214 reviews and its sales history go with it.',
        'A product made again has another identity.',
      ],
    }),
    operation(12, 'theme/file:snippets/old-price.liquid', { wave: 5, verb: 'delete', needs: [7] }),
    operation(13, 'theme/release:current', {
      wave: 6,
      verb: 'publish',
      needs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      before: null,
      after: null,
    }),
  ];
}

/** Many operations in a few waves. */
export function manyOperations(total: number): PlanOperation[] {
  const kinds = ['products', 'collections', 'pages', 'menus', 'files'];
  return Array.from({ length: total }, (_, index) => {
    const wave = 1 + Math.floor((index * 5) / total);
    const verb = index % 11 === 0 ? 'create' : index % 29 === 0 ? 'delete' : 'update';
    return operation(
      index + 1,
      `object/${kinds[index % kinds.length]}:item-${String(index + 1).padStart(4, '0')}`,
      {
        wave,
        verb,
        needs: wave > 1 && index % 3 === 0 ? [index + 1 - Math.floor(total / 5)] : [],
        risk: index % 37 === 0 ? 'medium' : 'low',
        reasons: index % 37 === 0 ? ['Referred to by 12 other resources.'] : [],
      },
    );
  });
}

/** The first entries of a list, as a view brings them along. */
export function page<T>(list: readonly T[], offset = 0, limit = 100): Page<T> {
  return { rows: list.slice(offset, offset + limit), total: list.length };
}

/** The graph of operations as the core draws it: one by one up to 600, then nine boxes a wave at most. */
export function sampleGraph(operations: readonly PlanOperation[]): PlanGraph {
  const isGrouped = operations.length > 600;
  const byWave = groupBy(operations, (one) => one.wave);
  const boxes: GraphBox[] = [];
  const boxIn = new Map<number, number>();
  for (const [wave, members] of byWave) {
    const groups = isGrouped
      ? [...groupBy(members, (one) => `${kindOf(one)} ${one.verb}`).values()]
      : members.map((one) => [one]);
    groups.sort((a, b) => (isGrouped ? b.length - a.length : 0));
    const rest = isGrouped && groups.length > 9 ? groups.splice(8).flat() : [];
    for (const group of rest.length > 0 ? [...groups, rest] : groups) {
      const [first] = group;
      if (!first) continue;
      for (const { id } of group) boxIn.set(id, boxes.length);
      boxes.push({
        wave,
        verb: first.verb,
        content: !isGrouped
          ? { of: 'resource', resource: first.resource }
          : group === rest
            ? { of: 'others' }
            : { of: 'kind', kind: kindOf(first) },
        operations: group.length,
        first: first.id,
        is_grave: group.some((one) => !one.reversible || one.risk === 'high'),
        needs: [],
      });
    }
  }
  for (const { id, needs } of operations) {
    const own = boxIn.get(id) ?? 0;
    const box = boxes[own];
    if (!box) continue;
    const needed = needs.map((need) => boxIn.get(need) ?? own).filter((need) => need !== own);
    box.needs = [...new Set([...box.needs, ...needed])];
  }
  return {
    is_grouped: isGrouped,
    waves: [...byWave].map(([wave, members]) => ({ wave, operations: members.length })),
    waves_left_out: 0,
    boxes,
  };
}

function groupBy<T, K>(list: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

function kindOf({ resource }: PlanOperation): string {
  return resource.slice(resource.indexOf('/') + 1, resource.indexOf(':'));
}

/** A plan of these operations. */
export function samplePlan(
  operations = sampleOperations(),
  over: Partial<PlanView> = {},
): PlanView {
  const of = (verb: PlanOperation['verb']): number =>
    operations.filter((one) => one.verb === verb).length;
  const graves = operations.filter((one) => one.reversible && one.risk === 'high');
  return {
    digest: version(JSON.stringify(operations.length)).digest,
    fingerprint: version(`plan of ${operations.length}`).digest,
    effect: version('effect').digest,
    release: 'r1',
    environment: 'e-production',
    environment_name: 'production',
    other_address: null,
    to_production: true,
    captured_at: SAMPLE_NOW - 5 * 60_000,
    totals: {
      operations: operations.length,
      create: of('create'),
      update: of('update'),
      delete: of('delete'),
      irreversible: operations.filter((one) => !one.reversible).length,
      risk: 'high',
      waves: new Set(operations.map((one) => one.wave)).size,
      partial: operations.filter((one) => one.pass.kind !== 'whole').length,
      dependent: operations.filter((one) => one.needs_total > 0).length,
    },
    estimate_ms: 185_000,
    blocked: page([]),
    irreversible: page(operations.filter((one) => !one.reversible)),
    high_risk: page(graves),
    drift: page([]),
    skipped: page([]),
    left_out: [],
    kept_fields: 0,
    cycles: page([]),
    gate: {
      met: [{ kind: 'approvals', need: 1, by: [MARA], not_by: [] }],
      missing: [],
      warnings: [],
    },
    content: version('content').digest,
    obstacle: null,
    can: { deploy: true, quick_deploy: false, refresh: true },
    is_harmless: false,
    ...over,
  };
}

/** What the core says of a plan that waits for approvals. */
export const UNAPPROVED: Partial<PlanView> = {
  gate: {
    met: [],
    missing: [{ kind: 'approvals', need: 2, by: [MARA], not_by: [] }],
    warnings: [],
  },
  obstacle: 'gate',
  can: { deploy: false, quick_deploy: true, refresh: true },
};

/** A plan on which everything is the matter. */
export function troubledPlan(): PlanView {
  return samplePlan(sampleOperations(), {
    obstacle: 'drift',
    can: { deploy: false, quick_deploy: false, refresh: true },
    blocked: page([
      {
        resource: 'object/pages:about',
        message: 'The document does not parse: line 14, column 3: a comma is missing.',
        hint: 'Fix objects/pages/about.json in development, then refresh the release.',
      },
    ]),
    drift: page([
      {
        resource: 'theme/file:config/settings_data.json',
        expected: version('a'),
        found: version('b'),
      },
      { resource: 'object/products:canvas-tote', expected: version('c'), found: null },
    ]),
    skipped: page([
      {
        resource: 'theme/file:layout/theme.liquid',
        message: 'The environment holds it as the release wants it.',
      },
    ]),
    left_out: [
      {
        pattern: 'config/settings_data.json',
        reason: 'Each store keeps its own settings.',
        count: 1,
        examples: ['theme/file:config/settings_data.json'],
      },
    ],
    cycles: page([
      { cycle: 1, resource: 'object/collections:spring' },
      { cycle: 1, resource: 'object/menus:main' },
    ]),
    gate: {
      met: [],
      missing: [{ kind: 'approvals', need: 2, by: [MARA], not_by: [] }],
      warnings: [{ kind: 'outdated_reviews', count: 1 }],
    },
  });
}

/** Counts with the rest at nothing. */
export function counts(over: Partial<OperationCounts>): OperationCounts {
  return {
    total: 0,
    pending: 0,
    unknown: 0,
    applied: 0,
    skipped: 0,
    failed: 0,
    reverted: 0,
    ...over,
  };
}

/** A running deployment. */
export function sampleDeployment(
  over: Partial<Omit<DeploymentView, 'deployment'>> & {
    deployment?: Partial<DeploymentView['deployment']>;
  } = {},
): DeploymentView {
  const started_at = SAMPLE_NOW - 95_000;
  return {
    tag: 'spring-24.3',
    environment_name: 'production',
    to_production: true,
    phase: 'execute',
    counts: counts({ total: 290, applied: 208, unknown: 4, failed: 1, skipped: 3, pending: 74 }),
    progress: null,
    phase_started: [
      ['validate', started_at],
      ['order', started_at + 4_200],
      ['execute', started_at + 4_300],
    ],
    remaining_ms: 52_000,
    is_cancelling: false,
    budget: { available: 1_240, limit: 2_000, per_second: 100 },
    can: { resume: false, retry: false, cancel: true, roll_back: false },
    gate: null,
    reverts: null,
    ...over,
    deployment: {
      id: 'd1',
      number: 1,
      release: 'r1',
      revision: 2,
      environment: 'e-production',
      effect: version('effect').digest,
      plan: version('plan').digest,
      rules: null,
      connection: null,
      start: { kind: 'approved' },
      before: version('before').digest,
      after: null,
      state: 'running',
      operations: counts({}),
      journal: null,
      message: null,
      by: MARA,
      started_at,
      ended_at: null,
      rolled_back_by: null,
      ...over.deployment,
    },
  };
}
