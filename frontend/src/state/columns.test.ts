import { expect, it } from 'vitest';
import { Columns } from './columns';

it('grows past its first capacity and keeps every row', () => {
  const columns = new Columns(['loss', 'lr']);
  for (let step = 1; step <= 5000; step++) columns.append(step, [step / 2, 0.1]);
  expect(columns.length).toBe(5000);
  expect(columns.column('loss')![4999]).toBe(2500);
  expect(columns.steps[1023]).toBe(1024);
  expect(columns.column('nothing')).toBeNull();
});

it('appends several rows at once in C order', () => {
  const columns = new Columns(['a', 'b']);
  columns.append(3, Float32Array.of(1, 2, 3, 4));
  expect([...columns.steps]).toEqual([3, 4]);
  expect([...columns.column('b')!]).toEqual([2, 4]);
});

it('finds rows by step and skips what was not measured', () => {
  const columns = new Columns(['loss']);
  columns.append(1, [5, NaN, 4]);
  expect(columns.indexAt(0)).toBe(-1);
  expect(columns.indexAt(2)).toBe(1);
  expect(columns.indexAt(99)).toBe(2);
  expect(columns.valueAt('loss', 2)).toBe(5);
  expect(columns.valueAt('loss')).toBe(4);
  expect(columns.valueAt('loss', 0)).toBeNull();
});

it('cuts an abandoned branch and can go on from there', () => {
  const columns = new Columns(['loss']);
  columns.append(1, [9, 8, 7, 6]);
  const cut = columns.cutAfter(2)!;
  expect([...cut.steps]).toEqual([3, 4]);
  expect([...cut.column('loss')!]).toEqual([7, 6]);
  expect(columns.cutAfter(2)).toBeNull();
  columns.append(3, [1]);
  expect([...columns.column('loss')!]).toEqual([9, 8, 1]);
});
