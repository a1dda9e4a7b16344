import { describe, expect, it } from 'vitest';
import {
  colorAt,
  contrast,
  inkOn,
  lookupTable,
  luminance,
  orderedColor,
  paintPixels,
  parseHex,
  signedColor,
  type MapName,
  type Theme,
} from './colormaps';

const STOPS: Record<MapName, Record<Theme, string>> = {
  signed: {
    light: '046abe 438ad6 7aace4 b2cff0 f3f7f9 f4bdb0 e78c77 d55c41 bc2b02',
    dark: '74b6ff 5d94d1 4b719c 394e65 1f2629 684037 9f5847 d46f58 ff8d73',
  },
  magnitude: {
    light: 'f7f6ed eaebb1 afd786 51b48d 1d878c 1c587c 1b2c53',
    dark: '182229 213758 205b7f 208892 4db491 acdc85 f5f5b2',
  },
};
const CASES = (['signed', 'magnitude'] as const).flatMap((map) =>
  (['light', 'dark'] as const).map((theme) => [map, theme] as const),
);

describe.each(CASES)('%s map, %s', (map, theme) => {
  const stops = STOPS[map][theme].split(' ').map(parseHex);

  it('passes through every stop of the look, in the function and in the table', () => {
    const table = lookupTable(map, theme);
    const entries = table.length / 3;
    stops.forEach((stop, i) => {
      expect(colorAt(map, theme, i / (stops.length - 1))).toEqual(stop);
      const at = ((entries - 1) / (stops.length - 1)) * i * 3;
      expect([...table.slice(at, at + 3)]).toEqual([...stop]);
    });
  });

  it('is linear between two stops', () => {
    const [a, b] = [stops[0]!, stops[1]!];
    const half = colorAt(map, theme, 0.5 / (stops.length - 1));
    half.forEach((c, k) => expect(Math.abs(c - (a[k]! + b[k]!) / 2)).toBeLessThanOrEqual(0.5));
  });

  it('leaves text readable on every shade', () => {
    const table = lookupTable(map, theme);
    for (let i = 0; i < table.length; i += 3) {
      const rgb = [table[i]!, table[i + 1]!, table[i + 2]!] as const;
      expect(contrast(rgb, parseHex(inkOn(rgb)))).toBeGreaterThanOrEqual(4.58);
    }
  });
});

it('keeps magnitude strictly monotone in lightness', () => {
  for (const theme of ['light', 'dark'] as const) {
    const shades = Array.from({ length: 60 }, (_, i) => luminance(colorAt('magnitude', theme, i / 59)));
    const order = theme === 'light' ? 1 : -1;
    for (let i = 1; i < shades.length; i++) expect(order * (shades[i - 1]! - shades[i]!)).toBeGreaterThan(0);
  }
});

it('puts zero on the paper and clamps beyond the range', () => {
  expect(signedColor('light', 0, 2)).toEqual(parseHex('f3f7f9'));
  expect(signedColor('light', 9, 2)).toEqual(parseHex('bc2b02'));
  expect(signedColor('light', 0, 0)).toEqual(parseHex('f3f7f9'));
});

it('takes ordered things from shallow to deep', () => {
  expect(orderedColor('light', 0, 4)).toEqual(colorAt('magnitude', 'light', 0.42));
  expect(orderedColor('light', 3, 4)).toEqual(colorAt('magnitude', 'light', 0.94));
  expect(orderedColor('dark', 0, 4)).toEqual(colorAt('magnitude', 'dark', 0.38));
});

it('paints values as pixels, leaves NaN transparent and keeps fields to the inner map', () => {
  const pixels = new Uint8ClampedArray(16);
  paintPixels(pixels, [-1, 0, 1, NaN], { map: 'signed', theme: 'light', max: 1 });
  expect([...pixels.slice(0, 4)]).toEqual([...parseHex('046abe'), 255]);
  expect([...pixels.slice(4, 8)]).toEqual([...parseHex('f3f7f9'), 255]);
  expect([...pixels.slice(8, 12)]).toEqual([...parseHex('bc2b02'), 255]);
  expect(pixels[15]).toBe(0);
  paintPixels(pixels, [1], { map: 'signed', theme: 'light', max: 1, field: true });
  const inner = colorAt('signed', 'light', 0.85);
  inner.forEach((c, k) => expect(Math.abs(pixels[k]! - c)).toBeLessThanOrEqual(2));
});
