import { describe, expect, it } from 'vitest';
import type { Layer } from '../../protocol';
import { links, netLayers, planNet, reach } from './netLayout';

function layer(name: string, kind: string, input: number[], output: number[]): Layer {
  return { name, kind, input_shape: input, output_shape: output, parameters: 0, label: kind };
}

const stack = [
  layer('0', 'Linear', [2], [8]),
  layer('1', 'ReLU', [8], [8]),
  layer('2', 'Linear', [8], [20]),
  layer('3', 'Tanh', [20], [20]),
  layer('4', 'Linear', [20], [1]),
];

describe('netLayers', () => {
  it('groups a stack by its weights, the answer of a unit after its activation', () => {
    const columns = netLayers(stack, [2])!;
    expect(columns.map((c) => [c.kind, c.weights, c.members.at(-1), c.units])).toEqual([
      ['inputs', '', undefined, 2],
      ['hidden', '0', '1', 8],
      ['hidden', '2', '3', 20],
      ['output', '4', '4', 1],
    ]);
  });

  it('knows that a convolution is not such a stack', () => {
    expect(netLayers([layer('0', 'Conv2d', [1, 28, 28], [6, 24, 24])], [1, 28, 28])).toBeNull();
  });
});

describe('planNet', () => {
  it('puts every unit inside the box, columns left to right, none over another', () => {
    const plan = planNet(netLayers(stack, [2])!, { width: 656, height: 480, head: 20, outputUnits: false, outputSize: 290 });
    expect(plan.columns.map((c) => c.strip)).toEqual([false, false, true]);
    let edge = 0;
    for (const column of plan.columns) {
      expect(column.left).toBeGreaterThanOrEqual(edge);
      edge = column.right;
      expect(column.cells).toHaveLength(column.units);
      for (const cell of column.cells) {
        expect(cell.y).toBeGreaterThanOrEqual(19);
        expect(cell.y + cell.size).toBeLessThanOrEqual(481);
        expect(cell.x + cell.size).toBeLessThanOrEqual(column.right + 0.001);
      }
      for (let u = 1; u < column.units; u++) {
        const [a, b] = [column.cells[u - 1]!, column.cells[u]!];
        expect(b.y >= a.y + a.size || b.x >= a.x + a.size).toBe(true);
      }
    }
    expect(plan.output.left).toBeGreaterThan(edge);
    expect(plan.output.left + plan.output.size).toBeCloseTo(656);
  });

  it('folds a deep net to blocks whose units can still be told', () => {
    for (const [depth, width, least] of [[8, 656, 20], [20, 656, 16], [12, 358, 8]] as const) {
      const deep = netLayers(Array.from({ length: depth }, (_, i) => layer(String(i), 'Linear', [8], [8])), [8])!;
      const plan = planNet(deep, { width, height: 480, head: 20, outputUnits: false, outputSize: 290 });
      expect(plan.columns).toHaveLength(depth);
      plan.columns.forEach(({ block, cells }, i) => {
        expect(block!.right).toBeLessThan(plan.output.left);
        expect(block!.left).toBeGreaterThanOrEqual(0);
        expect(block!.bottom).toBeLessThanOrEqual(480.001);
        expect(cells[0]!.size).toBeGreaterThanOrEqual(least);
        for (const cell of cells) {
          expect(cell.x).toBeGreaterThanOrEqual(block!.left);
          expect(cell.y + cell.size).toBeLessThanOrEqual(block!.bottom);
        }
        for (const other of plan.columns.slice(0, i))
          expect(block!.left >= other.block!.right || block!.right <= other.block!.left || block!.top >= other.block!.bottom || block!.bottom <= other.block!.top).toBe(true);
      });
    }
    const six = netLayers(Array.from({ length: 7 }, (_, i) => layer(String(i), 'Linear', [8], [8])), [8])!;
    expect(planNet(six, { width: 656, height: 480, head: 20, outputUnits: false, outputSize: 290 }).columns[0]!.block).toBeUndefined();
  });
});

describe('links', () => {
  it('read (out, in) weights, the strongest last', () => {
    expect(links([1, -3, 2, 0.5], 2, 2, 10)).toEqual([
      { from: 1, to: 1, weight: 0.5 },
      { from: 0, to: 0, weight: 1 },
      { from: 0, to: 1, weight: 2 },
      { from: 1, to: 0, weight: -3 },
    ]);
    expect(links([1, -3, 2, 0.5], 2, 2, 1)).toEqual([{ from: 1, to: 0, weight: -3 }]);
    expect(reach([1, -3, NaN, Infinity])).toBe(3);
  });
});
