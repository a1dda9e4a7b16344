/** Axes of three dimensions seen from a side: the far walls, what stands between them from back to front, and the scales. */
import { assertNever } from '../../../protocol';
import { textWidth } from '../scene';
import { toNumber } from '../trace';
import type { FigureAxes } from './axis';
import { tickText } from './axis';
import { cssColor, mapColor, shaded } from './colors';
import { dashOf, POINT, type Maps } from './drawing';
import { Extent, numbers, own, reach, type FigureMark } from './extent';
import { marker, polyline, STROKED, type Frame, type Point, type Shape } from './shapes';

type Corner = readonly [number, number, number];

/** From where it is looked at, in degrees; as matplotlib looks unless told otherwise. */
export const ELEVATION = 30;
export const AZIMUTH = -60;

interface Eye {
  /** On the screen, and how far towards the eye. */
  see: (corner: Corner) => readonly [number, number, number];
}

function eyeOf(elevation: number, azimuth: number): (corner: Corner) => readonly [number, number, number] {
  const [up, around] = [(elevation * Math.PI) / 180, (azimuth * Math.PI) / 180];
  return ([x, y, z]) => {
    const across = -x * Math.sin(around) + y * Math.cos(around);
    const forth = x * Math.cos(around) + y * Math.sin(around);
    return [across, -forth * Math.sin(up) + z * Math.cos(up), forth * Math.cos(up) + z * Math.sin(up)];
  };
}

function heights(mark: FigureMark): number[] {
  switch (mark.kind) {
    case 'line':
    case 'points':
      return numbers(mark.z);
    case 'surface':
      return mark.z.flatMap(numbers);
    case 'words':
      return mark.z === null || mark.z === undefined ? [] : [toNumber(mark.z)];
    case 'contour':
      return mark.rows.flatMap(numbers);
    case 'bars':
    case 'image':
    case 'errors':
    case 'area':
    case 'rules':
    case 'stems':
    case 'pie':
    case 'boxes':
    case 'arrows':
    case 'note':
      return [];
    default:
      return assertNever(mark);
  }
}

export function drawSpace(axes: FigureAxes, frame: Frame, maps: Maps, turned: readonly [number, number] = [0, 0]): Shape[] {
  const extents = [new Extent(false), new Extent(false), new Extent(false)] as const;
  for (const mark of axes.marks) {
    reach(mark, extents[0], extents[1]);
    extents[2].add(heights(mark));
  }
  const ends = [axes.xlim, axes.ylim, axes.zlim].map((limits, i): [number, number] => {
    const [low, high] = extents[i]!.ends();
    return [limits?.[0] === null || limits?.[0] === undefined ? low : toNumber(limits[0]), limits?.[1] === null || limits?.[1] === undefined ? high : toNumber(limits[1])];
  }) as [[number, number], [number, number], [number, number]];
  const elevation = Math.max(-90, Math.min(90, (axes.elevation ?? ELEVATION) + turned[1]));
  const azimuth = (axes.azimuth ?? AZIMUTH) + turned[0];
  const look = eyeOf(elevation, azimuth);
  // A little lower than wide, as matplotlib's box is.
  const unit = (value: number, axis: 0 | 1 | 2): number => ((value - ends[axis][0]) / (ends[axis][1] - ends[axis][0] || 1) - 0.5) * (axis === 2 ? 0.8 : 1);
  const scale = Math.min(frame.w / 1.62, frame.h / 1.5);
  const middle: Point = [frame.x + frame.w / 2, frame.y + frame.h / 2];
  const screen = (corner: Corner): readonly [number, number, number] => {
    const [a, b, c] = look(corner);
    return [middle[0] + a * scale, middle[1] - b * scale, c];
  };
  const eye: Eye = { see: ([x, y, z]) => screen([unit(x, 0), unit(y, 1), unit(z, 2)]) };
  return [...walls(axes, ends, screen, look), ...contents(axes, eye, maps)];
}

/** The three walls that are farthest away, with their grid, and numbers along the edges of the box. */
function walls(axes: FigureAxes, ends: [[number, number], [number, number], [number, number]], screen: Eye['see'], look: Eye['see']): Shape[] {
  if (!axes.frame) return [];
  const top = [0.5, 0.5, 0.4] as const;
  // The sign at which each wall stands: on the side away from the eye.
  const far = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]] as Corner[]).map((axis, i) => (look(axis)[2] > 0 ? -top[i as 0]! : top[i as 0]!)) as [number, number, number];
  const corner = (axis: number, at: number, others: readonly [number, number, number]): Corner => others.map((value, i) => (i === axis ? at : value)) as unknown as Corner;
  const shapes: Shape[] = [];
  let grid = '';
  const ticks = ends.map(([low, high]) => steps(low, high));
  for (let wall = 0; wall < 3; wall++) {
    const [a, b] = [0, 1, 2].filter((axis) => axis !== wall) as [number, number];
    const square = ([[-1, -1], [1, -1], [1, 1], [-1, 1]] as const).map(([i, j]) => screen(corner(wall, far[wall]!, corner(a, i * top[a as 0]!, corner(b, j * top[b as 0]!, [0, 0, 0])))));
    shapes.push({ kind: 'path', d: polyline(square.map(([x, y]) => [x, y]), true), fill: 'var(--sunken)', stroke: 'var(--line)', width: 1 });
    for (const [axis, other] of [[a, b], [b, a]] as const)
      for (const value of ticks[axis]!) {
        const at = ((value - ends[axis as 0][0]) / (ends[axis as 0][1] - ends[axis as 0][0] || 1) - 0.5) * 2 * top[axis as 0]!;
        const [from, to] = [-1, 1].map((side) => screen(corner(axis, at, corner(other, side * top[other as 0]!, corner(wall, far[wall]!, [0, 0, 0])))));
        grid += polyline([[from![0], from![1]], [to![0], to![1]]]);
      }
  }
  shapes.push({ kind: 'path', d: grid, stroke: 'var(--line)', width: 1 });
  const centre = screen([0, 0, 0]);
  const names = [axes.xlabel, axes.ylabel, axes.zlabel];
  for (let axis = 0; axis < 3; axis++) {
    const others = [0, 1, 2].filter((each) => each !== axis) as [number, number];
    // Of the edges along this axis the one on the outline that is lowest; for heights the one farthest to the left.
    const edges = ([[1, 1], [1, -1], [-1, 1], [-1, -1]] as const)
      .map(([i, j]) => corner(others[0], i * top[others[0] as 0]!, corner(others[1], j * top[others[1] as 0]!, [0, 0, 0])))
      .filter((edge) => others.filter((other) => edge[other as 0] === far[other]).length === 1)
      .map((edge) => ({ edge, at: screen(edge) }));
    const best = edges.sort((p, q) => (axis === 2 ? p.at[0] - q.at[0] : q.at[1] - p.at[1]))[0];
    if (!best) continue;
    const away = Math.hypot(best.at[0] - centre[0], best.at[1] - centre[1]) || 1;
    const [ox, oy] = [(best.at[0] - centre[0]) / away, (best.at[1] - centre[1]) / away];
    const [from, to] = [-1, 1].map((side) => screen(corner(axis, side * top[axis as 0]!, best.edge)));
    shapes.push({ kind: 'path', d: polyline([[from![0], from![1]], [to![0], to![1]]]), stroke: 'var(--ink3)', width: 1 });
    const shown = ticks[axis]!;
    const anchor = ox < -0.35 ? 'end' : ox > 0.35 ? 'start' : 'middle';
    let widest = 0;
    for (const value of shown) {
      const at = ((value - ends[axis as 0][0]) / (ends[axis as 0][1] - ends[axis as 0][0] || 1) - 0.5) * 2 * top[axis as 0]!;
      const [x, y] = screen(corner(axis, at, best.edge));
      const text = tickText(value, Math.abs((shown[1] ?? value) - (shown[0] ?? 0)) || 1);
      widest = Math.max(widest, textWidth(text, 11, true));
      shapes.push({ kind: 'words', x: x + ox * 8, y: y + oy * 10 + 4, text, anchor, size: 11, mono: true, color: 'var(--ink3)' });
    }
    if (names[axis]) shapes.push({ kind: 'words', x: best.at[0] + ox * (14 + (anchor === 'middle' ? 12 : widest + 4)), y: best.at[1] + oy * 26 + (anchor === 'middle' ? 8 : 4), text: names[axis]!, anchor: axis === 2 ? 'end' : anchor, size: 12, color: 'var(--ink2)' });
  }
  return shapes;
}

function steps(low: number, high: number): number[] {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((lead) => lead * power).find((each) => span / each <= 4.2) ?? span;
  const made = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + 1e-9 * span && made.length < 8; value += step) made.push(Number(value.toPrecision(12)));
  return made;
}

function contents(axes: FigureAxes, eye: Eye, maps: Maps): Shape[] {
  const drawn: { depth: number; shape: Shape }[] = [];
  const put = (depth: number, shape: Shape): void => void drawn.push({ depth, shape });
  for (const mark of axes.marks) {
    const opacity = mark.alpha ?? undefined;
    switch (mark.kind) {
      case 'line': {
        const points = mark.x.map((x, i) => eye.see([toNumber(x), toNumber(mark.y[i]), toNumber(mark.z?.[i] ?? 0)]));
        const depth = points.reduce((sum, point) => sum + point[2], 0) / Math.max(1, points.length);
        const color = cssColor(mark.color);
        if (mark.dash !== 'none') put(depth, { kind: 'path', d: polyline(points.map(([x, y]) => [x, y])), stroke: color, width: (mark.width ?? 1.5) * POINT, dash: dashOf(mark.dash), opacity });
        if (mark.marker !== 'none') for (const [x, y, z] of points) put(z, { kind: 'path', d: marker(mark.marker, x, y, (mark.size ?? 6) * POINT), ...(STROKED.has(mark.marker) ? { stroke: color, width: 1.5 } : { fill: color }), opacity });
        break;
      }
      case 'points': {
        const sizes = numbers(mark.sizes);
        mark.x.forEach((value, i) => {
          const [x, y, z] = eye.see([toNumber(value), toNumber(mark.y[i]), toNumber(mark.z?.[i] ?? 0)]);
          const color = cssColor(own(mark.colors, i));
          put(z, { kind: 'path', d: marker(mark.marker, x, y, Math.sqrt(own(sizes, i)) * POINT), ...(STROKED.has(mark.marker) ? { stroke: color, width: 1.5 } : { fill: color, stroke: 'var(--surface)', width: 0.6 }), opacity });
        });
        break;
      }
      case 'surface':
        surface(mark, eye, maps, put);
        break;
      case 'words': {
        const [x, y, z] = eye.see([toNumber(mark.x), toNumber(mark.y), toNumber(mark.z ?? 0)]);
        put(z + 9, { kind: 'words', x, y, text: mark.text, anchor: mark.anchor, size: 12, color: mark.color ? cssColor(mark.color) : 'var(--ink)' });
        break;
      }
      case 'bars':
      case 'image':
      case 'contour':
      case 'errors':
      case 'area':
      case 'rules':
      case 'stems':
      case 'pie':
      case 'boxes':
      case 'arrows':
      case 'note':
        break; // drawn on a plane alone
      default:
        assertNever(mark);
    }
  }
  return drawn.sort((a, b) => a.depth - b.depth).map(({ shape }) => shape);
}

function surface(mark: Extract<FigureMark, { kind: 'surface' }>, eye: Eye, maps: Maps, put: (depth: number, shape: Shape) => void): void {
  const [xs, ys, zs] = [mark.x, mark.y, mark.z].map((rows) => rows.map(numbers)) as [number[][], number[][], number[][]];
  const seen = zs.map((row, i) => row.map((z, j) => eye.see([xs[i]![j]!, ys[i]![j]!, z])));
  const map = mark.map ? maps[mark.map] : undefined;
  const [low, high] = [toNumber(mark.low), toNumber(mark.high)];
  if (mark.wire) {
    const color = cssColor(mark.color);
    const line = (points: readonly (readonly [number, number, number])[]): void => {
      for (let i = 0; i + 1 < points.length; i++) put((points[i]![2] + points[i + 1]![2]) / 2, { kind: 'path', d: polyline([[points[i]![0], points[i]![1]], [points[i + 1]![0], points[i + 1]![1]]]), stroke: color, width: 1.1, opacity: mark.alpha ?? undefined });
    };
    for (const row of seen) line(row);
    for (let j = 0; j < (seen[0]?.length ?? 0); j++) line(seen.map((row) => row[j]!));
    return;
  }
  for (let i = 0; i + 1 < seen.length; i++)
    for (let j = 0; j + 1 < seen[i]!.length; j++) {
      const corners = [seen[i]![j]!, seen[i]![j + 1]!, seen[i + 1]![j + 1]!, seen[i + 1]![j]!];
      if (corners.some(([x, y]) => Number.isNaN(x) || Number.isNaN(y))) continue;
      const height = (zs[i]![j]! + zs[i]![j + 1]! + zs[i + 1]![j + 1]! + zs[i + 1]![j]!) / 4;
      // Light from above: a slope towards the eye is a little brighter than one away from it.
      const slope = (corners[2]![1] - corners[0]![1]) / (Math.abs(corners[2]![0] - corners[0]![0]) + Math.abs(corners[2]![1] - corners[0]![1]) + 1e-9);
      const color = map ? shaded(mapColor(map, height, low, high), 0.97 + 0.09 * slope) : cssColor(mark.color);
      put(corners.reduce((sum, corner) => sum + corner[2], 0) / 4, { kind: 'path', d: polyline(corners.map(([x, y]) => [x, y]), true), fill: color, stroke: map ? color : 'var(--surface)', width: 0.5, opacity: mark.alpha ?? undefined });
    }
}
