import { expect, it } from 'vitest';
import type { Outline, TrainSpec } from '../../protocol';
import { layerFacts } from './facts';

const layer = (kind: string, input_shape: number[], output_shape: number[]) => ({ name: '', kind, input_shape, output_shape });

it('puts the shape that leaves a layer beside its row', () => {
  const mlp = { model: { kind: 'mlp', layers: [{}, {}] } } as unknown as TrainSpec;
  const outline = { layers: [layer('Linear', [2], [8]), layer('ReLU', [8], [8]), layer('Linear', [8], [4]), layer('Linear', [4], [1])] } as unknown as Outline;
  expect(layerFacts(mlp, outline)).toEqual({ 'model.layers.0': '2 → 8', 'model.layers.1': '8 → 4' });
  const rows = { model: { kind: 'sequential', layers: [{}, {}] } } as unknown as TrainSpec;
  expect(layerFacts(rows, outline)['model.layers.1']).toBe('8');
  expect(layerFacts({ model: { kind: 'linear' } } as unknown as TrainSpec, outline)).toEqual({});
});
