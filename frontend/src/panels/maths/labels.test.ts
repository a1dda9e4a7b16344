import { describe, expect, it } from 'vitest';
import { spread } from './labels';

describe('spread', () => {
  it('leaves labels that do not touch where they are', () => {
    expect(spread([10, 80, 40], 13, 0, 100)).toEqual([10, 80, 40]);
  });

  it('keeps the order and the gap, and moves neighbors equally', () => {
    expect(spread([50, 50], 13, 0, 100)).toEqual([43.5, 56.5]);
    expect(spread([52, 50], 13, 0, 100)).toEqual([57.5, 44.5]);
  });

  it('stays inside the box', () => {
    expect(spread([99, 100, 98], 13, 0, 100)).toEqual([87, 100, 74]);
    expect(spread([-5, 2], 13, 0, 100)).toEqual([0, 13]);
  });

  it('never puts two closer than the gap', () => {
    const wanted = Array.from({ length: 12 }, (_, i) => (i * 37) % 50);
    const sorted = spread(wanted, 13, 0, 400).sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThan(13 - 1e-9);
  });
});
