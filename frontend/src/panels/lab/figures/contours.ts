/** Lines of equal height over a grid and the bands between them: each cell as four triangles around its middle. */
import { polyline, type Point } from './shapes';

interface Corner {
  x: number;
  y: number;
  z: number;
}

type Place = (x: number, y: number) => Point;

function* triangles(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[]): Generator<[Corner, Corner, Corner]> {
  for (let i = 0; i + 1 < y.length; i++)
    for (let j = 0; j + 1 < x.length; j++) {
      const corner = (di: number, dj: number): Corner => ({ x: x[j + dj]!, y: y[i + di]!, z: rows[i + di]![j + dj]! });
      const around = [corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0)];
      if (around.some(({ z }) => !Number.isFinite(z))) continue;
      const middle = { x: (around[0]!.x + around[2]!.x) / 2, y: (around[0]!.y + around[2]!.y) / 2, z: around.reduce((sum, { z }) => sum + z, 0) / 4 };
      for (let k = 0; k < 4; k++) yield [around[k]!, around[(k + 1) % 4]!, middle];
    }
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

/** Where the height is from `low` to `high`. */
export function band(x: readonly number[], y: readonly number[], rows: readonly (readonly number[])[], low: number, high: number, place: Place): string {
  let d = '';
  for (const corners of triangles(x, y, rows)) {
    const inside = clip(clip(corners, low, 1), high, -1);
    if (inside.length > 2) d += polyline(inside.map((corner) => place(corner.x, corner.y)), true);
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
