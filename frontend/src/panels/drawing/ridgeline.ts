/** Ridgelines: one density per moment, the newest in front, each scaled to its own peak. */
import { orderedColor, toCss } from '../../design/colormaps';
import { shortNumber } from '../../components/number';
import { tick } from '../maths/numbers';
import type { Ridge } from '../maths/ridges';
import { measure, rule, text, type Box, type Pen } from './pen';

export interface Ridgeline {
  title: string;
  /** How the rows are scaled. */
  note: string;
  rows: readonly Ridge[];
  /** The axis runs from -reach to +reach. */
  reach: number;
  /** The row whose step is under the pointer. */
  cursor: number | null;
}

/** Rows rise into the ones behind them by this many row heights. */
const OVERLAP = 2.4;

export function drawRidges(pen: Pen, box: Box, { title, note, rows, reach, cursor }: Ridgeline): void {
  const { ctx, theme, palette } = pen;
  text(pen, title, box.left + 34, box.top + 7, { font: 'name', color: palette.ink2 });
  const after = box.left + 40 + measure(pen, title, 'name');
  if (after + measure(pen, note, 'label') <= box.right) text(pen, note, after, box.top + 7, { font: 'label' });
  const left = box.left + 40;
  const right = box.right - 4;
  const bottom = box.bottom - 20;
  const top = box.top + 22;
  const pitch = (bottom - top) / (rows.length + OVERLAP - 1);
  const zero = (left + right) / 2;

  rule(pen, [zero, top, zero, bottom], palette.line2, [1, 3]);
  let wordAt = -Infinity;
  rows.forEach(({ heights, step }, i) => {
    const base = top + pitch * (i + OVERLAP);
    const color = toCss(orderedColor(theme, i, rows.length));
    const at = (k: number) => left + ((k + 0.5) / heights.length) * (right - left);
    ctx.beginPath();
    ctx.moveTo(left, base);
    heights.forEach((height, k) => ctx.lineTo(at(k), base - height * pitch * OVERLAP));
    ctx.lineTo(right, base);
    ctx.closePath();
    ctx.fillStyle = color;
    ctx.globalAlpha = cursor === null || cursor === i ? 0.92 : 0.45;
    ctx.fill();
    ctx.globalAlpha = 1;
    // A hairline of paper keeps a row apart from the ones behind it.
    ctx.beginPath();
    heights.forEach((height, k) => {
      const y = base - height * pitch * OVERLAP;
      if (k === 0) ctx.moveTo(at(k), y);
      else ctx.lineTo(at(k), y);
    });
    ctx.strokeStyle = palette.surface;
    ctx.lineWidth = 1;
    ctx.setLineDash([]);
    ctx.stroke();
    const last = i === rows.length - 1;
    const middle = i === Math.floor(rows.length / 2);
    if ((i === 0 || middle || last || cursor === i) && (base - wordAt >= 13 || last)) {
      text(pen, tick(step), left - 8, base - 3, { align: 'right', color: cursor === i ? palette.ink : palette.ink3 });
      wordAt = base;
    }
  });
  const word = shortNumber(reach, 2);
  text(pen, `−${word}`, left, bottom + 12, { align: 'left' });
  text(pen, '0', zero, bottom + 12, { align: 'center' });
  text(pen, word, right - measure(pen, word), bottom + 12);
}

/** Which row is at a height of the box. */
export function rowAt(box: Box, rows: number, y: number): number | null {
  const bottom = box.bottom - 20;
  const top = box.top + 22;
  const pitch = (bottom - top) / (rows + OVERLAP - 1);
  const row = Math.ceil((y - top) / pitch - OVERLAP);
  return row >= 0 && row < rows ? row : null;
}
