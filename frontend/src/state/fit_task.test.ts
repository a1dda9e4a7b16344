import { expect, it } from 'vitest';
import type { Catalog, TrainSpec } from '../protocol';
import { fitTask } from './fit_task';

const entry = (kind: string, ...tasks: string[]) => ({ kind, tasks, title: { en: '', zh: '' }, about: { en: '', zh: '' } });
const catalog = {
  entries: {
    datasets: [entry('circle', 'binary'), entry('xor', 'binary'), entry('iris', 'multiclass'), entry('line', 'regression')],
    losses: [entry('mse', 'regression'), entry('bce_with_logits', 'binary'), entry('cross_entropy', 'multiclass')],
    metrics: [entry('accuracy', 'binary', 'multiclass'), entry('auc', 'binary'), entry('mae', 'regression')],
  },
  train_schema: {
    properties: {
      loss: {
        oneOf: [
          { properties: { kind: { const: 'cross_entropy' }, label_smoothing: { type: 'number', default: 0 } } },
          { properties: { kind: { const: 'mse' } } },
        ],
      },
      metrics: { type: 'array', items: { oneOf: [{ properties: { kind: { const: 'mae' } } }] } },
    },
  },
} as unknown as Catalog;

const spec = (dataset: object, loss: string, ...metrics: string[]) =>
  ({ dataset, loss: { kind: loss }, metrics: metrics.map((kind) => ({ kind })) }) as unknown as TrainSpec;

it('changes loss and metrics with the task, and only then', () => {
  const before = spec({ kind: 'circle' }, 'bce_with_logits', 'accuracy', 'auc');
  const to = (dataset: object) => fitTask({ ...before, dataset } as TrainSpec, before, catalog);
  expect(to({ kind: 'xor' })).toEqual({ ...before, dataset: { kind: 'xor' } });
  expect(to({ kind: 'iris' })).toEqual({
    ...spec({ kind: 'iris' }, 'cross_entropy', 'accuracy'),
    loss: { kind: 'cross_entropy', label_smoothing: 0 },
  });
  expect(to({ kind: 'line' })).toEqual(spec({ kind: 'line' }, 'mse', 'mae'));
});

it('reads the task of tables and drawn points from their fields', () => {
  const drawn = spec({ kind: 'drawn', classes: 2 }, 'bce_with_logits', 'accuracy');
  const three = fitTask({ ...drawn, dataset: { kind: 'drawn', classes: 3 } } as TrainSpec, drawn, catalog);
  expect(three.loss.kind).toBe('cross_entropy');
});
