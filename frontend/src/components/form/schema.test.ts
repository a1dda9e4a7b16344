import { describe, expect, it } from 'vitest';
import { boundsOf, defaultOf, fieldKind, fields, isTriple, resolve, switchKind, variants, withoutNull, type Schema } from './schema';

const root: Schema = {
  $defs: {
    SGD: {
      title: 'SGD',
      properties: {
        kind: { const: 'sgd', default: 'sgd' },
        lr: { type: 'number', exclusiveMinimum: 0, maximum: 10, default: 0.1 },
        momentum: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.5 },
      },
    },
    Adam: {
      title: 'Adam',
      properties: {
        kind: { const: 'adam', default: 'adam' },
        lr: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.001 },
      },
    },
    Flat: { properties: { kind: { const: 'flatten' } } },
    Dense: { properties: { kind: { const: 'dense' }, width: { type: 'integer', minimum: 1 } } },
  },
  properties: {
    optimizer: { oneOf: [{ $ref: '#/$defs/SGD' }, { $ref: '#/$defs/Adam' }], discriminator: { propertyName: 'kind' } },
    pace: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }], default: null, title: 'Pace' },
    layers: { type: 'array', items: { oneOf: [{ $ref: '#/$defs/Flat' }, { $ref: '#/$defs/Dense' }] }, minItems: 1 },
    split: { type: 'array', prefixItems: [{ type: 'number', default: 0.8 }, { type: 'number', default: 0.2 }] },
    again: { $ref: '#/$defs/SGD', title: 'Again' },
  },
};
const { optimizer, pace, layers, split, again } = root.properties as Record<string, Schema>;

it('follows references and keeps what stands beside them', () => {
  expect(resolve(root, again!).title).toBe('Again');
  expect(resolve(root, again!).properties?.lr?.default).toBe(0.1);
  expect(() => resolve(root, { $ref: '#/$defs/Gone' })).toThrow('Gone');
});

it('finds the members of a union by kind', () => {
  expect([...variants(root, optimizer!).keys()]).toEqual(['sgd', 'adam']);
  expect(fields(variants(root, optimizer!).get('sgd')!).map(([name]) => name)).toEqual(['lr', 'momentum']);
});

it('tells null apart', () => {
  const { schema, nullable } = withoutNull(root, pace!);
  expect(nullable).toBe(true);
  expect(fieldKind(schema)).toBe('number');
  expect(schema.title).toBe('Pace');
  expect(boundsOf(schema).above).toBe(0);
});

it('knows what to show', () => {
  expect([optimizer!, layers!, split!].map(fieldKind)).toEqual(['union', 'list', 'tuple']);
});

it('asks for what is inherited last, and knows three numbers that belong together', () => {
  const shares: Schema = { properties: { a: { type: 'number' }, b: { type: 'number' }, c: { type: 'number' } } };
  expect(fields({ properties: { split: shares, size: {}, noise: {} } }).map(([name]) => name)).toEqual(['size', 'noise', 'split']);
  expect(isTriple(root, shares)).toBe(true);
  expect(isTriple(root, root.$defs!.SGD!)).toBe(false);
});

describe('defaults', () => {
  it('come from the schema, or are the least that fits', () => {
    expect(defaultOf(root, root)).toEqual({
      optimizer: { kind: 'sgd', lr: 0.1, momentum: 0.5 },
      pace: null,
      layers: [{ kind: 'flatten' }],
      split: [0.8, 0.2],
      again: { kind: 'sgd', lr: 0.1, momentum: 0.5 },
    });
  });

  it('keep what was said before when the kind changes, where it still fits', () => {
    const [sgd, adam] = [...variants(root, optimizer!).values()];
    expect(switchKind(root, adam!, { kind: 'sgd', lr: 0.3, momentum: 0.9 })).toEqual({ kind: 'adam', lr: 0.3 });
    expect(switchKind(root, adam!, { kind: 'sgd', lr: 5, momentum: 0.9 })).toEqual({ kind: 'adam', lr: 0.001 });
    expect(switchKind(root, sgd!, { kind: 'adam', lr: 0.3 })).toEqual({ kind: 'sgd', lr: 0.3, momentum: 0.5 });
  });
});
