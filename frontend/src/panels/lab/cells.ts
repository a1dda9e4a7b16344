/** How one number becomes a cell: which map, which range, which text. */
import { inkOn, magnitudeColor, signedColor, toCss, type Theme } from '../../design/colormaps';

export interface Paint {
  signed: boolean;
  max: number;
}

/** The map and range of numbers: magnitude when nothing is negative, else signed; gradients are always signed. */
export function paintOf(lists: readonly (readonly number[])[], gradient = false): Paint {
  let max = 0;
  let signed = gradient;
  for (const values of lists)
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < 0) signed = true;
      const magnitude = Math.abs(value);
      if (magnitude > max) max = magnitude;
    }
  return { signed, max };
}

export interface CellLook {
  fill: string;
  ink: string;
}

export function lookOf(value: number, paint: Paint, theme: Theme): CellLook {
  // The deep end is left free, so that numbers in the largest cells stay easy to read.
  const top = paint.max * (paint.signed ? 1 : 1.25);
  const rgb = paint.signed ? signedColor(theme, value, top) : magnitudeColor(theme, value, top);
  return { fill: toCss(rgb), ink: inkOn(rgb) };
}

/** One power of ten that a tensor's numbers share when they are too large or too small to be written plainly. */
export function sharedExponent(values: readonly number[]): number {
  let max = 0;
  for (const value of values) if (Number.isFinite(value)) max = Math.max(max, Math.abs(value));
  if (max === 0) return 0;
  const power = Math.floor(Math.log10(max));
  return power >= 5 || power <= -3 ? power : 0;
}

const MINUS = '\u2212';

/** A number in a cell of that many pixels; an empty text where none fits. */
export function cellText(value: number, dtype: string, cell: number, exponent = 0): string {
  if (cell < 22) return '';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : `${MINUS}∞`;
  if (dtype === 'bool') return value ? 'T' : 'F';
  const scaled = value / 10 ** exponent;
  const whole = Number.isInteger(scaled) && Math.abs(scaled) < 1e5;
  const digits = whole ? 0 : cell >= 38 ? 2 : 1;
  const text = scaled.toFixed(digits).replace('-', MINUS);
  const room = Math.floor((cell - 2) / 6.2);
  if (text.length <= room) return text;
  const shorter = scaled.toFixed(whole ? 0 : 1).replace('-', MINUS);
  const rounded = scaled.toFixed(0).replace('-', MINUS);
  return shorter.length <= room + 1 ? shorter : rounded.length <= room + 1 ? rounded : scaled.toPrecision(2).replace('e+', 'e').replace('-', MINUS);
}

/** A number in a sentence: short, and exact where it is whole. */
export function say(value: number | undefined): string {
  if (value === undefined) return '…';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : `${MINUS}∞`;
  const text = Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : String(Number(value.toPrecision(4)));
  return text.replace('-', MINUS);
}

/** A number's text where a sign stands before it: negative ones in brackets. */
export const signed = (text: string): string => (text.startsWith(MINUS) ? `(${text})` : text);

export interface Stats {
  min: number;
  max: number;
  mean: number;
  std: number;
  zeros: number;
  nan: number;
  infinite: number;
}

/** What stands in the head of a tensor; min to std over the finite elements, std with n - 1. */
export function statsOf(values: readonly number[]): Stats {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  let zeros = 0;
  let nan = 0;
  let infinite = 0;
  for (const value of values) {
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      count++;
      sum += value;
      if (value === 0) zeros++;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const mean = count ? sum / count : NaN;
  let squares = 0;
  for (const value of values) if (Number.isFinite(value)) squares += (value - mean) ** 2;
  return { min, max, mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, zeros, nan, infinite };
}
