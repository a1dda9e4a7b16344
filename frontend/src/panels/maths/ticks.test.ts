import { describe, expect, it } from 'vitest';
import { linearTicks, logTicks, scale } from './ticks';

describe('linear ticks', () => {
  it('sit at multiples of 1, 2 or 5', () => {
    expect(linearTicks(0, 2400, 4)).toEqual([0, 1000, 2000]);
    expect(linearTicks(0, 2400, 5)).toEqual([0, 500, 1000, 1500, 2000]);
    expect(linearTicks(0.1, 0.32, 4)).toEqual([0.1, 0.2, 0.3]);
    expect(linearTicks(-3, 3, 4)).toEqual([-2, 0, 2]);
    expect(linearTicks(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(linearTicks(5, 5)).toEqual([5]);
  });
});

describe('log ticks', () => {
  it('choose 1 2 5, 1 3 or decades by how many fit', () => {
    expect(logTicks(0.1, 1, 4)).toEqual([0.1, 0.2, 0.5, 1]);
    expect(logTicks(0.02, 1.6, 4)).toEqual([0.03, 0.1, 0.3, 1]);
    expect(logTicks(1e-4, 1, 4)).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1]);
    expect(logTicks(1e-12, 1, 4).length).toBeLessThanOrEqual(6);
    expect(logTicks(1e-12, 1, 4).length).toBeGreaterThanOrEqual(3);
  });

  it('fall back to a linear axis inside one octave', () => {
    expect(logTicks(0.6, 0.7, 4)).toEqual([0.6, 0.65, 0.7]);
    expect(logTicks(0, 1)).toEqual([]);
  });
});

describe('scale', () => {
  it('goes there and back, linear and logarithmic', () => {
    for (const log of [false, true]) {
      const s = scale(0.01, 10, 100, 0, log);
      expect(s(0.01)).toBeCloseTo(100);
      expect(s(10)).toBeCloseTo(0);
      expect(s.invert(s(0.37))).toBeCloseTo(0.37);
    }
    expect(scale(0.01, 1, 0, 2, true)(0.1)).toBeCloseTo(1);
  });
});
