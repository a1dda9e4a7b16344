/** The tokens as plain hex for canvas panels, which cannot read light-dark(); a test keeps them equal to tokens.css. */
import type { Theme } from './colormaps';

const PAIRS = {
  bg: ['#f7fafb', '#081116'],
  surface: ['#ffffff', '#0e1a1f'],
  sunken: ['#eef3f5', '#050c10'],
  raise: ['#eef3f5', '#1a272d'],
  line: ['#dae1e3', '#222f36'],
  line2: ['#b6c0c3', '#405059'],
  edge: ['#869195', '#586972'],
  ink3: ['#616e76', '#87979d'],
  ink2: ['#47555d', '#aab7bb'],
  ink: ['#17232b', '#e7eef0'],
  accent: ['#027972', '#69d9ca'],
  accentsoft: ['#dcf5f2', '#0a3130'],
  onaccent: ['#ffffff', '#001517'],
  warn: ['#9a5a12', '#edbb64'],
  warnsoft: ['#fff3dc', '#362712'],
  danger: ['#be2357', '#f97f95'],
  dangersoft: ['#feeff1', '#3e1e23'],
  id1: ['#563395', '#9e80f6'],
  id2: ['#d26c05', '#f67526'],
  id3: ['#189fd4', '#56c0f9'],
  id4: ['#549768', '#a1d060'],
  id5: ['#8a3366', '#bc549e'],
  id6: ['#905d03', '#f9e093'],
  id7: ['#633d19', '#ae9180'],
  id8: ['#272e34', '#c9d9eb'],
} as const satisfies Record<string, readonly [string, string]>;

export type TokenName = keyof typeof PAIRS;
export type Palette = Record<TokenName, string>;

function side(index: 0 | 1): Palette {
  return Object.fromEntries(Object.entries(PAIRS).map(([name, pair]) => [name, pair[index]])) as Palette;
}

export const palettes: Record<Theme, Palette> = { light: side(0), dark: side(1) };

/** Identity of the `index`-th thing, counted from 0; more than eight stay grey. */
export function identityColor(theme: Theme, index: number): string {
  const name = `id${index + 1}`;
  return name in PAIRS ? palettes[theme][name as TokenName] : palettes[theme].ink3;
}

/** The same as a CSS variable, for marks and (with `text`) for words. */
export function identityVar(index: number, text = false): string {
  return index < 8 ? `var(--id${index + 1}${text ? '-text' : ''})` : 'var(--ink3)';
}

/** Train is 1 and solid, validation 2 and dashed, test 3 and dotted, everywhere. */
export const SPLITS = {
  train: { index: 0, marker: '●', dash: [] as number[] },
  validation: { index: 1, marker: '◆', dash: [5, 4] },
  test: { index: 2, marker: '■', dash: [1.5, 3] },
} as const;
