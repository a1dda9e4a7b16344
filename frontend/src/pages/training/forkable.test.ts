import { expect, it } from 'vitest';
import type { TrainSpec } from '../../protocol';
import { forkChanges } from './forkable';

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
