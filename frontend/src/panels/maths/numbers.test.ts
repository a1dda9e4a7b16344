import { describe, expect, it } from 'vitest';
import { percent, short, tick } from './numbers';

describe('numbers for people', () => {
  it('are short, with a true minus', () => {
    expect([0.186, 0.5, 1.0123, 12.3456, 345.6, 0.009, -0.00123].map((v) => short(v))).toEqual([
      '0.186', '0.500', '1.01', '12.3', '346', '9e−3', '−1.2e−3',
    ]);
    expect([NaN, Infinity, -Infinity, 0].map((v) => short(v))).toEqual(['NaN', '∞', '−∞', '0']);
  });

  it('lose trailing zeros on ticks', () => {
    expect([0.001, 0.0001, 1200, 12_000, 2_500_000, -0.5, 0.1].map(tick)).toEqual([
      '0.001', '1e−4', '1200', '12k', '2.5M', '−0.5', '0.1',
    ]);
  });

  it('give percent with one decimal', () => {
    expect([0.884, 1, 0, 0.99959, 0.9].map(percent)).toEqual(['88.4%', '100%', '0%', '99.95%', '90.0%']);
  });
});
