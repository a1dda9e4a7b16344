import { expect, it } from 'vitest';
import { sliderScale } from './scale';

it('is even in decades on a log scale and ticks each of them', () => {
  const scale = sliderScale(1e-4, 1, true);
  expect(scale.toPosition(0.01)).toBeCloseTo(0.5);
  expect(scale.toValue(0.5)).toBe(0.01);
  expect(scale.ticks.map((tick) => tick.value)).toEqual([1e-4, 1e-3, 0.01, 0.1, 1]);
  expect(scale.toValue(2)).toBe(1);
});

it('gives zero the left end of a log scale that begins there', () => {
  const scale = sliderScale(0, 10, true);
  expect(scale.toPosition(0)).toBe(0);
  expect(scale.toValue(0)).toBe(0);
  expect(scale.toValue(1)).toBe(10);
  expect(scale.toPosition(1e-6)).toBeGreaterThan(0);
});

it.each([1e-4, 0.003, 0.05, 0.9])('brings %s back on both scales', (value) => {
  for (const log of [true, false]) {
    const scale = sliderScale(1e-4, 1, log, 1e-4);
    expect(scale.toValue(scale.toPosition(value))).toBeCloseTo(value, 6);
  }
});

it('keeps to its step', () => {
  const scale = sliderScale(0, 1, false, 0.25);
  expect(scale.toValue(0.3)).toBe(0.25);
  expect(scale.toValue(0.99)).toBe(1);
});
