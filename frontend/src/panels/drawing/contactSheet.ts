/** Many small images of one size side by side, at a whole-number scale where one fits. */
import type { Theme } from '../../design/colormaps';
import { bitmap, place } from './bitmap';
import type { Pen } from './pen';

export interface Sheet {
  images: readonly ArrayLike<number>[];
  width: number;
  height: number;
  map: 'signed' | 'magnitude';
  max: number;
  /** The image under the pointer. */
  chosen: number | null;
}

export interface SheetGrid {
  across: number;
  tile: number;
  pitch: number;
}

const GAP = 6;
/** Larger tiles would say nothing more. */
const LARGEST = 168;

/** The largest square tiles with which all images fit. */
export function sheetGrid(count: number, width: number, height: number, side: number): SheetGrid {
  let best: SheetGrid = { across: 1, tile: side, pitch: side + GAP };
  let most = 0;
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const room = Math.min(LARGEST, (width - GAP * (across - 1)) / across, (height - GAP * (down - 1)) / down);
    // Pixels stay square and equal; only below their own size are images squeezed.
    const tile = room >= side ? Math.floor(room / side) * side : room;
    if (tile > most) {
      most = tile;
      best = { across, tile, pitch: tile + GAP };
    }
  }
  return best;
}

export function drawSheet(pen: Pen, { images, width, height, map, max, chosen }: Sheet, theme: Theme = pen.theme): void {
  const { across, tile, pitch } = sheetGrid(images.length, pen.width, pen.height, Math.max(width, height));
  images.forEach((image, k) => {
    const left = (k % across) * pitch;
    const top = Math.floor(k / across) * pitch;
    place(pen.ctx, bitmap(image, width, height, { map, theme, max }), { left, top, right: left + tile, bottom: top + tile });
    if (chosen !== k) return;
    pen.ctx.strokeStyle = pen.palette.accent;
    pen.ctx.lineWidth = 2;
    pen.ctx.setLineDash([]);
    pen.ctx.strokeRect(left - 1, top - 1, tile + 2, tile + 2);
  });
}
