import { describe, expect, it } from 'vitest';
import { Smoothed } from './smoothing';

/** The definition, from the start each time. */
function direct(values: number[], beta: number): number {
  let sum = 0;
  let weight = 0;
  values.forEach((v, i) => {
    const w = (1 - beta) * beta ** (values.length - 1 - i);
    sum += w * v;
    weight += w;
  });
  return sum / weight;
}

describe('Smoothed', () => {
  it('is the bias-corrected exponential average', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const smooth = new Smoothed((i) => values[i]!, 0.9);
    smooth.resize(values.length);
    values.forEach((_, i) => expect(smooth.value(i)).toBeCloseTo(direct(values.slice(0, i + 1), 0.9), 5));
    expect(smooth.value(0)).toBe(3);
  });

  it('is the series itself at factor 0', () => {
    const values = [3, 1, 4];
    const smooth = new Smoothed((i) => values[i]!, 0);
    smooth.resize(3);
    expect([0, 1, 2].map((i) => smooth.value(i))).toEqual(values);
  });

  it('skips what was not measured and goes on after a cut', () => {
    const values = [1, NaN, 2, 8, 8];
    const smooth = new Smoothed((i) => values[i]!, 0.5);
    smooth.resize(5);
    expect(smooth.value(1)).toBeNaN();
    expect(smooth.value(2)).toBeCloseTo(direct([1, 2], 0.5), 6);
    smooth.resize(3);
    values[3] = 4;
    smooth.resize(4);
    expect(smooth.value(3)).toBeCloseTo(direct([1, 2, 4], 0.5), 6);
  });
});
