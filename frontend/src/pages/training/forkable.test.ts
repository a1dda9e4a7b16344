import { expect, it } from 'vitest';
import type { TrainSpec } from '../../protocol';
import { forkChanges, withChanges } from './forkable';

const base = {
  kind: 'train',
  dataset: { kind: 'spirals', noise: 0.2 },
  optimizer: { kind: 'sgd', lr: 0.2, momentum: 0.9 },
  batch_size: 32,
} as unknown as TrainSpec;

it('a fork takes what may change between two steps and nothing else', () => {
  const optimizer = { kind: 'sgd', lr: 0.03, momentum: 0.5 };
  expect(forkChanges(base, { ...base, optimizer, batch_size: 16 } as unknown as TrainSpec)).toEqual({ lr: 0.03, momentum: 0.5, batch_size: 16 });
  expect(forkChanges(base, { ...base, dataset: { kind: 'spirals', noise: 0.1 } } as unknown as TrainSpec)).toBeNull();
  expect(forkChanges(base, { ...base, optimizer: { kind: 'adam', lr: 0.2 } } as unknown as TrainSpec)).toBeNull();
  expect(forkChanges(base, base)).toBeNull();
});

it('a form shows what a fork was changed to, and takes it for unchanged', () => {
  const model = { kind: 'mlp', layers: [{ width: 8, dropout: 0.2 }, { width: 8, dropout: 0 }] };
  const spec = { ...base, model, optimizer: { kind: 'adam', lr: 0.2, beta1: 0.9 } } as unknown as TrainSpec;
  const shown = withChanges(spec, { lr: 0.05, momentum: 0.8, dropout: 0.5 });
  expect(shown.optimizer).toEqual({ kind: 'adam', lr: 0.05, beta1: 0.8 });
  expect((shown.model as unknown as typeof model).layers.map((layer) => layer.dropout)).toEqual([0.5, 0]);
  expect(spec.optimizer).toEqual({ kind: 'adam', lr: 0.2, beta1: 0.9 });
  expect(forkChanges(shown, shown)).toBeNull();
  expect(withChanges(spec, null)).toBe(spec);
});
