import { describe, expect, it } from 'vitest';
import { boxOf, edgePath, edgesOf, layOut as layOutGraph, neighbour, type Graph } from './graph';
import {
  manyOperations,
  operation,
  sampleGraph,
  sampleOperations,
} from '../../lib/domain/testing/samples';

const layOut = (operations: ReturnType<typeof sampleOperations>, width: number): Graph =>
  layOutGraph(sampleGraph(operations), width);

describe('layOut', () => {
  it('names the boxes while they fit', () => {
    const graph = layOut(sampleOperations(), 1000);
    expect(graph.density).toBe('names');
    expect(graph.columns.map((column) => column.count)).toEqual([4, 3, 2, 1, 2, 1]);
    expect(graph.nodes.find((node) => node.first === 7)?.label).toBe('header.liquid');
  });

  it.each([
    [13, 'names'],
    [300, 'squares'],
    [601, 'groups'],
    [20_000, 'groups'],
  ])('draws %d operations as %s', (total, density) => {
    const operations = total === 13 ? sampleOperations() : manyOperations(total);
    const graph = layOut(operations, 1000);
    expect(graph.density).toBe(density);
    const drawn = sampleGraph(operations);
    for (const operation of operations) expect(boxOf(drawn, operation)).toBeDefined();
    expect(graph.height, 'it stays small').toBeLessThan(290);
  });

  it('never lets two boxes overlap', () => {
    const { nodes } = layOut(manyOperations(500), 800);
    const places = new Set(nodes.map((node) => `${node.x},${node.y}`));
    expect(places.size).toBe(nodes.length);
  });

  it.each([480, 800, 1000, 1400])('keeps every wave of a long plan in a width of %d', (width) => {
    const long = sampleOperations().map((operation, at) => ({ ...operation, wave: at + 1 }));
    for (const operations of [long, manyOperations(500), manyOperations(5000)]) {
      const graph = layOut(operations, width);
      expect(graph.width).toBeLessThanOrEqual(width);
      for (const column of graph.columns) {
        expect(column.x + column.width, `wave ${column.wave}`).toBeLessThanOrEqual(width);
      }
    }
  });

  it('has nothing to draw for an empty plan', () => {
    expect(layOut([], 800)).toMatchObject({ nodes: [], columns: [], width: 0 });
  });
});

describe('edgesOf', () => {
  const graph = layOut(sampleOperations(), 1000);

  it('leads from what comes first to what waits', () => {
    const pairs = edgesOf(graph, '7').map(({ from, to }) => `${from.first}-${to.first}`);
    expect(pairs).toEqual(['5-8', '6-8', '8-10', '8-13']);
  });

  it('joins groups by what is inside them, without loops', () => {
    const groups = layOut(manyOperations(2000), 1000);
    for (const node of groups.nodes) {
      for (const { from, to } of edgesOf(groups, node.id)) expect(from.id).not.toBe(to.id);
    }
  });

  it('draws a path that starts and ends at the boxes', () => {
    const [edge] = edgesOf(graph, '7');
    if (!edge) throw new Error('an edge was expected');
    expect(edgePath(edge)).toMatch(
      new RegExp(`^M${edge.from.x + edge.from.width} .* ${edge.to.x} \\d+$`),
    );
  });
});

describe('boxOf', () => {
  it('finds the box of an operation, whatever it stands for', () => {
    const few = sampleGraph(sampleOperations());
    const many = manyOperations(2000);
    const folded = sampleGraph(many);
    for (const one of sampleOperations()) expect(boxOf(few, one)).toBe(String(one.id - 1));
    for (const one of many) {
      const box = folded.boxes[Number(boxOf(folded, one))];
      expect([box?.wave, box?.content.of === 'others' || box?.verb]).toEqual([
        one.wave,
        box?.content.of === 'others' || one.verb,
      ]);
    }
    const beyond = operation(99, 'object/menus:main', { wave: 99 });
    expect(boxOf(folded, beyond), 'a wave that is not drawn').toBeUndefined();
  });
});

describe('neighbour', () => {
  const graph = layOut(sampleOperations(), 1000);
  it.each([
    ['0', 'ArrowDown', '1'],
    ['0', 'ArrowUp', '0'],
    ['0', 'ArrowRight', '4'],
    ['2', 'ArrowRight', '6'],
    ['3', 'ArrowRight', '6'],
    ['4', 'ArrowLeft', '0'],
    ['12', 'ArrowRight', '12'],
    ['none', 'ArrowDown', '0'],
  ])('from %s by %s to %s', (id, key, to) => expect(neighbour(graph, id, key)).toBe(to));

  it('goes on where a band ends', () => {
    const bands = layOut(sampleOperations(), 300);
    const [last, next] = [bands.columns[1], bands.columns[2]];
    expect(next?.y, 'the third wave stands below').toBeGreaterThan(last?.y ?? 0);
    expect(neighbour(bands, '4', 'ArrowRight')).toBe('7');
    expect(neighbour(bands, '7', 'ArrowLeft')).toBe('4');
  });
});
