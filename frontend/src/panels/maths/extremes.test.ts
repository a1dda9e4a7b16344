import { describe, expect, it } from 'vitest';
import { columns, Extremes, Growing } from './extremes';

function noise(n: number, seed = 1): Float32Array {
  const values = new Float32Array(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    values[i] = state / 2147483648 - 0.5;
  }
  return values;
}

function plain(values: Float32Array, from: number, to: number): [number, number] {
  const finite = [...values.slice(from, to)].filter(Number.isFinite);
  return [Math.min(...finite), Math.max(...finite)];
}

describe('Extremes', () => {
  it('gives the same as a plain scan for any range, also after growing bit by bit', () => {
    const values = noise(5000);
    values[17] = NaN;
    values[4099] = Infinity;
    const tree = new Extremes((i) => values[i]!);
    for (const length of [1, 15, 16, 17, 256, 257, 4097, 5000]) tree.resize(length);
    for (let k = 0; k < 300; k++) {
      const a = (k * 7919) % 4990;
      const b = Math.min(5000, a + 1 + ((k * 104729) % 4000));
      expect(tree.range(a, b)).toEqual(plain(values, a, b));
    }
  });

  it('forgets what was cut and takes in what comes instead', () => {
    const values = noise(3000);
    const tree = new Extremes((i) => values[i]!);
    tree.resize(3000);
    for (const keep of [1700, 256, 17, 5]) {
      tree.resize(keep);
      values.set(noise(3000 - keep, keep), keep);
      expect(tree.range(0, 3000)).toEqual(plain(values, 0, keep));
      tree.resize(3000);
      expect(tree.range(0, 3000)).toEqual(plain(values, 0, 3000));
      expect(tree.range(keep - 3, keep + 40)).toEqual(plain(values, keep - 3, keep + 40));
    }
    tree.resize(0);
    expect(tree.range(0, 10)).toEqual([Infinity, -Infinity]);
  });
});

describe('columns', () => {
  it('keeps the first and last value and every extreme of a million points', () => {
    const series = new Growing();
    const values = noise(1_000_000);
    values[123_456] = 9;
    values[654_321] = -9;
    values.forEach((v) => series.push(v));
    const at = (i: number) => series.at(i);
    const tree = new Extremes(at);
    tree.resize(series.length);
    const cut = columns(tree, at, 0, series.length, 400);
    expect(cut).toHaveLength(400);
    expect(cut[0]!.first).toBe(values[0]);
    expect(cut.at(-1)!.last).toBe(values.at(-1));
    expect(cut.at(-1)!.to).toBe(999_999);
    expect(Math.max(...cut.map((c) => c.max))).toBe(9);
    expect(Math.min(...cut.map((c) => c.min))).toBe(-9);
  });

  it('leaves out columns without a finite value, and shows single values as themselves', () => {
    const values = Float32Array.of(1, NaN, NaN, 2);
    const at = (i: number) => values[i]!;
    const tree = new Extremes(at);
    tree.resize(4);
    expect(columns(tree, at, 0, 4, 100).map((c) => [c.from, c.min, c.max])).toEqual([
      [0, 1, 1],
      [3, 2, 2],
    ]);
    expect(columns(tree, at, 0, 4, 2).map((c) => [c.first, c.last])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});
