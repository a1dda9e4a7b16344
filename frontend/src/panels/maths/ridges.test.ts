import { describe, expect, it } from 'vitest';
import { ridge, spreadSteps, symmetricRange } from './ridges';

describe('spreadSteps', () => {
  it('keeps the first and the last and spreads the rest', () => {
    const steps = Array.from({ length: 101 }, (_, i) => i * 10);
    expect(spreadSteps(steps, 5)).toEqual([0, 250, 500, 750, 1000]);
    expect(spreadSteps([3, 9], 5)).toEqual([3, 9]);
    expect(spreadSteps([0, 1, 2, 3, 1000], 3)).toEqual([0, 3, 1000]);
  });
});

describe('ridge', () => {
  it('puts mass where the bins are and scales to the peak', () => {
    const { heights } = ridge({ step: 1, low: -1, high: 1, counts: [1, 3] }, 2, 4);
    expect([...heights].map((h) => Math.round(h * 100) / 100)).toEqual([0, 0.33, 1, 0]);
  });

  it('draws equal values as one needle, and nothing as nothing', () => {
    expect([...ridge({ step: 1, low: 0.1, high: 0.1, counts: [5, 0] }, 1, 4).heights]).toEqual([0, 0, 1, 0]);
    expect([...ridge({ step: 1, low: 0, high: 1, counts: [0, 0] }, 1, 4).heights]).toEqual([0, 0, 0, 0]);
  });

  it('finds one symmetric axis', () => {
    const rows = [
      { step: 0, low: -0.2, high: 0.1, counts: [1] },
      { step: 1, low: -9, high: 9, counts: [0] },
      { step: 2, low: 0, high: 0.5, counts: [2] },
    ];
    expect(symmetricRange(rows)).toBe(0.5);
    expect(symmetricRange([])).toBe(1);
  });
});
