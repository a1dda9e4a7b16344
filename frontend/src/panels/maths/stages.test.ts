import { describe, expect, it } from 'vitest';
import type { Layer } from '../../protocol';
import { planStages, stagesOf } from './stages';

const layer = (name: string, kind: string, input: number[], output: number[]): Layer => ({
  name, kind, input_shape: input, output_shape: output, parameters: 0, label: kind,
});

const lenet = [
  layer('0', 'Conv2d', [1, 28, 28], [6, 28, 28]),
  layer('1', 'Sigmoid', [6, 28, 28], [6, 28, 28]),
  layer('2', 'AvgPool2d', [6, 28, 28], [6, 14, 14]),
  layer('3', 'Conv2d', [6, 14, 14], [16, 10, 10]),
  layer('4', 'ReLU', [16, 10, 10], [16, 10, 10]),
  layer('5', 'Flatten', [16, 10, 10], [1600]),
  layer('6', 'Linear', [1600], [84]),
  layer('7', 'ReLU', [84], [84]),
  layer('8', 'Linear', [84], [10]),
];

describe('the stations of an image', () => {
  it('show each weighted layer after its activation and before pooling', () => {
    expect(stagesOf(lenet, [1, 28, 28])!.map((s) => [s.kind, s.layer, s.weights])).toEqual([
      ['image', '', ''],
      ['maps', '1', '0'],
      ['maps', '4', '3'],
      ['units', '7', '6'],
      ['units', '8', '8'],
    ]);
    expect(stagesOf(lenet, [784])).toBeNull();
  });

  it('stand side by side inside the box, with a kernel over each first map', () => {
    const plans = planStages(stagesOf(lenet, [1, 28, 28])!, { width: 660, height: 240, head: 30, answers: 120 }, true, new Map());
    expect(plans.map((p) => p.tiles.length)).toEqual([1, 6, 16, 84]);
    expect(plans[1]!.tiles.every((tile) => tile.kernel)).toBe(true);
    expect(plans[2]!.tiles.some((tile) => tile.kernel)).toBe(false);
    let edge = -1;
    for (const { left, right, tiles } of plans) {
      expect(left).toBeGreaterThan(edge);
      edge = right;
      for (const tile of tiles) {
        expect(tile.y).toBeGreaterThanOrEqual(29.9);
        expect(tile.y + tile.height).toBeLessThanOrEqual(240.5);
        expect(tile.x + tile.width).toBeLessThanOrEqual(right + 0.5);
      }
    }
    expect(edge).toBeLessThanOrEqual(660 - 120);
  });
});
