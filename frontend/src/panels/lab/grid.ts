/** Where each element of a tensor is drawn: the last two axes inside a block, the one before across, the next down, and so on. */
import { ravel, size, unravel } from './trace';

export interface GridOptions {
  cell: number;
  /** Most indices shown along one axis; the first and last stand around an ellipsis. */
  most?: number;
  /** A vector stands upright (for columns). */
  upright?: boolean;
}

export interface GridLabel {
  x: number;
  y: number;
  text: string;
  anchor: 'start' | 'middle' | 'end';
  axis: number;
}

export interface Grid {
  shape: readonly number[];
  cell: number;
  gap: number;
  width: number;
  height: number;
  /** Places in reading order that are shown. */
  shown: readonly number[];
  /** Upper left corner of an element's cell, or null where it is left out. */
  at: (index: number) => { x: number; y: number } | null;
  /** Where the ellipses stand. */
  gaps: readonly { x: number; y: number }[];
  /** Indices of the outer axes, at the blocks. */
  labels: readonly GridLabel[];
  cut: boolean;
}

export const gapOf = (cell: number): number => (cell < 6 ? 0 : cell < 12 ? 1 : 2);

/** Indices shown along an axis of that length; a gap (-1) stands where some are left out. */
export function shownAlong(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const first = Math.max(1, Math.ceil((most - 1) / 2));
  const last = Math.max(1, most - 1 - first);
  return [...Array.from({ length: first }, (_, i) => i), -1, ...Array.from({ length: last }, (_, i) => length - last + i)];
}

export function layoutGrid(shape: readonly number[], { cell, most = 12, upright = false }: GridOptions): Grid {
  const gap = gapOf(cell);
  const rank = shape.length;
  const along = shape.map((length, axis) => shownAlong(length, axis < rank - 2 ? Math.min(most, 8) : most));
  const pitch = new Array<number>(rank).fill(0);
  const across = new Array<boolean>(rank).fill(true);
  let width = cell;
  let height = cell;
  for (let axis = rank - 1, level = 0; axis >= 0; axis--, level++) {
    const isAcross = rank === 1 ? !upright : level % 2 === 0;
    across[axis] = isAcross;
    const between = level < 2 ? gap : level === 2 ? Math.max(14, cell * 0.5) : level === 3 ? Math.max(10, cell * 0.4) : 26;
    const inner = isAcross ? width : height;
    pitch[axis] = inner + between;
    const count = Math.max(1, along[axis]!.length);
    const extent = count * (inner + between) - between;
    if (isAcross) width = extent;
    else height = extent;
  }
  const slots = along.map((list) => new Map(list.map((index, slot) => [index, slot])));
  const offset = (place: readonly number[]): { x: number; y: number } | null => {
    let x = 0;
    let y = 0;
    for (let axis = 0; axis < rank; axis++) {
      const slot = slots[axis]!.get(place[axis]!);
      if (slot === undefined) return null;
      if (across[axis]) x += slot * pitch[axis]!;
      else y += slot * pitch[axis]!;
    }
    return { x, y };
  };
  const shown: number[] = [];
  const gaps: { x: number; y: number }[] = [];
  const walk = (axis: number, place: number[], left: boolean): void => {
    if (axis === rank) {
      if (!left) shown.push(ravel(place, shape));
      else {
        const at = offset(place);
        if (at && place.filter((index) => index === -1).length === 1) gaps.push(at);
      }
      return;
    }
    for (const index of along[axis]!) walk(axis + 1, [...place, index], left || index === -1);
  };
  if (size(shape) > 0) walk(0, [], false);
  const labels: GridLabel[] = [];
  for (const [axis, list] of along.entries()) {
    if (axis >= rank - 2 && rank > 1) break;
    if (rank === 1) break;
    for (const [slot, index] of list.entries()) {
      if (index < 0 || shape[axis] === 1) continue;
      labels.push(
        across[axis]
          ? { x: slot * pitch[axis]! + (pitch[axis]! - 14) / 2, y: -6, text: String(index), anchor: 'middle', axis }
          : { x: -8, y: slot * pitch[axis]! + (pitch[axis]! - 10) / 2, text: String(index), anchor: 'end', axis },
      );
    }
  }
  return {
    shape,
    cell,
    gap,
    width: size(shape) === 0 ? 0 : width,
    height: size(shape) === 0 ? 0 : height,
    shown,
    at: (index) => offset(unravel(index, shape)),
    gaps,
    labels: rank > 4 ? labels.filter((label) => label.axis >= rank - 4) : labels,
    cut: along.some((list) => list.includes(-1)),
  };
}

/** The largest cell of the ladder with which all grids fit beside each other. */
export const CELLS = [40, 34, 28, 24, 18, 14, 10, 8, 5, 3] as const;

export function fitCell(fits: (cell: number) => boolean, ladder: readonly number[] = CELLS): number {
  return ladder.find(fits) ?? ladder.at(-1)!;
}
