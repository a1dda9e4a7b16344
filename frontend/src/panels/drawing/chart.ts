/** Line charts: raw under smooth, direct labels at the ends, nothing clipped in silence. */
import { columns, type Column } from '../maths/extremes';
import { spread } from '../maths/labels';
import { measured } from '../../components/number';
import { tick } from '../maths/numbers';
import type { Drawable } from '../maths/series';
import { linearTicks, logTicks, scale, type Scale } from '../maths/ticks';
import { mark, measure, rule, text, type Box, type Marker, type Pen } from './pen';

export interface Curve {
  name: string;
  color: string;
  marker: Marker;
  dash?: readonly number[];
  line: Drawable;
  /** The measured values under a smoothed line. */
  raw?: Drawable;
}

export interface Note {
  step: number;
  words: string;
}

export interface Chart {
  curves: readonly Curve[];
  /** Parts that a rewind left behind. */
  abandoned?: readonly Curve[];
  /** Steps shown, from and to. */
  x: readonly [number, number];
  log: boolean;
  /** The values are shares: the axis reaches 1 and never goes below 0. */
  share?: boolean;
  format?: (value: number) => string;
  tick?: (value: number) => string;
  /** The step that the page shows. */
  now: number;
  /** The page is frozen at `now`: what came later is faint. */
  frozen: boolean;
  /** The step under the pointer, in any chart of the page. */
  cursor: number | null;
  notes: readonly Note[];
  /** The word at the end of the horizontal axis. */
  unit: string;
}

export interface Plot extends Box {
  x: Scale;
  y: Scale;
}

const LABEL_GAP = 13;
const RAW_ALPHA = 0.28;
const FAINT = 0.25;

/** Index range of a line between two steps, one more on each side so that it reaches the edges. */
function window({ line }: { line: Drawable }, [from, to]: readonly [number, number]): [number, number] {
  return [Math.max(0, line.indexAt(from) - 1), Math.min(line.length, line.indexAt(to) + 2)];
}

/** The middle of a list after sorting, by share. */
function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(share * sorted.length)))]!;
}

/** The vertical range: all of the lines, and the raw values but for the rare ones, which get arrows. */
export function verticalRange(chart: Chart): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  const take = (value: number) => {
    if (!Number.isFinite(value) || (chart.log && value <= 0)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const curve of [...chart.curves, ...(chart.abandoned ?? [])]) {
    const [from, to] = window(curve, chart.x);
    const parts = columns(curve.line.extremes, (i) => curve.line.value(i), from, to, 300);
    for (const part of parts) {
      take(part.min);
      take(part.max);
    }
    if (!curve.raw) continue;
    const raw = curve.raw;
    const cut = columns(raw.extremes, (i) => raw.value(i), from, to, 300);
    const positive = (values: number[]) => values.filter((v) => !chart.log || v > 0).sort((a, b) => a - b);
    const mins = positive(cut.map((c) => c.min));
    const maxs = positive(cut.map((c) => c.max));
    if (mins.length) take(quantile(mins, cut.length > 40 ? 0.02 : 0));
    if (maxs.length) take(quantile(maxs, cut.length > 40 ? 0.985 : 1));
  }
  if (chart.share) take(1);
  if (low > high) return chart.log ? [0.1, 1] : [0, 1];
  if (chart.log) {
    const room = Math.max(1.12, (high / low) ** 0.04);
    return [low / room, high * room];
  }
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return chart.share ? [Math.max(0, low - room), 1 + room / 2] : [low - room, high + room];
}

function ends(chart: Chart): { curve: Curve; value: number; index: number }[] {
  return chart.curves.flatMap((curve) => {
    const last = Math.min(curve.line.indexAt(chart.frozen ? chart.now : chart.x[1]), curve.line.length - 1);
    for (let i = last; i >= 0; i--) {
      const value = curve.line.value(i);
      if (Number.isFinite(value)) return [{ curve, value, index: i }];
    }
    return [];
  });
}

export function drawChart(pen: Pen, chart: Chart): Plot {
  const { ctx, palette, width, height } = pen;
  const format = chart.format ?? measured;
  const [low, high] = verticalRange(chart);
  const box: Box = { left: 0, top: 10, right: width, bottom: height - 22 };
  const room = Math.max(3, Math.floor((box.bottom - box.top) / 28));
  const yTicks = (chart.log ? logTicks : linearTicks)(low, high, Math.min(4, room));
  const yWords = yTicks.map(chart.tick ?? tick);
  box.left = Math.max(30, ...yWords.map((word) => measure(pen, word) + 10));

  const labels = share(ends(chart), (value) => scale(low, high, box.bottom, box.top, chart.log)(value), format);
  const labelWidth = Math.max(0, ...labels.map(({ words, curves }) => measure(pen, words, 'label') + curves.length * 8));
  box.right = Math.max(box.left + 40, width - (labels.length ? Math.min(labelWidth + 14, width * 0.45) : 40));

  const x = scale(chart.x[0], Math.max(chart.x[1], chart.x[0] + 1), box.left, box.right);
  const y = scale(low, high, box.bottom, box.top, chart.log);
  const plot: Plot = { ...box, x, y };

  yTicks.forEach((value, i) => {
    const at = y(value);
    rule(pen, [box.left, at, box.right, at], value === 0 && low < 0 ? palette.edge : palette.line);
    text(pen, yWords[i]!, box.left - 8, at, { align: 'right' });
  });
  stepAxis(pen, plot, chart.unit);

  const split = chart.frozen ? x(chart.now) : box.right + 1;
  const paint = (curves: readonly Curve[], from: number, to: number, strength: number) => {
    if (to <= from) return;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, box.top - 8, to - from, box.bottom - box.top + 16);
    ctx.clip();
    for (const curve of curves) if (curve.raw) fill(pen, plot, chart, curve, curve.raw, strength);
    ctx.globalAlpha = strength;
    for (const curve of curves) stroke(pen, plot, chart, curve, curve.line);
    ctx.restore();
  };
  paint(chart.abandoned ?? [], box.left - 4, box.right + 4, FAINT);
  paint(chart.curves, box.left - 4, split, 1);
  paint(chart.curves, split, box.right + 4, FAINT);
  for (const curve of chart.curves) arrows(pen, plot, chart, curve);

  notes(pen, plot, chart);
  if (chart.now >= chart.x[0] && chart.now <= chart.x[1] && chart.now > 0)
    rule(pen, [x(chart.now), box.top - 4, x(chart.now), box.bottom], palette.accent, [], 1);
  endLabels(pen, plot, labels);
  if (chart.cursor !== null && chart.cursor >= chart.x[0] && chart.cursor <= chart.x[1]) cursor(pen, plot, chart);
  return plot;
}

/** Whole steps along the foot, the unit after the last. */
export function stepAxis(pen: Pen, { left, right, bottom, x }: Pick<Plot, 'left' | 'right' | 'bottom' | 'x'>, unit: string): void {
  const count = Math.max(3, Math.floor((right - left) / 70));
  let end = left - 20;
  for (const step of linearTicks(x.low, x.high, count).filter(Number.isInteger)) {
    const word = tick(step);
    const half = measure(pen, word) / 2;
    const at = x(step);
    if (at - half < end + 8) continue;
    text(pen, word, at, bottom + 14, { align: 'center' });
    end = at + half;
  }
  text(pen, unit, Math.max(right + 8, end + 8), bottom + 14, { font: 'label' });
}

/** A line through every column's first, least, greatest and last value, which is what all its points would paint. */
function stroke(pen: Pen, plot: Plot, chart: Chart, curve: Curve, line: Drawable): void {
  const { ctx } = pen;
  const [from, to] = window({ line }, chart.x);
  const parts = columns(line.extremes, (i) => line.value(i), from, to, Math.max(2, Math.round(plot.right - plot.left)));
  if (!parts.length) return;
  const clamp = (value: number) => Math.min(plot.bottom + 4, Math.max(plot.top - 8, plot.y(chart.log ? Math.max(value, 1e-30) : value)));
  ctx.save();
  ctx.strokeStyle = curve.color;
  ctx.lineWidth = 1.75;
  ctx.lineJoin = 'round';
  ctx.setLineDash([...(curve.dash ?? [])]);
  ctx.beginPath();
  parts.forEach((part, i) => {
    const at = plot.x(line.step(part.from));
    if (i === 0) ctx.moveTo(at, clamp(part.first));
    else ctx.lineTo(at, clamp(part.first));
    if (part.to > part.from) {
      ctx.lineTo(at, clamp(part.min));
      ctx.lineTo(at, clamp(part.max));
      ctx.lineTo(plot.x(line.step(part.to)), clamp(part.last));
    }
  });
  ctx.stroke();
  ctx.restore();
  if (parts.length === 1) mark(pen, curve.marker, plot.x(line.step(parts[0]!.from)), clamp(parts[0]!.first), 6, curve.color);
}

/** Raw values as columns from least to greatest, joined so that no gap pretends that nothing was measured. */
function fill({ ctx }: Pen, plot: Plot, chart: Chart, curve: Curve, raw: Drawable, strength: number): void {
  const [from, to] = window({ line: raw }, chart.x);
  const parts = columns(raw.extremes, (i) => raw.value(i), from, to, Math.max(2, Math.round(plot.right - plot.left)));
  const clamp = (value: number) => Math.min(plot.bottom, Math.max(plot.top - 8, plot.y(chart.log ? Math.max(value, 1e-30) : value)));
  ctx.save();
  ctx.globalAlpha = RAW_ALPHA * strength;
  ctx.fillStyle = curve.color;
  ctx.strokeStyle = curve.color;
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  ctx.beginPath();
  let before: Column | null = null;
  const dense = parts.some((part) => part.to > part.from);
  for (const part of parts) {
    const at = plot.x(raw.step(part.from));
    if (!dense) {
      if (before) ctx.lineTo(at, clamp(part.first));
      else ctx.moveTo(at, clamp(part.first));
    } else {
      const least = before ? Math.min(part.min, before.last) : part.min;
      const most = before ? Math.max(part.max, before.last) : part.max;
      const top = clamp(most);
      ctx.rect(Math.floor(at), top, 1, Math.max(1, clamp(least) - top));
    }
    before = part;
  }
  if (dense) ctx.fill();
  else ctx.stroke();
  ctx.restore();
}

/** Where raw values leave the range: an arrow at the edge, and the farthest value in words. */
function arrows(pen: Pen, plot: Plot, chart: Chart, curve: Curve): void {
  const raw = curve.raw;
  if (!raw) return;
  const [from, to] = window({ line: raw }, chart.x);
  const parts = columns(raw.extremes, (i) => raw.value(i), from, to, Math.max(2, Math.round((plot.right - plot.left) / 6)));
  const { ctx } = pen;
  for (const side of ['top', 'bottom'] as const) {
    const out = parts.filter((p) => (side === 'top' ? p.max > plot.y.high : p.min < plot.y.low));
    if (!out.length) continue;
    const edge = side === 'top' ? plot.top - 6 : plot.bottom;
    const tip = side === 'top' ? edge - 4 : edge + 4;
    ctx.fillStyle = curve.color;
    ctx.globalAlpha = 0.75;
    ctx.beginPath();
    for (const part of out) {
      const at = plot.x(raw.step(part.from));
      ctx.moveTo(at - 2.5, edge);
      ctx.lineTo(at + 2.5, edge);
      ctx.lineTo(at, tip);
    }
    ctx.fill();
    ctx.globalAlpha = 1;
    const far = out.reduce((a, b) => ((side === 'top' ? b.max > a.max : b.min < a.min) ? b : a));
    const words = (chart.format ?? measured)(side === 'top' ? far.max : far.min);
    const half = measure(pen, words) / 2;
    const y = side === 'top' ? edge + 7 : edge - 7;
    plate(pen, words, freePlace(plot, chart, raw, parts, plot.x(raw.step(far.from)), half, y), y);
  }
}

/** Where words of a width stand on no line, as near to `at` as can be: free of raw values too, or else of the curves. */
function freePlace(plot: Plot, chart: Chart, raw: Drawable, parts: readonly Column[], at: number, half: number, y: number): number {
  const bound = (x: number) => Math.min(plot.right - half, Math.max(plot.left + half, x));
  const near = (value: number) => Math.abs(plot.y(value) - y) < 11;
  const crossed = (x: number) =>
    chart.curves.some(({ line }) => {
      for (let px = x - half - 3; px <= x + half + 3; px += 3) {
        const i = line.indexAt(plot.x.invert(px));
        if (i >= 0 && i < line.length && near(line.value(i))) return true;
      }
      return false;
    });
  const touched = (x: number) =>
    parts.some((part) => {
      const px = plot.x(raw.step(part.from));
      const [low, high] = [plot.y(part.max), plot.y(part.min)];
      return Math.abs(px - x) < half + 5 && low < y + 8 && high > y - 8;
    });
  const places = [0, 1, -1, 2, -2, 3, -3].map((step) => bound(at + step * (half + 7)));
  return places.find((x) => !crossed(x) && !touched(x)) ?? places.find((x) => !crossed(x)) ?? places[0]!;
}

/** Words on a piece of paper, so that lines do not run through them. */
function plate(pen: Pen, words: string, x: number, y: number): void {
  const width = measure(pen, words) + 6;
  pen.ctx.fillStyle = pen.palette.surface;
  pen.ctx.globalAlpha = 0.85;
  pen.ctx.fillRect(x - width / 2, y - 7, width, 14);
  pen.ctx.globalAlpha = 1;
  text(pen, words, x, y, { align: 'center' });
}

function notes(pen: Pen, plot: Plot, chart: Chart): void {
  let free = -Infinity;
  for (const { step, words } of chart.notes) {
    if (step < chart.x[0] || step > chart.x[1]) continue;
    const at = plot.x(step);
    rule(pen, [at, plot.top - 2, at, plot.bottom], pen.palette.ink3, [2, 3]);
    const width = measure(pen, words, 'label');
    const start = at + 5 + width > plot.right ? at - 5 - width : at + 5;
    if (!words || start < free) continue;
    pen.ctx.fillStyle = pen.palette.surface;
    pen.ctx.globalAlpha = 0.8;
    pen.ctx.fillRect(start - 2, plot.top - 7, width + 4, 14);
    pen.ctx.globalAlpha = 1;
    text(pen, words, start, plot.top, { font: 'label', color: pen.palette.ink2 });
    free = start + width + 8;
  }
}

interface Label {
  y: number;
  words: string;
  curves: Curve[];
}

/** One label for each line; lines that end in the same place with the same value share one. */
function share(
  all: readonly { curve: Curve; value: number }[],
  y: (value: number) => number,
  format: (value: number) => string,
): Label[] {
  const labels: (Label & { value: string })[] = [];
  for (const { curve, value } of all) {
    const at = y(value);
    const shown = format(value);
    const same = labels.find((label) => Math.abs(label.y - at) < 1 && label.value === shown);
    if (same) same.curves.push(curve);
    else labels.push({ y: at, words: '', curves: [curve], value: shown });
  }
  for (const label of labels) label.words = `${label.curves.map((curve) => curve.name).join(', ')} ${label.value}`;
  return labels;
}

function endLabels(pen: Pen, plot: Plot, labels: readonly Label[]): void {
  const clamp = (at: number) => Math.min(plot.bottom, Math.max(plot.top, at));
  const places = spread(labels.map((label) => clamp(label.y)), LABEL_GAP, plot.top, plot.bottom);
  labels.forEach(({ words, curves }, i) => {
    curves.forEach((curve, k) => mark(pen, curve.marker, plot.right + 10 + k * 8, places[i]!, 7, curve.color));
    text(pen, words, plot.right + 18 + (curves.length - 1) * 8, places[i]!, { font: 'label', color: pen.palette.ink });
  });
}

function cursor(pen: Pen, plot: Plot, chart: Chart): void {
  const { palette } = pen;
  const at = plot.x(chart.cursor!);
  rule(pen, [at, plot.top - 4, at, plot.bottom], palette.ink);
  for (const curve of chart.curves) {
    const value = valueAt(curve.line, chart.cursor!);
    if (value === null) continue;
    mark(pen, curve.marker, at, Math.min(plot.bottom, Math.max(plot.top - 8, plot.y(value))), 7, curve.color, palette.surface);
  }
}

/** The newest finite value at or before a step. */
export function valueAt(line: Drawable, step: number): number | null {
  for (let i = line.indexAt(step); i >= 0; i--) if (Number.isFinite(line.value(i))) return line.value(i);
  return null;
}
