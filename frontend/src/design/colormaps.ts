/** The three maps of the look (signed, magnitude, ordered) as functions and lookup tables for canvas panels. */

export type Theme = 'light' | 'dark';
export type MapName = 'signed' | 'magnitude';
export type Rgb = readonly [number, number, number];

const STOPS: Record<MapName, Record<Theme, readonly Rgb[]>> = {
  signed: {
    light: stops('046abe 438ad6 7aace4 b2cff0 f3f7f9 f4bdb0 e78c77 d55c41 bc2b02'),
    dark: stops('74b6ff 5d94d1 4b719c 394e65 1f2629 684037 9f5847 d46f58 ff8d73'),
  },
  magnitude: {
    light: stops('f7f6ed eaebb1 afd786 51b48d 1d878c 1c587c 1b2c53'),
    dark: stops('182229 213758 205b7f 208892 4db491 acdc85 f5f5b2'),
  },
};

/** The share of the magnitude map that ordered things (layers, epochs) take. */
const ORDERED: Record<Theme, readonly [number, number]> = { light: [0.42, 0.94], dark: [0.38, 0.93] };

/** Decision fields leave the ends of the signed map to the data points. */
const FIELD_SHARE = 0.7;

/** Entries per segment of a lookup table, so that every stop is an exact entry. */
const SEGMENT = 32;

function stops(hexes: string): Rgb[] {
  return hexes.split(' ').map(parseHex);
}

export function parseHex(hex: string): Rgb {
  const value = parseInt(hex.replace('#', ''), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function toCss([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}

/** Color at `t` in 0..1 along a map; linear between its stops. */
export function colorAt(map: MapName, theme: Theme, t: number): Rgb {
  const list = STOPS[map][theme];
  const x = Math.min(1, Math.max(0, t)) * (list.length - 1);
  const i = Math.min(list.length - 2, Math.floor(x));
  const a = list[i]!;
  const b = list[i + 1]!;
  const f = x - i;
  const mix = (k: 0 | 1 | 2) => Math.round(a[k] + (b[k] - a[k]) * f);
  return [mix(0), mix(1), mix(2)];
}

/** Signed color of `value` where the ends are -max and +max. */
export function signedColor(theme: Theme, value: number, max: number): Rgb {
  return colorAt('signed', theme, max > 0 ? 0.5 + value / max / 2 : 0.5);
}

/** Magnitude color of `value` between 0 and max. */
export function magnitudeColor(theme: Theme, value: number, max: number): Rgb {
  return colorAt('magnitude', theme, max > 0 ? value / max : 0);
}

/** Color of the `index`-th of `count` ordered things: the first shallow, the last deep. */
export function orderedColor(theme: Theme, index: number, count: number): Rgb {
  const [from, to] = ORDERED[theme];
  return colorAt('magnitude', theme, count > 1 ? from + ((to - from) * index) / (count - 1) : (from + to) / 2);
}

const tables = new Map<string, Uint8ClampedArray>();

/** A map as RGB triples; the middle entry of `signed` is exactly the color of zero. */
export function lookupTable(map: MapName, theme: Theme): Uint8ClampedArray {
  const key = `${map} ${theme}`;
  let table = tables.get(key);
  if (!table) {
    const entries = (STOPS[map][theme].length - 1) * SEGMENT + 1;
    table = new Uint8ClampedArray(entries * 3);
    for (let i = 0; i < entries; i++) table.set(colorAt(map, theme, i / (entries - 1)), i * 3);
    tables.set(key, table);
  }
  return table;
}

export interface PaintOptions {
  map: MapName;
  theme: Theme;
  /** The value that the end of the map stands for; for `signed` both ends. */
  max: number;
  /** Keep to the inner part of the signed map, for fields that points are drawn upon. */
  field?: boolean;
}

/** Writes one RGBA pixel per value. What is not a number becomes transparent, so that a hatch beneath shows. */
export function paintPixels(
  target: Uint8ClampedArray,
  values: ArrayLike<number>,
  { map, theme, max, field = false }: PaintOptions,
): void {
  const table = lookupTable(map, theme);
  const last = table.length / 3 - 1;
  const share = field ? FIELD_SHARE : 1;
  const scale = max > 0 ? (map === 'signed' ? (share * last) / (2 * max) : last / max) : 0;
  const origin = map === 'signed' ? last / 2 : 0;
  // A field that goes beyond its range stays in the inner part, too.
  const [least, most] = map === 'signed' ? [origin - (share * last) / 2, origin + (share * last) / 2] : [0, last];
  for (let i = 0, p = 0; i < values.length; i++, p += 4) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      target[p + 3] = 0;
      continue;
    }
    const index = Math.round(Math.min(most, Math.max(least, origin + value * scale))) * 3;
    target[p] = table[index]!;
    target[p + 1] = table[index + 1]!;
    target[p + 2] = table[index + 2]!;
    target[p + 3] = 255;
  }
}

/** The range of a map as a CSS gradient, for the legend bars. */
export function gradientCss(map: MapName, theme: Theme, field = false): string {
  const list = STOPS[map][theme];
  const edge = field ? (1 - FIELD_SHARE) / 2 : 0;
  const parts = list.map((_, i) => toCss(colorAt(map, theme, edge + ((1 - 2 * edge) * i) / (list.length - 1))));
  return `linear-gradient(90deg, ${parts.join(', ')})`;
}

/** WCAG relative luminance of an sRGB color. */
export function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast ratio of two colors. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Text on a colored cell: pure black or white, whichever is further away. */
export function inkOn(background: Rgb): '#000000' | '#ffffff' {
  return contrast(background, [0, 0, 0]) >= contrast(background, [255, 255, 255]) ? '#000000' : '#ffffff';
}
