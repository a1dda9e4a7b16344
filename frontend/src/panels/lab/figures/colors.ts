/** Colors as the server names them: the page's own cycle, ink and paper of the theme, maps of numbers. */
import { identityVar } from '../../../design/palette';
import type { components } from '../../../protocol/schema.gen';

export type FigureMap = components['schemas']['FigureMap'];

/** The last two of ten, beyond the page's eight identities. */
const LAST = ['#bcbd22', '#17becf'];

export function cssColor(color: string | null | undefined): string {
  if (!color || color === 'none') return 'none';
  if (color === 'ink') return 'var(--ink)';
  if (color === 'paper') return 'var(--surface)';
  const place = /^C(\d+)$/.exec(color)?.[1];
  if (place === undefined) return color;
  const index = Number(place) % 10;
  return index < 8 ? identityVar(index) : LAST[index - 8]!;
}

const channels = (color: string): number[] => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

/** A number's color in a map; what is no number has none. */
export function mapColor(map: FigureMap | undefined, value: number, low: number, high: number): string {
  if (!map || map.colors.length === 0 || Number.isNaN(value)) return 'none';
  const at = Math.max(0, Math.min(1, high === low ? 0 : (value - low) / (high - low)));
  if (map.stepped || map.colors.length === 1) return map.colors[Math.min(map.colors.length - 1, Math.floor(at * map.colors.length))]!;
  const place = at * (map.colors.length - 1);
  const first = Math.min(map.colors.length - 2, Math.floor(place));
  const [a, b] = [channels(map.colors[first]!), channels(map.colors[first + 1]!)];
  return `#${a.map((each, i) => Math.round(each + (b[i]! - each) * (place - first)).toString(16).padStart(2, '0')).join('')}`;
}

/** A color of a map darker or lighter, as light falls on a surface. */
export function shaded(color: string, light: number): string {
  if (!color.startsWith('#')) return color;
  return `#${channels(color).map((each) => Math.round(Math.max(0, Math.min(255, each * light))).toString(16).padStart(2, '0')).join('')}`;
}
