import { expect, it } from 'vitest';
import { tick } from './numbers';

it('ticks lose trailing zeros and have a true minus', () => {
  expect([0.001, 0.0001, 1200, 12_000, 2_500_000, 3e12, -0.5, 0.1, 0].map(tick)).toEqual([
    '0.001', '1e−4', '1200', '12k', '2.5M', '3e12', '−0.5', '0.1', '0',
  ]);
});
