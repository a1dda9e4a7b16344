/** Answers of a classifier as bars: name, share, number; the right one and the guess are told by words and ink. */
import { magnitudeColor, toCss } from '../../design/colormaps';
import { measured } from '../../components/number';
import { mark, measure, text, type Box, type Pen } from './pen';

export interface Bars {
  names: readonly string[];
  shares: ArrayLike<number>;
  /** The right class, where it is known. */
  target: number | null;
}

const ROW = 19;

/** Which classes fit: all of them in order, or the most likely ones. */
export function shownClasses(shares: ArrayLike<number>, room: number): number[] {
  const all = Array.from(shares, (_, i) => i);
  if (all.length <= room) return all;
  return all.sort((a, b) => shares[b]! - shares[a]!).slice(0, Math.max(1, room));
}

export function drawBars(pen: Pen, box: Box, { names, shares, target }: Bars): void {
  const { ctx, palette, theme } = pen;
  const pitch = Math.min(ROW, Math.max(13, (box.bottom - box.top) / names.length));
  const shown = shownClasses(shares, Math.floor((box.bottom - box.top) / pitch));
  const best = shown.reduce((a, b) => (shares[b]! > shares[a]! ? b : a), shown[0] ?? 0);
  const widest = Math.min((box.right - box.left) * 0.4, Math.max(...shown.map((i) => measure(pen, names[i] ?? String(i)))));
  const left = box.left + widest + 10;
  const right = box.right - 44;
  shown.forEach((index, row) => {
    const y = box.top + row * pitch;
    const middle = y + pitch / 2;
    const share = shares[index]!;
    const color = index === best ? palette.ink : palette.ink3;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, y, widest + 2, pitch);
    ctx.clip();
    text(pen, names[index] ?? String(index), box.left, middle, { color, font: index === best ? 'name' : 'caption' });
    ctx.restore();
    ctx.fillStyle = palette.sunken;
    ctx.fillRect(left, y + 2, right - left, pitch - 5);
    ctx.fillStyle = toCss(magnitudeColor(theme, 0.25 + 0.75 * Math.min(1, share), 1));
    ctx.fillRect(left, y + 2, Math.max(share > 0 ? 1 : 0, (right - left) * Math.min(1, share)), pitch - 5);
    if (index === target) mark(pen, '◇', right - 6, middle, 6, palette.ink2);
    text(pen, short(share), box.right, middle, { align: 'right', color });
  });
}

/** Probabilities in four characters or so. */
function short(share: number): string {
  if (!Number.isFinite(share)) return 'NaN';
  if (share >= 0.9995) return '1.00';
  return share >= 0.001 ? share.toFixed(share >= 0.1 ? 2 : 3) : measured(share, 2);
}
