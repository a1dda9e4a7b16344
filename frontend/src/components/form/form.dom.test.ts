import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';
import type { Json } from '../../state/spec_link';
import type { Schema } from './schema';
import SpecForm from './SpecForm.svelte';

afterEach(cleanup);

const schema: Schema = {
  $defs: {
    SGD: {
      properties: {
        kind: { const: 'sgd' },
        lr: { type: 'number', exclusiveMinimum: 0, default: 0.1, description: 'Length of a step.' },
        nesterov: { type: 'boolean', default: false },
      },
    },
    Adam: { properties: { kind: { const: 'adam' }, lr: { type: 'number', exclusiveMinimum: 0, default: 0.001 } } },
    Hidden: { properties: { width: { type: 'integer', minimum: 1, default: 8 }, activation: { enum: ['relu', 'tanh'] } } },
  },
  properties: {
    optimizer: { oneOf: [{ $ref: '#/$defs/SGD' }, { $ref: '#/$defs/Adam' }] },
    layers: { type: 'array', items: { $ref: '#/$defs/Hidden' }, maxItems: 3 },
    seed: { type: 'integer', minimum: 0, default: 0 },
    surprise: { type: 'string', default: '' },
  },
};
const value = {
  optimizer: { kind: 'sgd', lr: 0.1, nesterov: false },
  layers: [{ width: 8, activation: 'relu' }],
  seed: 0,
  surprise: '',
};
const groups = [
  { title: 'Training', fields: ['optimizer', 'layers'], open: true },
  { title: 'Seed', fields: ['seed'], open: false },
];

function show(more: object = {}) {
  const onchange = vi.fn<(value: Json) => void>();
  const view = render(SpecForm, { schema, value, groups, onchange, ...more });
  return { onchange, ...view };
}

it('shows a field for each property, those of no group last', () => {
  const { container } = show();
  expect(screen.getByLabelText('Optimizer')).toBeTruthy();
  expect(screen.getByLabelText('Learning rate')).toBeTruthy();
  expect([...container.querySelectorAll('summary')].map((summary) => summary.textContent.trim())).toEqual([
    'Training',
    'Seed 0',
    'More none',
  ]);
  expect(screen.getByText('Length of a step.')).toBeTruthy();
});

it('changes one leaf and leaves the rest alone', async () => {
  const { onchange } = show();
  await fireEvent.click(screen.getByLabelText('Nesterov'));
  expect(onchange).toHaveBeenCalledExactlyOnceWith({ ...value, optimizer: { ...value.optimizer, nesterov: true } });
});

it('keeps what still fits when the kind changes', async () => {
  const { onchange } = show();
  await fireEvent.change(screen.getByLabelText('Optimizer'), { target: { value: 'adam' } });
  expect(onchange).toHaveBeenCalledExactlyOnceWith({ ...value, optimizer: { kind: 'adam', lr: 0.1 } });
});

it('marks what was changed and says what it was', () => {
  const base = { ...value, optimizer: { ...value.optimizer, lr: 0.2 } };
  const { container } = show({ base });
  const changed = [...container.querySelectorAll('.row.changed')];
  expect(changed).toHaveLength(1);
  expect(changed[0]!.textContent).toContain('was 0.2');
});

it('shows the sentence of the server at its field', () => {
  show({ problems: { 'optimizer.lr': 'lr is too large here' } });
  expect(screen.getByRole('alert').textContent).toBe('lr is too large here');
});

it('adds, opens and removes rows of a list', async () => {
  const { onchange, container } = show();
  const list = within(container.querySelector<HTMLElement>('.list')!);
  await fireEvent.click(list.getByRole('button', { name: 'Add' }));
  expect(onchange).toHaveBeenLastCalledWith({ ...value, layers: [value.layers[0], value.layers[0]] });
  await fireEvent.click(list.getByRole('button', { expanded: false }));
  await fireEvent.click(list.getByRole('button', { name: 'Remove row 1' }));
  expect(onchange).toHaveBeenLastCalledWith({ ...value, layers: [] });
});
