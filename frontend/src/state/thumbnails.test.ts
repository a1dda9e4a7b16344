import { expect, it } from 'vitest';
import type { Event } from '../protocol';
import { thumbnailOf } from './thumbnails';

const tensor = (shape: number[], data: number[]) => ({ dtype: 'float32', shape, data });
const boundary = (shape: number[], data: number[]) =>
  ({ type: 'boundary', output: tensor(shape, data), units: [] }) as unknown as Event;
const weights = (shape: number[], data: number[]) =>
  ({ type: 'weights', tensors: [{ name: 'w', values: tensor(shape, data), shape }] }) as unknown as Event;

it('draws the plane with its highest y on top', () => {
  const thumbnail = thumbnailOf([boundary([1, 2, 3], [1, 2, 3, 4, 5, -6])])!;
  expect([...thumbnail.numbers]).toEqual([4, 5, -6, 1, 2, 3]);
  expect(thumbnail).toMatchObject({ width: 3, height: 2, max: 6, smooth: true });
});

it('falls back to weights where there are several outputs', () => {
  const thumbnail = thumbnailOf([boundary([2, 1, 1], [1, 2]), weights([2, 2], [1, -2, 3, 4])])!;
  expect(thumbnail).toMatchObject({ width: 2, height: 2, max: 4, smooth: false });
  expect([...thumbnail.numbers]).toEqual([1, -2, 3, 4]);
});

it('lays filters out with a gap, first channel only', () => {
  const thumbnail = thumbnailOf([weights([2, 2, 1, 2], [1, 2, 9, 9, 3, 4, 9, 9])])!;
  expect(thumbnail).toMatchObject({ width: 5, height: 1 });
  expect([...thumbnail.numbers]).toEqual([1, 2, 0, 3, 4]);
});

it('has nothing to show of a job without either', () => {
  expect(thumbnailOf([])).toBeNull();
});
