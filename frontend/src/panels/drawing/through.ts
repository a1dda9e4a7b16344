/** An image on its way through a model: the image, kernels over the maps they make, units, and the answer as bars. */
import { signedColor, magnitudeColor, toCss } from '../../design/colormaps';
import { shortNumber } from '../../components/number';
import { t } from '../../i18n/index.svelte';
import type { StagePlan, Tile } from '../maths/stages';
import { drawBars, type Bars } from './bars';
import { bitmap, place } from './bitmap';
import { measure, roundedPath, rule, text, type Box, type Pen } from './pen';

/** What one station shows. */
export interface Answers {
  /** One array per map, or one for all units. */
  maps: readonly ArrayLike<number>[];
  width: number;
  height: number;
  max: number;
  signed: boolean;
}

export interface Kernels {
  /** One array per filter (first channel). */
  filters: readonly ArrayLike<number>[];
  side: number;
  max: number;
}

export interface Through {
  plans: readonly StagePlan[];
  answers: readonly (Answers | null)[];
  titles: readonly string[];
  kernels: Kernels | null;
  bars: Bars | null;
  chosen: { stage: number; tile: number; row: number; column: number } | null;
  /** Width kept for the bars. */
  room: number;
  head: number;
}

export function drawThrough(pen: Pen, { plans, answers, titles, kernels, bars, chosen, room, head }: Through): void {
  const { ctx, palette, theme, width, height } = pen;
  const legends: { kind: 'signed' | 'magnitude'; max: number; words: string; left: number }[] = [];
  plans.forEach(({ stage, left, tiles }, i) => {
    const next = plans[i + 1]?.left ?? width - room;
    title(pen, titles[i]!, stage.shape.join('×'), left, next - 8);
    const answer = answers[i];
    tiles.forEach((tile, k) => {
      if (tile.kernel && kernels?.filters[k]) drawKernel(pen, tile, kernels.filters[k], kernels);
      if (!answer) {
        ctx.fillStyle = palette.sunken;
        ctx.fillRect(tile.x, tile.y, tile.width, tile.height);
      } else if (stage.kind === 'units') {
        const value = answer.maps[0]![k]!;
        ctx.fillStyle = toCss((answer.signed ? signedColor : magnitudeColor)(theme, value, answer.max));
        ctx.fillRect(tile.x, tile.y, tile.width, tile.height);
      } else if (answer.maps[k]) {
        const image = bitmap(answer.maps[k], answer.width, answer.height, {
          map: answer.signed ? 'signed' : 'magnitude',
          theme,
          max: answer.max,
        });
        place(ctx, image, box(tile));
      }
    });
    if (kernels && i === 1) legends.push({ kind: 'signed', max: kernels.max, words: t('through.weight'), left });
    if (answer && stage.kind === 'maps')
      legends.push({ kind: answer.signed ? 'signed' : 'magnitude', max: answer.max, words: t('through.activation'), left: i === 1 && kernels ? left + 150 : left });
  });
  const foot = Math.max(...plans.flatMap(({ tiles }) => tiles.map((tile) => tile.y + tile.height))) + 16;
  let free = plans[1]?.left ?? 0;
  for (const legend of legends.slice(0, 3)) {
    const start = Math.max(free, legend.left);
    if (start + 160 > width - room || foot > height - 4) break;
    free = drawLegend(pen, start, foot, legend) + 20;
  }
  if (bars) {
    const left = width - room;
    title(pen, t('answer.probabilities'), '', left, width);
    drawBars(pen, { left, top: head, right: width, bottom: Math.min(height, head + 196) }, bars);
  }
  if (chosen) drawChosen(pen, plans, chosen, kernels);
}

function box({ x, y, width, height }: Tile): Box {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** A name and, where there is room before the next one, the shape. */
function title(pen: Pen, words: string, shape: string, left: number, limit: number): void {
  const font = left + measure(pen, words, 'name') > limit ? 'label' : 'name';
  text(pen, words, left, 9, { font, color: pen.palette.ink });
  if (!shape) return;
  const at = left + measure(pen, words, 'name') + 8;
  const width = measure(pen, shape) + 10;
  if (at + width > limit) return;
  roundedPath(pen.ctx, at, 0, width, 18, 4);
  pen.ctx.fillStyle = pen.palette.raise;
  pen.ctx.fill();
  text(pen, shape, at + 5, 9.5, { color: pen.palette.ink2 });
}

function drawKernel({ ctx, theme }: Pen, tile: Tile, filter: ArrayLike<number>, { side, max }: Kernels): void {
  const { x, y, size } = tile.kernel!;
  const image = bitmap(filter, side, side, { map: 'signed', theme, max });
  place(ctx, image, { left: x, top: y, right: x + size, bottom: y + size });
}

export function drawLegend(
  pen: Pen,
  left: number,
  y: number,
  { kind, max, words }: { kind: 'signed' | 'magnitude'; max: number; words: string },
): number {
  const { ctx, theme } = pen;
  const low = kind === 'signed' ? `−${shortNumber(max, 2)}` : '0';
  const high = kind === 'signed' ? `+${shortNumber(max, 2)}` : shortNumber(max, 2);
  let at = left;
  text(pen, low, at, y);
  at += measure(pen, low) + 6;
  for (let i = 0; i < 62; i++) {
    const share = i / 61;
    ctx.fillStyle = toCss(kind === 'signed' ? signedColor(theme, 2 * share - 1, 1) : magnitudeColor(theme, share, 1));
    ctx.fillRect(at + i, y - 4, 1.5, 7);
  }
  at += 70;
  text(pen, high, at, y);
  at += measure(pen, high) + 8;
  text(pen, words, at, y, { font: 'label' });
  return at + measure(pen, words, 'label');
}

function drawChosen(pen: Pen, plans: readonly StagePlan[], { stage, tile, row, column }: NonNullable<Through['chosen']>, kernels: Kernels | null): void {
  const { ctx, palette } = pen;
  const plan = plans[stage];
  const at = plan?.tiles[tile];
  if (!plan || !at) return;
  const top = at.kernel?.y ?? at.y;
  ctx.strokeStyle = palette.accent;
  ctx.lineWidth = 2;
  ctx.setLineDash([]);
  roundedPath(ctx, at.x - 3, top - 3, at.width + 6, at.y + at.height - top + 6, 4);
  ctx.stroke();
  const image = plans[0]?.tiles[0];
  if (stage !== 1 || !kernels || !image || plan.stage.kind !== 'maps') return;
  // The pixels of the image that this one value was made from; with stride 1 the sizes give the padding.
  const [, high, across] = plans[0]!.stage.shape as [number, number, number];
  const [, mapHigh, mapAcross] = plan.stage.shape as [number, number, number];
  const pixel = image.width / across;
  const size = kernels.side * pixel;
  const x = image.x + (column + (across - mapAcross - kernels.side + 1) / 2) * pixel;
  const y = image.y + (row + (high - mapHigh - kernels.side + 1) / 2) * pixel;
  ctx.lineWidth = 1.5;
  ctx.strokeRect(x, y, size, size);
  const cell = at.width / mapAcross;
  ctx.strokeRect(at.x + column * cell, at.y + row * cell, Math.max(3, cell), Math.max(3, cell));
  rule(pen, [Math.min(x + size, image.x + image.width + 4), y + size / 2, at.x - 4, y + size / 2], palette.accent, [2, 3], 1);
}

/** Which tile and which of its cells is under a point. */
export function tileAt(plans: readonly StagePlan[], x: number, y: number): Through['chosen'] {
  for (const [stage, { tiles, stage: of }] of plans.entries()) {
    for (const [tile, at] of tiles.entries()) {
      const top = at.kernel?.y ?? at.y;
      if (x < at.x || x > at.x + at.width || y < top || y > at.y + at.height) continue;
      const [, high = 1, across = 1] = of.shape;
      const inMap = of.kind !== 'units' && y >= at.y;
      return {
        stage,
        tile,
        row: inMap ? Math.min(high - 1, Math.floor(((y - at.y) / at.height) * high)) : 0,
        column: inMap ? Math.min(across - 1, Math.floor(((x - at.x) / at.width) * across)) : 0,
      };
    }
  }
  return null;
}
