/** What every drawing gets: a 2-D context in CSS pixels, its size, and the colors of the theme. */
import type { Theme } from '../../design/colormaps';
import type { Palette } from '../../design/palette';

/** The part of the canvas context that drawings use; the SVG export offers the same. */
export type Context = CanvasRenderingContext2D;

export interface Pen {
  ctx: Context;
  width: number;
  height: number;
  theme: Theme;
  palette: Palette;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const CJK = '"PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Source Han Sans SC"';
const SANS = `"Geist Variable", system-ui, ${CJK}, sans-serif`;
const MONO = `"Geist Mono Variable", ui-monospace, ${CJK}, monospace`;

export const FONTS = {
  tick: `400 11px ${MONO}`,
  label: `400 11.5px ${SANS}`,
  caption: `400 12px ${SANS}`,
  name: `500 12px ${SANS}`,
  number: `400 12px ${MONO}`,
} as const;

export interface TextOptions {
  font?: keyof typeof FONTS;
  color?: string;
  align?: CanvasTextAlign;
  baseline?: CanvasTextBaseline;
}

export function text(
  { ctx, palette }: Pen,
  words: string,
  x: number,
  y: number,
  { font = 'tick', color = palette.ink3, align = 'left', baseline = 'middle' }: TextOptions = {},
): void {
  ctx.font = FONTS[font];
  ctx.fillStyle = color;
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
  ctx.fillText(words, x, y);
}

export function measure({ ctx }: Pen, words: string, font: keyof typeof FONTS = 'tick'): number {
  ctx.font = FONTS[font];
  return ctx.measureText(words).width;
}

/** A line at half a pixel, so that one pixel stays one pixel. */
export function rule(
  { ctx }: Pen,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  color: string,
  dash: number[] = [],
  width = 1,
): void {
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  const shift = width % 2 ? 0.5 : 0;
  ctx.beginPath();
  ctx.moveTo(Math.floor(x1) + shift, Math.floor(y1) + shift);
  ctx.lineTo(Math.floor(x2) + shift, Math.floor(y2) + shift);
  ctx.stroke();
  ctx.restore();
}

export function roundedPath(ctx: Context, x: number, y: number, width: number, height: number, radius: number): void {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
}

export type Marker = '●' | '◆' | '◇' | '■' | '▲' | '△' | '○';

/** A mark of `size` across, centered; open ones are filled with the surface. */
export function mark(
  { ctx, palette }: Pen,
  kind: Marker,
  x: number,
  y: number,
  size: number,
  color: string,
  ring?: string,
): void {
  const r = size / 2;
  ctx.beginPath();
  switch (kind) {
    case '●':
    case '○':
      ctx.arc(x, y, r, 0, 2 * Math.PI);
      break;
    case '◆':
    case '◇': {
      const d = r * 1.25;
      ctx.moveTo(x, y - d);
      ctx.lineTo(x + d, y);
      ctx.lineTo(x, y + d);
      ctx.lineTo(x - d, y);
      ctx.closePath();
      break;
    }
    case '■':
      ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
      break;
    case '▲':
    case '△': {
      const d = r * 1.2;
      ctx.moveTo(x, y - d);
      ctx.lineTo(x + d, y + d * 0.8);
      ctx.lineTo(x - d, y + d * 0.8);
      ctx.closePath();
      break;
    }
  }
  const open = kind === '◇' || kind === '△' || kind === '○';
  ctx.fillStyle = open ? palette.surface : color;
  if (ring) {
    ctx.strokeStyle = ring;
    ctx.lineWidth = 2;
    ctx.setLineDash([]);
    ctx.stroke();
  }
  ctx.fill();
  if (open) {
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([]);
    ctx.stroke();
  }
}

/** Diagonal hatching inside a box: something that is absent, dead or not a number. */
export function hatch({ ctx }: Pen, { left, top, right, bottom }: Box, color: string, gap = 6): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.beginPath();
  const height = bottom - top;
  for (let x = left - height; x < right; x += gap) {
    ctx.moveTo(x, bottom);
    ctx.lineTo(x + height, top);
  }
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  ctx.stroke();
  ctx.restore();
}
