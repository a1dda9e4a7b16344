import { describe, expect, it } from 'vitest';
import { differences, fromParams, toParams, valueAt, withValue, type Json } from './spec_link';

const base = {
  kind: 'train',
  dataset: { kind: 'spirals', noise: 0.2 },
  model: { kind: 'mlp', layers: [{ kind: 'dense', width: 8 }] },
  optimizer: { kind: 'sgd', lr: 0.1, momentum: 0 },
  pace: null,
  seed: 0,
};

describe('a spec as a link', () => {
  it('names only the leaves that differ', () => {
    const spec = { ...base, optimizer: { ...base.optimizer, lr: 0.03 }, seed: 4 };
    expect(toParams(base, spec)).toEqual([
      ['optimizer.lr', '0.03'],
      ['seed', '4'],
    ]);
    expect(differences(base, base)).toEqual([]);
  });

  it('writes another kind or another list whole', () => {
    const spec = { ...base, optimizer: { kind: 'adam', lr: 0.1 }, model: { kind: 'mlp', layers: [] } };
    expect(toParams(base, spec)).toEqual([
      ['model.layers', '[]'],
      ['optimizer', '{"kind":"adam","lr":0.1}'],
    ]);
  });

  it.each<Json>([
    { ...base, pace: 60, dataset: { kind: 'spirals', noise: 0 } },
    { ...base, dataset: { kind: 'table', target: 'price', id: '12' } },
    { ...base, model: { kind: 'mlp', layers: [{ kind: 'dense', width: 3 }] }, seed: 9 },
  ])('comes back as it was', (spec) => {
    const link = new URLSearchParams(toParams(base, spec));
    expect(fromParams<Json>(base, new URLSearchParams(link.toString()))).toEqual({ spec, unknown: [] });
  });

  it('keeps strings that look like numbers', () => {
    const was = { name: 'a' };
    expect(fromParams(was, toParams(was, { name: '12' })).spec).toEqual({ name: '12' });
  });

  it('names parameters that lead nowhere', () => {
    expect(fromParams(base, [['pace.of.light', '3']])).toEqual({ spec: base, unknown: ['pace.of.light'] });
  });
});

it('reads and writes inside lists', () => {
  expect(valueAt(base, 'model.layers.0.width')).toBe(8);
  expect(valueAt(base, 'model.layers.3.width')).toBeUndefined();
  expect(valueAt(withValue(base, 'model.layers.0.width', 16), 'model.layers.0.width')).toBe(16);
  expect(valueAt(base, 'model.layers.0.width')).toBe(8);
});
