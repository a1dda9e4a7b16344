import { expect, it } from 'vitest';
import { fitted } from './fitting';
import type { Schema } from './schema';

const root: Schema = {
  $defs: {
    Spirals: { properties: { kind: { const: 'spirals' }, noise: { type: 'number', default: 0.1 } } },
    Table: { properties: { kind: { const: 'table' }, upload: { type: 'string', default: '' }, noise: { type: 'number', default: 0 }, columns: { type: 'array', items: { type: 'string' }, default: [] } } },
  },
  properties: {
    dataset: { oneOf: [{ $ref: '#/$defs/Spirals' }, { $ref: '#/$defs/Table' }], discriminator: { propertyName: 'kind' } },
    pace: { anyOf: [{ type: 'number' }, { type: 'null' }], default: null },
    device: { enum: ['auto', 'cpu'] },
    again: { type: 'boolean', default: false },
  },
};
const base = { dataset: { kind: 'spirals', noise: 0.3 }, pace: 20, device: 'auto', again: false };
const fit = (change: object) => fitted(root, root, { ...base, ...change } as never, base);

it('leaves what fits as it is', () => {
  expect(fit({})).toEqual({ value: base, refused: [] });
  expect(fit({ pace: null, device: 'cpu', dataset: { kind: 'spirals', noise: 5 } })).toEqual({ value: { ...base, pace: null, device: 'cpu', dataset: { kind: 'spirals', noise: 5 } }, refused: [] });
});

it('takes a name alone for the kind, with its defaults', () => {
  expect(fit({ dataset: 'table' }).value).toEqual({ ...base, dataset: { kind: 'table', upload: '', noise: 0.3, columns: [] } });
  expect(fit({ dataset: { kind: 'table' } }).value).toEqual({ ...base, dataset: { kind: 'table', upload: '', noise: 0, columns: [] } });
});

it.each([
  [{ dataset: 'nonsense' }, 'dataset'],
  [{ dataset: 7 }, 'dataset'],
  [{ pace: 'fast' }, 'pace'],
  [{ device: 'tpu' }, 'device'],
  [{ again: 'yes' }, 'again'],
  [{ dataset: { kind: 'spirals', noise: 'much' } }, 'dataset.noise'],
])('keeps the base where %j does not fit, and says where', (change, path) => {
  const { value, refused } = fit(change);
  expect(refused).toEqual([path]);
  expect(fitted(root, root, value, base).refused).toEqual([]);
});
