import { expect, it } from 'vitest';
import { moments } from './moments';

it('gives mean and spread of a histogram to within a bin', () => {
  const counts = new Array<number>(64).fill(0);
  const values: number[] = [];
  for (let i = 0; i < 5000; i++) values.push(Math.sin(i) + 0.3);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  for (const value of values) counts[Math.min(63, Math.floor(((value - low) / (high - low)) * 64))]! += 1;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  const found = moments(low, high, counts);
  expect(found.mean).toBeCloseTo(mean, 2);
  expect(found.std).toBeCloseTo(std, 2);
  expect(moments(0, 1, [0, 0]).mean).toBeNaN();
});
