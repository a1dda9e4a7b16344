import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contrast, parseHex } from './colormaps';
import { identityColor, palettes, type TokenName } from './palette';

const css = readFileSync('src/design/tokens.css', 'utf8');

it('repeats tokens.css exactly', () => {
  const pairs = [...css.matchAll(/--(\w+): light-dark\((#\w+), (#\w+)\);/g)];
  expect(pairs.map((m) => m[1])).toEqual(Object.keys(palettes.light));
  for (const [, name, light, dark] of pairs) {
    expect(palettes.light[name as TokenName]).toBe(light);
    expect(palettes.dark[name as TokenName]).toBe(dark);
  }
});

it('meets the contrast that text and meaningful marks need', () => {
  for (const theme of ['light', 'dark'] as const) {
    const p = palettes[theme];
    const ratio = (a: TokenName, b: TokenName) => contrast(parseHex(p[a]), parseHex(p[b]));
    for (const text of ['ink', 'ink2', 'ink3', 'accent'] as const) {
      expect(ratio(text, 'surface')).toBeGreaterThanOrEqual(4.5);
      expect(ratio(text, 'bg')).toBeGreaterThanOrEqual(4.5);
    }
    expect(ratio('warn', 'warnsoft')).toBeGreaterThanOrEqual(4.5);
    expect(ratio('danger', 'dangersoft')).toBeGreaterThanOrEqual(4.5);
    expect(ratio('onaccent', 'accent')).toBeGreaterThanOrEqual(4.5);
    expect(ratio('edge', 'surface')).toBeGreaterThanOrEqual(3);
    expect(ratio('edge', 'bg')).toBeGreaterThanOrEqual(3);
  }
});

it('gives eight identities and grey after that', () => {
  expect(identityColor('light', 0)).toBe('#563395');
  expect(identityColor('dark', 7)).toBe('#c9d9eb');
  expect(identityColor('light', 8)).toBe(palettes.light.ink3);
});
