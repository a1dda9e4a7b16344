/** The data on the plane. It stays where it is while a job runs, so on a screen it is painted once and then laid over. */
import { signedColor, toCss } from '../../design/colormaps';
import { identityColor } from '../../design/palette';
import { mark, type Box, type Context, type Pen } from './pen';

export interface Points {
  /** (n, 2), or (n, 1) for a fit. */
  inputs: ArrayLike<number>;
  targets: ArrayLike<number>;
  splits: ArrayLike<number>;
  count: number;
}

export type Coloring = { kind: 'classes'; count: number } | { kind: 'values'; max: number };

export interface Plane {
  x: readonly [number, number];
  y: readonly [number, number];
}

const layers = new WeakMap<ArrayLike<number>, { key: string; canvas: HTMLCanvasElement }>();

/** Train filled, validation open diamonds, with a ring of surface so that each can be told. */
export function drawPoints(pen: Pen, box: Box, plane: Plane, points: Points, coloring: Coloring): void {
  const { ctx } = pen;
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, width, height);
  ctx.clip();
  // A recorder has no canvas behind it and wants the shapes themselves.
  if (ctx.canvas instanceof HTMLCanvasElement) {
    const scale = ctx.getTransform().a || 1;
    const layer = layerOf(pen, scale, width, height, plane, points, coloring);
    // On whole pixels of the screen, or the rings would blur into the points.
    const whole = (at: number) => Math.round(at * scale) / scale;
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(layer, whole(box.left), whole(box.top), layer.width / scale, layer.height / scale);
  } else {
    ctx.translate(box.left, box.top);
    paint(pen, width, height, plane, points, coloring);
  }
  ctx.restore();
}

function layerOf(
  pen: Pen,
  scale: number,
  width: number,
  height: number,
  plane: Plane,
  points: Points,
  coloring: Coloring,
): HTMLCanvasElement {
  const key = JSON.stringify([pen.theme, width, height, scale, plane, points.count, coloring]);
  const known = layers.get(points.inputs);
  if (known?.key === key) return known.canvas;
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const ctx = canvas.getContext('2d') as Context | null;
  if (ctx) {
    ctx.scale(scale, scale);
    paint({ ...pen, ctx }, width, height, plane, points, coloring);
  }
  layers.set(points.inputs, { key, canvas });
  return canvas;
}

function paint(pen: Pen, width: number, height: number, { x: [x0, x1], y: [y0, y1] }: Plane, points: Points, coloring: Coloring): void {
  const { theme, palette } = pen;
  // Fewer points can be larger; a thousand must still be told apart.
  const size = Math.max(3.5, Math.min(7, width / 44, 130 / Math.sqrt(points.count)));
  for (let i = 0; i < points.count; i++) {
    const split = points.splits[i]!;
    if (split > 1) continue;
    const x = ((points.inputs[2 * i]! - x0) / (x1 - x0)) * width;
    const y = height - ((points.inputs[2 * i + 1]! - y0) / (y1 - y0)) * height;
    const target = points.targets[i]!;
    const color =
      coloring.kind === 'values'
        ? toCss(signedColor(theme, target, coloring.max))
        : coloring.count > 2
          ? identityColor(theme, target)
          : toCss(signedColor(theme, target > 0 ? 1 : -1, 1));
    if (split === 0) mark(pen, '●', x, y, size, color, palette.surface);
    else mark(pen, '◇', x, y, size * 0.86, color, palette.surface);
  }
}
