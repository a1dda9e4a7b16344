/** Numbers as small images: colored through the lookup tables and painted once for each tensor and theme. */
import { paintPixels, type PaintOptions } from '../../design/colormaps';
import type { Box, Context } from './pen';

export interface BitmapOptions extends PaintOptions {
  /** Row 0 is drawn at the foot: maps of the plane have their lowest y first. */
  flip?: boolean;
}

const painted = new WeakMap<ArrayLike<number>, Map<string, HTMLCanvasElement>>();

/** A canvas with one pixel per value, kept as long as `values` lives. */
export function bitmap(
  values: Float32Array | Uint8Array | Float64Array | ArrayLike<number>,
  width: number,
  height: number,
  options: BitmapOptions,
): HTMLCanvasElement {
  const key = `${options.map} ${options.theme} ${options.max} ${options.field} ${options.flip} ${width}`;
  let byKey = painted.get(values);
  const known = byKey?.get(key);
  if (known) return known;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d');
  if (ctx) {
    const image = ctx.createImageData(width, height);
    paintPixels(image.data, options.flip ? flipped(values, width, height) : values, options);
    ctx.putImageData(image, 0, 0);
  }
  if (!byKey) painted.set(values, (byKey = new Map()));
  // Ranges move while a job runs; a handful of pictures of one tensor is enough.
  if (byKey.size > 4) byKey.clear();
  byKey.set(key, canvas);
  return canvas;
}

export function flipped(values: ArrayLike<number>, width: number, height: number): Float32Array {
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) result[(height - 1 - y) * width + x] = values[y * width + x]!;
  return result;
}

/** Paints a bitmap into a box; `smooth` only for samples of a plane. */
export function place(ctx: Context, image: HTMLCanvasElement, { left, top, right, bottom }: Box, smooth = false): void {
  ctx.imageSmoothingEnabled = smooth;
  ctx.drawImage(image, left, top, right - left, bottom - top);
}
