/** The confusion matrix: color only off the diagonal, scaled to the worst error; the diagonal is outlined numbers. */
import { inkOn, magnitudeColor, toCss } from '../../design/colormaps';
import { tick } from '../maths/numbers';
import { measure, roundedPath, text, type Box, type Pen } from './pen';

export interface ConfusionPicture {
  counts: ArrayLike<number>;
  classes: readonly string[];
  /** The cell under the pointer or the keyboard. */
  chosen: { row: number; column: number } | null;
}

/** Numbers below this cell size would not be legible. */
const LEGIBLE = 19;

/** Where the cells are: square ones as large as fit, names above and to the left. */
export function confusionGrid(pen: Pen, classes: readonly string[]): Box & { cell: number } {
  const longest = Math.min(84, Math.max(...classes.map((name) => measure(pen, name))));
  const names = longest + 8;
  const cell = Math.max(2, Math.min((pen.width - names - 2) / classes.length, (pen.height - 20) / classes.length, Math.max(44, longest + 4)));
  return { left: names, top: 18, right: names + cell * classes.length, bottom: 18 + cell * classes.length, cell };
}

export function worstError(counts: ArrayLike<number>, classes: number): number {
  let worst = 0;
  for (let row = 0; row < classes; row++)
    for (let column = 0; column < classes; column++)
      if (row !== column) worst = Math.max(worst, counts[row * classes + column]!);
  return worst;
}

export function drawConfusion(pen: Pen, { counts, classes, chosen }: ConfusionPicture): void {
  const { ctx, palette, theme } = pen;
  const n = classes.length;
  const { left, top, cell } = confusionGrid(pen, classes);
  const worst = worstError(counts, n);
  const gap = cell >= 12 ? 2 : cell >= 6 ? 1 : 0;
  const every = Math.ceil(13 / cell);
  for (let row = 0; row < n; row++) {
    if (row % every === 0) {
      const strong = chosen?.row === row;
      text(pen, shorten(pen, classes[row]!, left - 6), left - 6, top + (row + 0.5) * cell, { align: 'right', color: strong ? palette.ink : palette.ink3 });
    }
    const above = shorten(pen, classes[row]!, cell * every - 2);
    if (row % every === 0) {
      const strong = chosen?.column === row;
      text(pen, above, left + (row + 0.5) * cell, top - 8, { align: 'center', color: strong ? palette.ink : palette.ink3 });
    }
    for (let column = 0; column < n; column++) {
      const count = counts[row * n + column]!;
      const [x, y, size] = [left + column * cell, top + row * cell, cell - gap];
      const color = magnitudeColor(theme, count, worst || 1);
      roundedPath(ctx, x, y, size, size, cell >= 12 ? 3 : 0);
      if (row === column) {
        ctx.fillStyle = palette.surface;
        ctx.fill();
        roundedPath(ctx, x + 0.5, y + 0.5, size - 1, size - 1, cell >= 12 ? 3 : 0);
        ctx.strokeStyle = palette.edge;
        ctx.lineWidth = 1;
        ctx.setLineDash([]);
        ctx.stroke();
      } else {
        ctx.fillStyle = count > 0 ? toCss(color) : palette.sunken;
        ctx.fill();
      }
      const words = tick(count);
      if (cell >= LEGIBLE && (count > 0 || row === column) && measure(pen, words) <= size - 2)
        text(pen, words, x + size / 2, y + size / 2 + 0.5, {
          align: 'center',
          color: row === column ? palette.ink2 : inkOn(color),
        });
      if (chosen?.row === row && chosen.column === column) {
        roundedPath(ctx, x - 1, y - 1, size + 2, size + 2, 4);
        ctx.strokeStyle = palette.accent;
        ctx.lineWidth = 2;
        ctx.stroke();
      }
    }
  }
}

function shorten(pen: Pen, name: string, room: number): string {
  if (measure(pen, name) <= room) return name;
  let kept = name;
  while (kept.length > 1 && measure(pen, `${kept}…`) > room) kept = kept.slice(0, -1);
  return kept.length > 1 ? `${kept}…` : kept;
}
