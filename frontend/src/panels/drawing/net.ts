/** The net as a picture: each unit is its own map or answer, each link its weight. Also says what is under a point. */
import { magnitudeColor, signedColor, toCss } from '../../design/colormaps';
import { bitmap, place } from './bitmap';
import type { Cell, Link, NetColumn, NetPlan } from '../maths/netLayout';
import { hatch, measure, roundedPath, text, type Box, type Pen } from './pen';

/** What a unit shows. */
export type Face =
  | { kind: 'map'; values: Float32Array | ArrayLike<number>; width: number; height: number; max: number; dead: boolean }
  | { kind: 'value'; value: number; max: number; signed: boolean }
  | { kind: 'blank' };

export interface Links {
  list: readonly Link[];
  max: number;
}

export interface NetPicture {
  plan: NetPlan;
  /** Faces of each column's units. */
  faces: readonly (readonly Face[])[];
  /** Words over each column. */
  titles: readonly string[];
  /** Names inside the first column's units. */
  names: readonly string[];
  /** links[i] arrive at column i; the last entry arrives at the output. */
  links: readonly (Links | null)[];
  /** The unit under the pointer. */
  chosen: { column: number; unit: number } | null;
}

const RADIUS = 5;

function middle(cell: Cell): [number, number] {
  return [cell.x + cell.size / 2, cell.y + cell.size / 2];
}

export function drawNet(pen: Pen, picture: NetPicture): void {
  const { plan } = picture;
  if (plan.columns[0]?.block) drawBlocks(pen, picture);
  else drawAllLinks(pen, picture);
  plan.columns.forEach((column, i) => {
    drawTitle(pen, picture, i);
    column.cells.forEach((cell, u) => {
      drawUnit(pen, cell, picture.faces[i]?.[u] ?? { kind: 'blank' });
      const name = i === 0 ? picture.names[u] : undefined;
      if (name && !column.strip) nameUnit(pen, cell, name);
    });
  });
  const { chosen } = picture;
  if (chosen) {
    const cell = plan.columns[chosen.column]?.cells[chosen.unit];
    if (cell) {
      roundedPath(pen.ctx, cell.x - 1.5, cell.y - 1.5, cell.size + 3, cell.size + 3, RADIUS + 1);
      pen.ctx.strokeStyle = pen.palette.accent;
      pen.ctx.lineWidth = 2;
      pen.ctx.setLineDash([]);
      pen.ctx.stroke();
    }
  }
}

/** A folded net: a frame around each layer, and an arrow to the next as wide as the greatest weight between them. */
function drawBlocks(pen: Pen, { plan, links }: NetPicture): void {
  const { ctx, palette } = pen;
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineCap = 'round';
  for (const { block } of plan.columns) {
    if (!block) continue;
    roundedPath(ctx, block.left, block.top, block.right - block.left, block.bottom - block.top, 6);
    ctx.fillStyle = palette.sunken;
    ctx.fill();
    ctx.strokeStyle = palette.line2;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
  const big = { left: plan.output.left, right: plan.output.left + plan.output.size, top: plan.output.top, bottom: plan.output.top + plan.output.size };
  plan.columns.forEach(({ block }, i) => {
    const next = plan.columns[i + 1]?.block ?? big;
    const arriving = links[i + 1];
    if (!block) return;
    const strongest = Math.abs(arriving?.list.at(-1)?.weight ?? 0);
    ctx.strokeStyle = palette.edge;
    ctx.lineWidth = 1 + (arriving && arriving.max > 0 && Number.isFinite(strongest) ? (4 * strongest) / arriving.max : 0);
    ctx.beginPath();
    const level = (box: Box) => (box.top + box.bottom) / 2;
    const center = (box: Box) => (box.left + box.right) / 2;
    if (next === big && plan.columns.some(({ block: other }) => other && other.left >= block.right && other.top < block.bottom && block.top < other.bottom)) {
      // Its row runs to the left: the way to the output leads under those that stand between.
      const foot = Math.max(...plan.columns.map((column) => column.block?.bottom ?? 0)) + 7;
      ctx.moveTo(center(block), block.bottom + 1);
      for (const [x, y] of [[center(block), foot], [big.left - 12, foot], [big.left - 12, big.bottom - 20], [big.left - 3, big.bottom - 20]] as const) ctx.lineTo(x, y);
    } else if (next === big) {
      const y = Math.min(big.bottom - 20, Math.max(big.top + 20, level(block)));
      ctx.moveTo(block.right, level(block));
      ctx.bezierCurveTo(big.left - 12, level(block), big.left - 12, y, big.left - 3, y);
    } else if (next.left > block.right) {
      ctx.moveTo(block.right + 3, level(block));
      ctx.lineTo(next.left - 3, level(next));
    } else if (next.right < block.left) {
      ctx.moveTo(block.left - 3, level(block));
      ctx.lineTo(next.right + 3, level(next));
    } else {
      ctx.moveTo(center(block), block.bottom + 3);
      ctx.lineTo(center(next), next.top - 3);
    }
    ctx.stroke();
  });
  ctx.restore();
}

function drawAllLinks(pen: Pen, picture: NetPicture): void {
  const { plan } = picture;
  plan.columns.forEach((column, i) => {
    const arriving = picture.links[i];
    const before = plan.columns[i - 1];
    if (arriving && before) drawLinks(pen, arriving, (link) => span(before.cells[link.from]!, column.cells[link.to]!), picture, i);
  });
  const last = plan.columns.length;
  const arriving = picture.links[last];
  const before = plan.columns.at(-1);
  if (arriving && before) {
    const ports = before.cells.map((_, u) => {
      const share = (u + 0.5) / before.cells.length;
      return plan.output.top + plan.output.size * (0.32 + 0.36 * share);
    });
    drawLinks(
      pen,
      arriving,
      (link) => {
        const cell = before.cells[link.from]!;
        return [cell.x + cell.size, cell.y + cell.size / 2, plan.output.left, ports[link.from]!];
      },
      picture,
      last,
    );
  }
}

/** Words over a column, unless they would run into the next one. */
function drawTitle(pen: Pen, { plan, titles }: NetPicture, i: number): void {
  const title = titles[i];
  const column = plan.columns[i]!;
  if (!title) return;
  if (column.block) {
    const room = Math.min(...plan.columns.filter(({ block }) => block && block.top < column.block!.bottom && block.left > column.block!.right).map(({ left }) => left), plan.output.left);
    if (column.block.left + measure(pen, title, 'caption') + 6 < room)
      text(pen, title, column.block.left, column.block.top - 9, { font: 'caption', color: pen.palette.ink2 });
    return;
  }
  const half = measure(pen, title, 'caption') / 2;
  const center = Math.max(half, (column.left + column.right) / 2);
  const next = plan.columns[i + 1]?.left ?? plan.output.left;
  if (center + half > next) return;
  const top = Math.min(...column.cells.map((cell) => cell.y));
  text(pen, title, center, top - 11, { font: 'caption', color: pen.palette.ink2, align: 'center' });
}

function span(from: Cell, to: Cell): [number, number, number, number] {
  const [, y1] = middle(from);
  const [, y2] = middle(to);
  return [from.x + from.size, y1, to.x, y2];
}

function drawLinks(
  { ctx, theme, palette }: Pen,
  { list, max }: Links,
  ends: (link: Link) => [number, number, number, number],
  { chosen }: NetPicture,
  column: number,
): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineCap = 'round';
  for (const link of list) {
    const [x1, y1, x2, y2] = ends(link);
    const bend = (x2 - x1) * 0.5;
    const size = max > 0 ? Math.abs(link.weight) / max : 0;
    if (!Number.isFinite(link.weight)) ctx.strokeStyle = palette.danger;
    else ctx.strokeStyle = toCss(signedColor(theme, link.weight, max));
    ctx.lineWidth = 0.6 + Math.min(4.4, Math.max(1, (x2 - x1) / 14)) * size;
    const touched =
      !chosen ||
      (chosen.column === column && chosen.unit === link.to) ||
      (chosen.column === column - 1 && chosen.unit === link.from);
    ctx.globalAlpha = touched ? 0.95 : 0.12;
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    ctx.stroke();
  }
  ctx.restore();
}

export function drawUnit(pen: Pen, cell: Cell, face: Face): void {
  const { ctx, palette, theme } = pen;
  const { x, y, size } = cell;
  const radius = size >= 20 ? RADIUS : size >= 10 ? 2 : 0;
  const box = { left: x, top: y, right: x + size, bottom: y + size };
  const dead = face.kind === 'map' && face.dead;
  ctx.save();
  roundedPath(ctx, x, y, size, size, radius);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.clip();
  if (dead) hatch(pen, box, palette.line2, size >= 20 ? 6 : 4);
  else if (face.kind === 'map') {
    const image = bitmap(face.values, face.width, face.height, { map: 'signed', theme, max: face.max, flip: true });
    place(ctx, image, box, true);
  } else if (face.kind === 'value') {
    ctx.fillStyle = toCss((face.signed ? signedColor : magnitudeColor)(theme, face.value, face.max));
    ctx.fillRect(x, y, size, size);
  }
  ctx.restore();
  if (size < 6) return;
  roundedPath(ctx, x + 0.5, y + 0.5, size - 1, size - 1, radius);
  ctx.strokeStyle = dead ? palette.warn : palette.line2;
  ctx.lineWidth = dead ? 1.5 : 1;
  ctx.setLineDash([]);
  ctx.stroke();
  if (dead && size >= 18) {
    const width = measure(pen, '0', 'number');
    ctx.fillStyle = palette.surface;
    ctx.fillRect(x + size / 2 - width / 2 - 4, y + size / 2 - 8, width + 8, 16);
    text(pen, '0', x + size / 2, y + size / 2, { font: 'number', color: palette.warn, align: 'center' });
  }
}

function nameUnit(pen: Pen, { x, y, size }: Cell, name: string): void {
  const { ctx, palette } = pen;
  const width = measure(pen, name) + 8;
  if (size >= 36 && width <= size) {
    roundedPath(ctx, x + 3, y + size - 19, width, 16, 3);
    ctx.fillStyle = palette.surface;
    ctx.globalAlpha = 0.92;
    ctx.fill();
    ctx.globalAlpha = 1;
    text(pen, name, x + 7, y + size - 11, { color: palette.ink });
  } else if (size >= 12) text(pen, name, x - 8, y + size / 2, { color: palette.ink2, align: 'right' });
}

/** Which unit is at a point; cells are a little larger for the pointer than for the eye. */
export function unitAt(columns: readonly NetColumn[], x: number, y: number): { column: number; unit: number } | null {
  for (const [column, { cells, strip }] of columns.entries()) {
    const room = strip ? 0 : 5;
    const unit = cells.findIndex(
      (cell) => x >= cell.x - room && x <= cell.x + cell.size + room && y >= cell.y - room && y <= cell.y + cell.size + room,
    );
    if (unit >= 0) return { column, unit };
  }
  return null;
}

