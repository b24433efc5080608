/**
 * The waves of a plan as columns of a small graph: where each box stands and what depends on what. Pure.
 *
 * The core says which boxes there are: one for each operation, or, of a long plan, one for each kind and verb of a wave. Boxes
 * for one operation have names while they fit, and are small squares beyond that.
 */
import type { GraphBox } from '../../generated/GraphBox';
import type { PlanGraph } from '../../generated/PlanGraph';
import type { PlanOperation } from '../../generated/PlanOperation';
import type { Verb } from '../../generated/Verb';
import { count } from '../../lib/ui/format';
import { splitKey } from '../../lib/domain/resource/names';
import { shortName } from '../../lib/domain/resource/key';

/** The most operations that are drawn with their names. */
const MAX_NAMED = 80;
const MAX_NAMED_PER_WAVE = 10;
const SQUARES_HIGH = 8;
const HEADER = 22;
const GAP = 36;
const NARROW_GAP = 24;
const MANY_WAVES = 7;
/** A box with a name is between so narrow and so wide. */
const NAMED_MIN = 120;
const NAMED_MAX = 220;
/** A column is never narrower than its heading. */
const COLUMN_MIN = 64;
const BAND_GAP = 14;

/** How much one box stands for. */
export type Density = 'names' | 'squares' | 'groups';

/** One box. Sizes and places are in pixels. */
export interface GraphNode {
  id: string;
  wave: number;
  verb: Verb;
  label: string;
  /** The first of the operations that it stands for. */
  first: number;
  /** Whether one of them can't be undone or is of high risk. */
  isGrave: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One wave. */
export interface GraphColumn {
  wave: number;
  count: number;
  x: number;
  /** Where its heading stands: below that of others where the waves do not fit beside one another. */
  y: number;
  width: number;
}

/** Everything that is drawn. */
export interface Graph {
  density: Density;
  nodes: readonly GraphNode[];
  columns: readonly GraphColumn[];
  width: number;
  height: number;
  /** From each box to the boxes that it waits for. */
  needs: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Lays the graph out for a given width: what does not fit beside the waves before goes on below them. */
export function layOut(plan: PlanGraph, available: number): Graph {
  const waves = new Map(
    plan.waves.map(({ wave }) => [wave, [] as { box: GraphBox; id: string }[]]),
  );
  plan.boxes.forEach((box, at) => waves.get(box.wave)?.push({ box, id: String(at) }));
  const density = densityOf(plan, [...waves.values()]);
  const gap = waves.size > MANY_WAVES ? NARROW_GAP : GAP;
  const across = bandLength(waves.size, Math.floor((available + gap) / (NAMED_MIN + gap)));
  const named = clamp((available - gap * (across - 1)) / across, NAMED_MIN, NAMED_MAX);
  const size =
    density === 'squares'
      ? { width: 12, height: 12, gap: 4 }
      : { width: named, height: 22, gap: 4 };
  const columns: GraphColumn[] = [];
  const nodes: GraphNode[] = [];
  let width = 0;
  let height = 0;
  let x = 0;
  let y = 0;
  for (const { wave, operations } of plan.waves) {
    const boxes = waves.get(wave) ?? [];
    const high = density === 'squares' ? SQUARES_HIGH : boxes.length;
    const deep = Math.max(1, Math.ceil(boxes.length / Math.max(1, high)));
    const wide = Math.max(COLUMN_MIN, deep * (size.width + size.gap) - size.gap);
    if (x > 0 && x + wide > available) {
      x = 0;
      y = height + BAND_GAP;
    }
    boxes.forEach(({ box, id }, index) => {
      nodes.push({
        id,
        wave,
        verb: box.verb,
        label: labelOf(box),
        first: box.first,
        isGrave: box.is_grave,
        x: x + Math.floor(index / high) * (size.width + size.gap),
        y: y + HEADER + (index % high) * (size.height + size.gap),
        width: size.width,
        height: size.height,
      });
    });
    columns.push({ wave, count: operations, x, y, width: wide });
    const lowest = Math.min(boxes.length, high) * (size.height + size.gap) - size.gap;
    height = Math.max(height, y + HEADER + lowest);
    width = Math.max(width, x + wide);
    x += wide + gap;
  }
  return { density, nodes, columns, width, height, needs: needsOf(plan.boxes) };
}

/** How many of so many columns stand beside one another when at most `most` fit: as even as can be. */
function bandLength(columns: number, most: number): number {
  const bands = Math.ceil(columns / Math.max(1, most));
  return Math.max(1, Math.ceil(columns / Math.max(1, bands)));
}

function densityOf(plan: PlanGraph, waves: readonly (readonly unknown[])[]): Density {
  if (plan.is_grouped) return 'groups';
  const most = Math.max(0, ...waves.map((boxes) => boxes.length));
  return most <= MAX_NAMED_PER_WAVE && plan.boxes.length <= MAX_NAMED ? 'names' : 'squares';
}

function labelOf({ content, operations }: GraphBox): string {
  switch (content.of) {
    case 'resource':
      return shortName(content.resource);
    case 'kind':
      return `${count(operations)} ${content.kind}`;
    case 'others':
      return `${count(operations)} others`;
  }
}

function needsOf(boxes: readonly GraphBox[]): Map<string, Set<string>> {
  return new Map(boxes.map((box, at) => [String(at), new Set(box.needs.map(String))]));
}

/** The box that an operation is in; `undefined` when its wave is not drawn. */
export function boxOf(
  plan: PlanGraph,
  { id, wave, verb, resource }: Pick<PlanOperation, 'id' | 'wave' | 'verb' | 'resource'>,
): string | undefined {
  const { kind } = splitKey(resource);
  const isIn = ({ content, ...box }: GraphBox): boolean =>
    content.of === 'resource'
      ? box.first === id
      : box.wave === wave &&
        (content.of === 'others' || (content.kind === kind && box.verb === verb));
  const at = plan.boxes.findIndex(isIn);
  return at < 0 ? undefined : String(at);
}

/** An edge to be drawn, from what comes first to what waits for it. */
export interface Edge {
  from: GraphNode;
  to: GraphNode;
}

/** The edges of one box: what it waits for, and what waits for it. */
export function edgesOf(graph: Graph, id: string): Edge[] {
  const node = (key: string): GraphNode | undefined => graph.nodes.find((one) => one.id === key);
  const self = node(id);
  if (!self) return [];
  const before = [...(graph.needs.get(id) ?? [])].map(node);
  const after = graph.nodes.filter((one) => graph.needs.get(one.id)?.has(id));
  return [
    ...before.filter((one) => one !== undefined).map((from) => ({ from, to: self })),
    ...after.map((to) => ({ from: self, to })),
  ];
}

/** The path of an edge: a curve from the right side of one box to the left side of another; inside a wave, around it. */
export function edgePath({ from, to }: Edge): string {
  const fromY = from.y + from.height / 2;
  const toY = to.y + to.height / 2;
  if (from.wave === to.wave) {
    const right = Math.max(from.x + from.width, to.x + to.width);
    return `M${from.x + from.width} ${fromY}C${right + 18} ${fromY} ${right + 18} ${toY} ${to.x + to.width} ${toY}`;
  }
  const startX = from.x + from.width;
  // To a wave in a band below the edge leaves to the right and comes in from the left.
  const bend = Math.max(16, (to.x - startX) / 2);
  return `M${startX} ${fromY}C${startX + bend} ${fromY} ${to.x - bend} ${toY} ${to.x} ${toY}`;
}

/** The box that an arrow key leads to; the same one at an end. */
export function neighbour(graph: Graph, id: string, key: string): string {
  const at = graph.nodes.findIndex((node) => node.id === id);
  const self = graph.nodes[at];
  if (!self) return graph.nodes[0]?.id ?? id;
  if (key === 'ArrowDown') return graph.nodes[at + 1]?.id ?? id;
  if (key === 'ArrowUp') return graph.nodes[at - 1]?.id ?? id;
  const side = key === 'ArrowRight' ? 1 : -1;
  const column = graph.columns.findIndex((one) => one.wave === self.wave);
  const here = graph.columns[column];
  const next = graph.columns[column + side];
  const there = graph.nodes.filter((node) => node.wave === next?.wave);
  const depth = self.y - (here?.y ?? 0) + (next?.y ?? 0);
  const level = there.find((node) => node.y >= depth) ?? there[there.length - 1];
  return level?.id ?? id;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
