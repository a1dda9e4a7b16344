/** A model of one input: points of the data and the curve over them. */
import { tick } from '../maths/numbers';
import { linearTicks, scale } from '../maths/ticks';
import { palettes } from '../../design/palette';
import type { Points } from './points';
import { mark, rule, text, type Pen } from './pen';

export interface Fit {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  points: Points | null;
  /** Share of the horizontal axis under the pointer. */
  cursor: number | null;
}

function extremes(...lists: ArrayLike<number>[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i]!)) continue;
      low = Math.min(low, list[i]!);
      high = Math.max(high, list[i]!);
    }
  return low > high ? [0, 1] : [low, high];
}

export function drawFit(pen: Pen, { x: xs, y: ys, points, cursor }: Fit): void {
  const { ctx, palette, theme, width, height } = pen;
  const box = { left: 44, top: 10, right: width - 16, bottom: height - 26 };
  const [x0, x1] = extremes(xs);
  // The data sets the range: a curve that runs away must not flatten what it should fit.
  const [low, high] = points ? extremes(points.targets) : extremes(ys);
  const room = (high - low || 1) * 0.12;
  const x = scale(x0, x1, box.left, box.right);
  const y = scale(low - room, high + room, box.bottom, box.top);
  for (const value of linearTicks(low - room, high + room, 5)) {
    rule(pen, [box.left, y(value), box.right, y(value)], value === 0 ? palette.edge : palette.line);
    text(pen, tick(value), box.left - 8, y(value), { align: 'right' });
  }
  for (const value of linearTicks(x0, x1, 6)) text(pen, tick(value), x(value), box.bottom + 15, { align: 'center' });
  text(pen, 'x', box.right + 6, box.bottom + 15);

  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 6, box.right - box.left, box.bottom - box.top + 12);
  ctx.clip();
  if (points) {
    const crowd = points.count > 600 ? 0.35 : 0.75;
    for (let i = 0; i < points.count; i++) {
      const split = points.splits[i]!;
      if (split > 1) continue;
      ctx.globalAlpha = crowd;
      const [px, py] = [x(points.inputs[i]!), y(points.targets[i]!)];
      if (split === 0) mark(pen, '●', px, py, 4.5, palettes[theme].id1);
      else mark(pen, '◇', px, py, 5, palettes[theme].id2);
    }
    ctx.globalAlpha = 1;
  }
  ctx.beginPath();
  for (let i = 0; i < xs.length; i++) {
    const [px, py] = [x(xs[i]!), y(ys[i]!)];
    if (i === 0) ctx.moveTo(px, py);
    else ctx.lineTo(px, py);
  }
  ctx.strokeStyle = palette.surface;
  ctx.lineWidth = 5;
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.stroke();
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 2.25;
  ctx.stroke();
  ctx.restore();
  if (cursor !== null) {
    const i = Math.min(xs.length - 1, Math.max(0, Math.round(cursor * (xs.length - 1))));
    rule(pen, [x(xs[i]!), box.top, x(xs[i]!), box.bottom], palette.ink3);
    mark(pen, '●', x(xs[i]!), Math.min(box.bottom, Math.max(box.top, y(ys[i]!))), 8, palette.ink, palette.surface);
  }
}
