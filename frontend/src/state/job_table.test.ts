import { expect, it } from 'vitest';
import type { JobInfo, Recipe } from '../protocol';
import { best, family, identities, newestByRecipe, primary, scoreWords, sharedRange } from './job_table';

function job(id: string, fields: object = {}): JobInfo {
  const spec = { kind: 'train', dataset: { kind: 'iris' }, optimizer: { kind: 'sgd', lr: 0.1 } };
  return { id, name: id, state: 'finished', spec, ...fields } as unknown as JobInfo;
}

it('lists forks under their parent in the order they were made and says what changed', () => {
  const jobs = [
    job('d', { parent: { job: 'c', step: 9, changes: { lr: 1, momentum: 0.5, dropout: null } } }),
    job('c', { parent: { job: 'a', step: 5, changes: { lr: 1, momentum: null } } }),
    job('b', { parent: { job: 'a', step: 5, changes: { lr: 0.01 } } }),
    job('z'),
    job('a'),
  ];
  expect(family(jobs, new Map([['a', 3]])).map(({ job: { id }, child, color, changes }) => [id, child, color, changes])).toEqual([
    ['z', false, null, ''],
    ['a', false, 3, ''],
    ['b', true, null, 'lr 0.1 → 0.01'],
    ['c', true, null, 'lr 0.1 → 1'],
    ['d', true, null, 'momentum 0.5'],
  ]);
});

it('keeps a fork whose parent is gone', () => {
  expect(family([job('b', { parent: { job: 'gone', step: 1 } })], new Map())[0]!.child).toBe(false);
});

it('colors the newest eight, and newer jobs take no color away from those that keep one', () => {
  const jobs = Array.from({ length: 9 }, (_, i) => job(String(i), { created: i }));
  const before = identities(jobs.slice(0, 8));
  const after = identities(jobs.toReversed());
  expect([...before.values()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(after.has('0')).toBe(false);
  for (const id of ['1', '4', '7']) expect(after.get(id)).toBe(before.get(id));
  expect(after.get('8')).toBe(0);
});

it('shares one range of positive losses', () => {
  expect(sharedRange([job('a', { spark: [1, null, 0.1] }), job('b', { spark: [0, 4] })])).toEqual([0.1, 4]);
  const diverged = job('c', { spark: [2, 1e30, null] });
  expect(sharedRange([job('a', { spark: [1, 0.1] }), diverged, job('b', { spark: [2, 0.5] })])).toEqual([0.1, 2]);
  expect(sharedRange([diverged])).toEqual([2, 1e30]);
  expect(sharedRange([job('a')])).toBeNull();
});

it('names the score and prefers the test split', () => {
  const done = job('a', { latest: { validation: { accuracy: 0.9 }, test: { loss: 1, accuracy: 0.875 } } });
  expect(primary(done)).toEqual({ name: 'accuracy', value: 0.875 });
  expect(scoreWords(primary(done))).toBe('87.5%');
  expect(scoreWords(primary(job('b', { latest: { validation: { mae: 1.5 } } })))).toBe('1.50');
  expect(scoreWords(primary(job('c')))).toBe('–');
});

it('marks the best only among jobs that can be compared', () => {
  const of = (id: string, loss: number, mae: number, dataset = 'iris') =>
    job(id, { latest: { validation: { loss, mae } }, spec: { dataset: { kind: dataset } } });
  expect(best([of('a', 0.2, 3), of('b', 0.1, 4)])).toEqual({ loss: 0.1, score: 3 });
  expect(best([of('a', 0.2, 3), of('b', 0.1, 4, 'wine')])).toEqual({ loss: null, score: null });
  expect(best([of('a', 0.2, 3)])).toEqual({ loss: null, score: null });
});

it('gives a recipe its newest job, unless that went on to other data or another model', () => {
  const of = (id: string, dataset: string, model: string, recipe: string | null = 'spirals') =>
    job(id, { recipe, spec: { dataset: { kind: dataset }, model: { kind: model } } });
  const recipe = { name: 'spirals', spec: { dataset: { kind: 'spirals' }, model: { kind: 'mlp' } } } as unknown as Recipe;
  const jobs = [of('d', 'moons', 'mlp'), of('c', 'spirals', 'linear'), of('b', 'spirals', 'mlp'), of('a', 'spirals', 'mlp')];
  expect(newestByRecipe([recipe], jobs).get('spirals')?.id).toBe('b');
  expect(newestByRecipe([recipe], jobs.slice(0, 2)).size).toBe(0);
  expect(newestByRecipe([recipe], [of('e', 'spirals', 'mlp', null), of('f', 'spirals', 'mlp', 'gone')]).size).toBe(0);
});
