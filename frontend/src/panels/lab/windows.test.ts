import { describe, expect, it } from 'vitest';
import type { Numbers } from './trace';
import { cornerWithin, isPart, overviewOf, windowOf, ZOOMS } from './windows';

const sent = (shape: number[]): Numbers => ({ shape, sent: shape, values: [], dtype: 'float32', windowed: false });

describe('parts of a large tensor', () => {
  it('are asked for as slices that stay within the tensor', () => {
    const shape = [4, 3, 28, 64];
    expect(windowOf('b', shape, [1, 2], [20, 40], 0)!.source).toBe('b[1, 2, 20:28, 40:64]');
    expect(cornerWithin(shape, [20, 60], 0)).toEqual([4, 32]);
    expect(overviewOf('b', shape, [1, 2])!.source).toBe('b[1, 2, ::1, ::2]');
    expect(windowOf('v', [5000], [], [0, 4900], 2)!.source).toBe('v[4900:4948]');
    expect(windowOf('net.weight', [9, 9], [], [0, 0], 0)).toBeNull();
  });

  it('hold at most as many numbers as are sent whole', () => {
    for (const [rows, columns] of ZOOMS) expect(rows * columns).toBeLessThanOrEqual(1000);
    for (const shape of [[784, 200], [33, 33], [5, 100_000], [31, 33]]) {
      const [r, c] = overviewOf('x', shape, [])!.step;
      expect(Math.ceil(shape[0]! / r) * Math.ceil(shape[1]! / c)).toBeLessThanOrEqual(1000);
    }
    expect(overviewOf('x', [20, 30], [])).toBeNull();
  });

  it('are taken only where their shape is what was asked for', () => {
    const shape = [784, 200];
    const part = windowOf('x', shape, [], [770, 190], 0)!;
    expect(isPart(sent([14, 10]), shape, part, 'window')).toBe(true);
    expect(isPart(sent([24, 32]), shape, part, 'window')).toBe(false);
    const whole = overviewOf('x', shape, [])!;
    expect(isPart(sent([31, 29]), shape, whole, 'overview')).toBe(true);
  });
});
