/** One axis: from numbers to pixels and where its ticks stand, on a linear, logarithmic or calendar scale. */
import type { components } from '../../../protocol/schema.gen';
import { linearTicks, logTicks } from '../../maths/ticks';
import { toNumber } from '../trace';

export type FigureAxes = components['schemas']['FigureAxes'];
export type Ticks = components['schemas']['Ticks'];
export type ScaleName = FigureAxes['xscale'];

export interface Axis {
  (value: number): number;
  low: number;
  high: number;
  scale: ScaleName;
  ticks: { at: number; text: string }[];
}

const MINUS = '\u2212';

/** Linear within one of zero, logarithmic beyond: so that negative numbers have a place. */
const symlog = (value: number): number => Math.sign(value) * (Math.abs(value) <= 2 ? Math.abs(value) / 2 : 1 + Math.log10(Math.abs(value) / 2));

function place(scale: ScaleName, value: number): number {
  if (scale === 'log') return value > 0 ? Math.log10(value) : NaN;
  return scale === 'symlog' ? symlog(value) : value;
}

/** A number beside a tick: as many digits as tell it from its neighbors. */
export function tickText(value: number, step: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = Math.min(12, Math.max(1, Math.ceil(Math.log10(size / Math.max(step, size * 1e-12)) - 1e-9) + 1));
  const plain = Number(value.toPrecision(Math.max(digits, 2)));
  const text = (size >= 1e6 && digits <= 6) || size < 1e-4 ? plain.toExponential(Math.max(0, Math.min(6, digits - 1))).replace(/\.?0+e/, 'e').replace('e+', 'e') : String(plain);
  return text.replace(/-/g, MINUS);
}

const DAY = 86_400_000;

function dateTicks(low: number, high: number, count: number): { at: number; text: string }[] {
  const span = high - low;
  const every = [1 / 24, 1 / 4, 1, 2, 7, 14, 30.44, 91.3, 182.6, 365.25, 730.5, 1826, 3652.5].find((step) => span / step <= count) ?? span / Math.max(1, count);
  const made = [];
  for (let at = Math.ceil(low / every) * every; at <= high + 1e-9 && made.length < 40; at += every) {
    const text = new Date(at * DAY).toISOString();
    made.push({ at, text: every < 1 ? text.slice(5, 16).replace('T', ' ') : every < 28 ? text.slice(0, 10) : every < 365 ? text.slice(0, 7) : text.slice(0, 4) });
  }
  return made;
}

interface AxisWish {
  low: number;
  high: number;
  from: number;
  to: number;
  scale: ScaleName;
  ticks?: Ticks | null;
  /** About how many ticks there is room for. */
  count: number;
}

export function axisOf({ low, high, from, to, scale, ticks, count }: AxisWish): Axis {
  const [a, b] = [place(scale, low), place(scale, high)];
  const reach = b - a || 1;
  const axis = ((value: number) => {
    if (value === Infinity || value === -Infinity) return (value > 0) === to > from === high > low ? Math.max(from, to) + 9 : Math.min(from, to) - 9;
    return from + ((place(scale, value) - a) / reach) * (to - from);
  }) as Axis;
  axis.low = low;
  axis.high = high;
  axis.scale = scale;
  const [least, most] = [Math.min(low, high), Math.max(low, high)];
  if (ticks) {
    const all = ticks.at.map((value, i) => ({ at: toNumber(value), text: ticks.labels ? (ticks.labels[i] ?? '') : tickText(toNumber(value), (most - least) / 100) }));
    axis.ticks = all.filter((tick) => tick.at >= least - 1e-9 * Math.abs(reach) && tick.at <= most + 1e-9 * Math.abs(reach));
  } else if (scale === 'date') axis.ticks = dateTicks(least, most, count);
  else if (scale === 'symlog') {
    const decades = [0, 1, 2, 3, 4, 5, 6].map((power) => 10 ** power);
    axis.ticks = [...decades.map((value) => -value).reverse(), 0, ...decades].filter((value) => value >= least && value <= most).map((at) => ({ at, text: tickText(at, Math.abs(at)) }));
  } else {
    const found = scale === 'log' ? logTicks(least, most, count) : linearTicks(least, most, count);
    const step = found.length > 1 ? Math.abs(found[1]! - found[0]!) : Math.abs(found[0] ?? 1);
    axis.ticks = found.map((at) => ({ at, text: scale === 'log' && found.length > 1 && found[1]! / found[0]! > 1.5 ? tickText(at, at) : tickText(at, step) }));
  }
  return axis;
}
