import { describe, expect, it } from 'vitest';
import { edgePath, edgesOf, layOut, MAX_SQUARES, neighbour } from './graph';
import { manyOperations, sampleOperations } from '../../lib/domain/testing/samples';

describe('layOut', () => {
  it('names the boxes while they fit', () => {
    const graph = layOut(sampleOperations(), 1000);
    expect(graph.density).toBe('names');
    expect(graph.columns.map((column) => column.count)).toEqual([4, 3, 2, 1, 2, 1]);
    expect(graph.nodes.find((node) => node.id === '7')?.label).toBe('header.liquid');
  });

  it.each([
    [13, 'names'],
    [300, 'squares'],
    [MAX_SQUARES + 1, 'groups'],
    [20_000, 'groups'],
  ])('draws %d operations as %s', (total, density) => {
    const operations = total === 13 ? sampleOperations() : manyOperations(total);
    const graph = layOut(operations, 1000);
    expect(graph.density).toBe(density);
    const drawn = graph.nodes.reduce((sum, node) => sum + node.operations.length, 0);
    expect(drawn, 'every operation is in one box').toBe(operations.length);
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
    const pairs = edgesOf(graph, '8').map(({ from, to }) => `${from.id}-${to.id}`);
    expect(pairs).toEqual(['5-8', '6-8', '8-10', '8-13']);
  });

  it('joins groups by what is inside them, without loops', () => {
    const groups = layOut(manyOperations(2000), 1000);
    for (const node of groups.nodes) {
      for (const { from, to } of edgesOf(groups, node.id)) expect(from.id).not.toBe(to.id);
    }
  });

  it('draws a path that starts and ends at the boxes', () => {
    const [edge] = edgesOf(graph, '8');
    if (!edge) throw new Error('an edge was expected');
    expect(edgePath(edge)).toMatch(
      new RegExp(`^M${edge.from.x + edge.from.width} .* ${edge.to.x} \\d+$`),
    );
  });
});

describe('neighbour', () => {
  const graph = layOut(sampleOperations(), 1000);
  it.each([
    ['1', 'ArrowDown', '2'],
    ['1', 'ArrowUp', '1'],
    ['1', 'ArrowRight', '5'],
    ['3', 'ArrowRight', '7'],
    ['4', 'ArrowRight', '7'],
    ['5', 'ArrowLeft', '1'],
    ['13', 'ArrowRight', '13'],
    ['gone', 'ArrowDown', '1'],
  ])('from %s by %s to %s', (id, key, to) => expect(neighbour(graph, id, key)).toBe(to));

  it('goes on where a band ends', () => {
    const bands = layOut(sampleOperations(), 300);
    const [last, next] = [bands.columns[1], bands.columns[2]];
    expect(next?.y, 'the third wave stands below').toBeGreaterThan(last?.y ?? 0);
    expect(neighbour(bands, '5', 'ArrowRight')).toBe('8');
    expect(neighbour(bands, '8', 'ArrowLeft')).toBe('5');
  });
});
