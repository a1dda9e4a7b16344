/** Lines of equal height over a grid and the bands between them: each cell as four triangles around its middle. */
import { polyline, type Point } from './shapes';

interface Corner {
  x: number;
  y: number;
  z: number;
}

type Place = (x: number, y: number) => Point;

/** A cell as four triangles; none where a number is missing. */
function* around(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[], i: number, j: number): Generator<[Corner, Corner, Corner]> {
  const corner = (di: number, dj: number): Corner => ({ x: x[j + dj]!, y: y[i + di]!, z: rows[i + di]![j + dj]! });
  const corners = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
  if (corners.some(({ z }) => !Number.isFinite(z))) return;
  const middle = { x: (corners[0]!.x + corners[2]!.x) / 2, y: (corners[0]!.y + corners[2]!.y) / 2, z: corners.reduce((sum, { z }) => sum + z, 0) / 4 };
  for (let k = 0; k < 4; k++) yield [corners[k]!, corners[(k + 1) % 4]!, middle];
}

function* triangles(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[]): Generator<[Corner, Corner, Corner]> {
  for (let i = 0; i + 1 < y.length; i++) for (let j = 0; j + 1 < x.length; j++) yield* around(x, y, rows, i, j);
}

const between = (a: Corner, b: Corner, level: number): Corner => {
  const t = (level - a.z) / (b.z - a.z);
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t, z: level };
};

/** Where the height is `level`. */
export function isoline(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[], level: number, place: Place): string {
  let d = '';
  for (const corners of triangles(x, y, rows)) {
    const cuts: Corner[] = [];
    for (let k = 0; k < 3; k++) {
      const [a, b] = [corners[k]!, corners[(k + 1) % 3]!];
      if (a.z < level !== b.z < level) cuts.push(between(a, b, level));
    }
    if (cuts.length === 2) d += polyline(cuts.map((cut) => place(cut.x, cut.y)));
  }
  return d;
}

/** Where the height is from `low` to `high`. Cells that are wholly inside are drawn in one stretch: no seams, and little to draw. */
export function band(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[], low: number, high: number, place: Place): string {
  let d = '';
  for (let i = 0; i + 1 < y.length; i++) {
    let from = -1;
    for (let j = 0; j < x.length; j++) {
      const corners = j + 1 < x.length ? [rows[i]![j]!, rows[i]![j + 1]!, rows[i + 1]![j]!, rows[i + 1]![j + 1]!] : [NaN];
      if (corners.every((z) => z >= low && z <= high)) {
        if (from < 0) from = j;
        continue;
      }
      if (from >= 0) d += polyline([place(x[from]!, y[i]!), place(x[j]!, y[i]!), place(x[j]!, y[i + 1]!), place(x[from]!, y[i + 1]!)], true);
      from = -1;
      if (j + 1 === x.length || corners.every((z) => z < low) || corners.every((z) => z > high)) continue;
      for (const triangle of around(x, y, rows, i, j)) {
        const inside = clip(clip(triangle, low, 1), high, -1);
        if (inside.length > 2) d += polyline(inside.map((corner) => place(corner.x, corner.y)), true);
      }
    }
  }
  return d;
}

/** The part of an outline on one side of a height. */
function clip(outline: readonly Corner[], level: number, side: 1 | -1): Corner[] {
  const made: Corner[] = [];
  for (const [k, a] of outline.entries()) {
    const b = outline[(k + 1) % outline.length]!;
    const [isIn, isNextIn] = [(a.z - level) * side >= 0, (b.z - level) * side >= 0];
    if (isIn) made.push(a);
    if (isIn !== isNextIn) made.push(between(a, b, level));
  }
  return made;
}
