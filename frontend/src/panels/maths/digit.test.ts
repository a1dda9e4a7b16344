import { describe, expect, it } from 'vitest';
import { normalizeDigit } from './digit';

function sheet(side: number, ink: (x: number, y: number) => number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, i) => ink(i % side, Math.floor(i / side)));
}

function center(image: Float32Array): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((value, i) => {
    mass += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return [x / mass, y / mass];
}

describe('normalizeDigit', () => {
  it('is null for an empty sheet', () => {
    expect(normalizeDigit(sheet(280, () => 0), 280, 280)).toBeNull();
  });

  it('centers by mass and fits the longer side into 20, wherever and however large it was drawn', () => {
    for (const [left, top, scale] of [[10, 30, 1], [150, 100, 0.5], [0, 0, 1.2]] as const) {
      // An L: its mass is not in the middle of its box.
      const drawn = sheet(280, (x, y) => {
        const [u, v] = [(x - left) / scale, (y - top) / scale];
        return (u >= 0 && u < 20 && v >= 0 && v < 200) || (u >= 0 && u < 100 && v >= 180 && v < 200) ? 255 : 0;
      });
      const image = normalizeDigit(drawn, 280, 280)!;
      const [x, y] = center(image);
      expect(x).toBeCloseTo(14, 1);
      expect(y).toBeCloseTo(14, 1);
      const rows = Array.from({ length: 28 }, (_, r) => image.slice(r * 28, r * 28 + 28).some((v) => v > 2));
      const used = rows.lastIndexOf(true) - rows.indexOf(true) + 1;
      expect(used).toBeGreaterThanOrEqual(20);
      expect(used).toBeLessThanOrEqual(21);
    }
  });

  it('keeps the amount of ink', () => {
    const square = sheet(100, (x, y) => (x >= 30 && x < 70 && y >= 30 && y < 70 ? 255 : 0));
    const image = normalizeDigit(square, 100, 100)!;
    expect(image.reduce((a, b) => a + b, 0) / 255).toBeCloseTo(400, 0);
    expect(Math.max(...image)).toBeCloseTo(255);
  });
});
