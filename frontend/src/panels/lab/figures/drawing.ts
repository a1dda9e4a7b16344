/** Every kind of mark as shapes on a plane; a kind without a drawing does not compile. */
import { assertNever } from '../../../protocol';
import { toNumber } from '../trace';
import type { Axis } from './axis';
import { cssColor, mapColor, type FigureMap } from './colors';
import { band, isoline } from './contours';
import { numbers, own, type FigureMark } from './extent';
import { lines, marker, polyline, rectangle, STROKED, tip, type Frame, type Point, type Shape } from './shapes';

export type Maps = Record<string, FigureMap>;

/** The axes that marks are drawn on. */
export interface Plane {
  frame: Frame;
  x: Axis;
  y: Axis;
  maps: Maps;
}

/** Pixels of a point of matplotlib's. */
export const POINT = 1.15;
const DASHES: Record<string, string | undefined> = { dashed: '6 4', dotted: '1.5 3.5', dashdot: '7 3.5 1.5 3.5' };

export const dashOf = (dash: string | null | undefined): string | undefined => (dash ? DASHES[dash] : undefined);
type Of<Kind extends FigureMark['kind']> = Extract<FigureMark, { kind: Kind }>;

export function drawMark(mark: FigureMark, plane: Plane): Shape[] {
  const { frame, x, y } = plane;
  const opacity = mark.alpha ?? undefined;
  const look = { opacity, clip: frame };
  switch (mark.kind) {
    case 'line': {
      const points = zipped(mark.x, mark.y, plane);
      const color = cssColor(mark.color);
      const shapes: Shape[] = mark.dash === 'none' ? [] : [{ kind: 'path', d: polyline(points), stroke: color, width: (mark.width ?? 1.5) * POINT, dash: dashOf(mark.dash), ...look }];
      if (mark.marker !== 'none') shapes.push(...markers(points, mark.marker, (mark.size ?? 6) * POINT, [color], mark.face ? cssColor(mark.face) : undefined, opacity, frame));
      return shapes;
    }
    case 'points':
      return scattered(mark, zipped(mark.x, mark.y, plane), frame);
    case 'bars':
      return bars(mark, plane);
    case 'image':
      return image(mark, plane);
    case 'contour':
      return contour(mark, plane);
    case 'surface':
      return []; // stands in space alone
    case 'errors': {
      const [left, right, down, up] = [mark.left, mark.right, mark.down, mark.up].map(numbers) as [number[], number[], number[], number[]];
      const cap = mark.cap * POINT;
      let d = '';
      zipped(mark.x, mark.y, plane).forEach(([px, py], i) => {
        const [vx, vy] = [toNumber(mark.x[i]), toNumber(mark.y[i])];
        if (mark.left) d += polyline([[x(vx - left[i]!), py], [x(vx + right[i]!), py]]) + (cap ? polyline([[x(vx - left[i]!), py - cap], [x(vx - left[i]!), py + cap]]) + polyline([[x(vx + right[i]!), py - cap], [x(vx + right[i]!), py + cap]]) : '');
        if (mark.down) d += polyline([[px, y(vy - down[i]!)], [px, y(vy + up[i]!)]]) + (cap ? polyline([[px - cap, y(vy - down[i]!)], [px + cap, y(vy - down[i]!)]]) + polyline([[px - cap, y(vy + up[i]!)], [px + cap, y(vy + up[i]!)]]) : '');
      });
      return [{ kind: 'path', d, stroke: cssColor(mark.color), width: 1.5, ...look }];
    }
    case 'area':
      return [{ kind: 'path', d: polyline(zipped(mark.x, mark.y, plane), true), fill: cssColor(mark.color), stroke: mark.edge ? cssColor(mark.edge) : undefined, width: 1, ...look }];
    case 'rules': {
      const [low, high] = [numbers(mark.low), numbers(mark.high)];
      const d = numbers(mark.at).map((at, i): string => {
        if (mark.axis === 'x') return polyline([[x(at), mark.low ? y(own(low, i)) : frame.y], [x(at), mark.high ? y(own(high, i)) : frame.y + frame.h]]);
        return polyline([[mark.low ? x(own(low, i)) : frame.x, y(at)], [mark.high ? x(own(high, i)) : frame.x + frame.w, y(at)]]);
      });
      return [{ kind: 'path', d: d.join(''), stroke: cssColor(mark.color), width: (mark.width ?? 1.5) * POINT, dash: dashOf(mark.dash), ...look }];
    }
    case 'words':
      return words(mark, plane);
    case 'stems': {
      const points = zipped(mark.x, mark.y, plane);
      const foot = y(mark.base);
      const color = cssColor(mark.color);
      const baseline: Point[] = points.length > 0 ? [[Math.min(...points.map(([at]) => at)), foot], [Math.max(...points.map(([at]) => at)), foot]] : [];
      return [
        { kind: 'path', d: polyline(baseline), stroke: cssColor('C3'), width: 1.5, ...look },
        { kind: 'path', d: points.map((point) => polyline([[point[0], foot], point])).join(''), stroke: color, width: 1.5, ...look },
        ...markers(points, mark.marker, 6 * POINT, [color], undefined, opacity, frame),
      ];
    }
    case 'pie':
      return pie(mark, plane);
    case 'boxes':
      return boxes(mark, plane);
    case 'arrows':
      return arrows(mark, plane);
    case 'note':
      return lines(mark.text, frame.w, 13, 24).map((line, i): Shape => ({ kind: 'words', x: frame.x, y: frame.y + 14 + i * 18, text: line, size: 13, mono: true }));
    default:
      return assertNever(mark);
  }
}

function zipped(xs: Of<'line'>['x'], ys: Of<'line'>['y'], { x, y }: Plane): Point[] {
  return xs.map((value, i): Point => [x(toNumber(value)), y(toNumber(ys[i]))]);
}

/** Markers of one color as one path, so that thousands cost little. */
function markers(points: readonly Point[], name: Of<'points'>['marker'], size: number | readonly number[], colors: readonly string[], face: string | undefined, opacity: number | undefined, clip: Frame): Shape[] {
  const byColor = new Map<string, string[]>();
  points.forEach(([px, py], i) => {
    const d = marker(name, px, py, typeof size === 'number' ? size : own(size, i));
    if (d) {
      const color = own(colors, i);
      const known = byColor.get(color);
      if (known) known.push(d);
      else byColor.set(color, [d]);
    }
  });
  return [...byColor].map(([color, all]): Shape => (STROKED.has(name) ? { kind: 'path', d: all.join(''), stroke: color, width: 1.6, opacity, clip } : { kind: 'path', d: all.join(''), fill: face ?? color, stroke: face ? color : undefined, width: 1.4, opacity, clip }));
}

function scattered(mark: Of<'points'>, points: readonly Point[], frame: Frame): Shape[] {
  const sizes = numbers(mark.sizes).map((area) => Math.sqrt(Math.max(0, area)) * POINT);
  const colors = mark.colors.map(cssColor);
  const edge = mark.edge ? cssColor(mark.edge) : undefined;
  const made = markers(points, mark.marker, sizes, colors, mark.hollow ? 'none' : undefined, mark.alpha ?? undefined, frame);
  if (!edge && !mark.hollow) return made;
  return made.map((shape) => (shape.kind === 'path' && !STROKED.has(mark.marker) ? { ...shape, fill: mark.hollow ? 'none' : shape.fill, stroke: edge ?? shape.stroke, width: 1.2 } : shape));
}

function bars(mark: Of<'bars'>, { frame, x, y }: Plane): Shape[] {
  const [start, width, base, height] = [mark.x, mark.width, mark.base, mark.height].map(numbers) as [number[], number[], number[], number[]];
  const byColor = new Map<string, string>();
  const [along, across] = mark.lying ? [y, x] : [x, y];
  start.forEach((first, i) => {
    const [a, b] = [along(first), along(first + width[i]!)];
    // On a logarithmic axis there is no zero: a bar comes from the edge.
    const foot = across(base[i]!);
    const from = Number.isNaN(foot) ? (mark.lying ? frame.x : frame.y + frame.h) : foot;
    const to = across(base[i]! + height[i]!);
    if (Number.isNaN(to)) return;
    const d = mark.lying ? rectangle(Math.min(from, to), Math.min(a, b), Math.abs(to - from), Math.abs(b - a)) : rectangle(Math.min(a, b), Math.min(from, to), Math.abs(b - a), Math.abs(to - from));
    const color = cssColor(own(mark.colors, i));
    byColor.set(color, (byColor.get(color) ?? '') + d);
  });
  // Bars that touch keep a hair between them, so that they can be counted.
  const edge = mark.edge ? cssColor(mark.edge) : mark.joined ? 'var(--surface)' : undefined;
  return [...byColor].map(([color, d]): Shape => ({ kind: 'path', d, fill: color, stroke: edge, width: mark.edge ? 1.2 : 0.75, opacity: mark.alpha ?? undefined, clip: frame }));
}

/** Where the cells of an image begin and end. */
function edges(list: readonly number[], count: number): number[] {
  if (list.length === count + 1) return [...list];
  const [first, last] = [list[0]!, list.at(-1)!];
  return Array.from({ length: count + 1 }, (_, i) => first + ((last - first) * i) / count);
}

function image(mark: Of<'image'>, { frame, x, y, maps }: Plane): Shape[] {
  const columns = mark.rows[0]?.length ?? 0;
  const xs = edges(numbers(mark.x), columns).map(x);
  const ys = edges(numbers(mark.y), mark.rows.length).map(y);
  const map = mark.map ? maps[mark.map] : undefined;
  const [low, high] = [toNumber(mark.low), toNumber(mark.high)];
  const byColor = new Map<string, string[]>();
  mark.rows.forEach((row, i) => {
    // Cells of one color beside each other are one: less to draw, and no seams.
    let from = 0;
    const colors = row.map((cell) => (typeof cell === 'string' && cell.startsWith('#') ? cell : mapColor(map, toNumber(cell), low, high)));
    for (let j = 1; j <= columns; j++) {
      if (j < columns && colors[j] === colors[from]) continue;
      const d = rectangle(Math.min(xs[from]!, xs[j]!), Math.min(ys[i]!, ys[i + 1]!), Math.abs(xs[j]! - xs[from]!), Math.abs(ys[i + 1]! - ys[i]!));
      const color = colors[from]!;
      if (color !== 'none') {
        const known = byColor.get(color);
        if (known) known.push(d);
        else byColor.set(color, [d]);
      }
      from = j;
    }
  });
  return [...byColor].map(([color, all]): Shape => ({ kind: 'path', d: all.join(''), fill: color, opacity: mark.alpha ?? undefined, clip: frame, crisp: true }));
}

function contour(mark: Of<'contour'>, { frame, x, y, maps }: Plane): Shape[] {
  const [xs, ys, levels] = [numbers(mark.x), numbers(mark.y), numbers(mark.levels)];
  const rows = mark.rows.map(numbers);
  const map = maps[mark.map];
  const [low, high] = [toNumber(mark.low), toNumber(mark.high)];
  const place = (a: number, b: number): Point => [x(a), y(b)];
  const look = { opacity: mark.alpha ?? undefined, clip: frame };
  if (mark.filled)
    return levels.slice(0, -1).map((level, i): Shape => {
      const color = mark.colors ? cssColor(own(mark.colors, i)) : mapColor(map, (level + levels[i + 1]!) / 2, low, high);
      return { kind: 'path', d: band(xs, ys, rows, level, levels[i + 1]!, place), fill: color, stroke: color, width: 0.4, ...look };
    });
  return levels.map((level, i): Shape => ({
    kind: 'path',
    d: isoline(xs, ys, rows, level, place),
    stroke: mark.colors ? cssColor(own(mark.colors, i)) : mapColor(map, level, low, high),
    width: (mark.width ?? 1.3) * POINT,
    dash: dashOf(mark.dash ?? (mark.colors && level < 0 && mark.colors.length === 1 ? 'dashed' : undefined)),
    ...look,
  }));
}

function words(mark: Of<'words'>, { frame, x, y }: Plane): Shape[] {
  const [vx, vy] = [toNumber(mark.x), toNumber(mark.y)];
  const at: Point = mark.place === 'axes' ? [frame.x + vx * frame.w, frame.y + (1 - vy) * frame.h] : [x(vx), y(vy)];
  const size = Math.max(10, Math.min(18, (mark.size ?? 10) * POINT));
  const [px, py] = [at[0] + (mark.shift?.[0] ?? 0) * POINT, at[1] - (mark.shift?.[1] ?? 0) * POINT + { top: size * 0.8, middle: size * 0.35, bottom: -2 }[mark.up]];
  if (!Number.isFinite(px) || !Number.isFinite(py) || px < frame.x - 40 || px > frame.x + frame.w + 40 || py < frame.y - 40 || py > frame.y + frame.h + 40) return [];
  const color = mark.color ? cssColor(mark.color) : 'var(--ink)';
  const shapes: Shape[] = mark.text.split('\n').map((text, i): Shape => ({ kind: 'words', x: px, y: py + i * size * 1.25, text, anchor: mark.anchor, size, color, turn: mark.turn ? -mark.turn : undefined, opacity: mark.alpha ?? undefined }));
  if (mark.to) {
    const to: Point = [x(toNumber(mark.to[0])), y(toNumber(mark.to[1]))];
    const from: Point = [px, py - size * 0.35];
    shapes.unshift({ kind: 'path', d: polyline([from, to]), stroke: 'var(--ink2)', width: 1.2 }, { kind: 'path', d: tip(from, to, 8), fill: 'var(--ink2)' });
  }
  return shapes;
}

function pie(mark: Of<'pie'>, { frame, x, y }: Plane): Shape[] {
  const values = numbers(mark.values);
  const total = values.reduce((sum, value) => sum + value, 0) || 1;
  const radius = Math.min(Math.abs(x(1) - x(0)), Math.abs(y(1) - y(0)));
  const [cx, cy] = [x(0), y(0)];
  const at = (angle: number, r: number): Point => [cx + r * Math.cos(angle), cy - r * Math.sin(angle)];
  const shapes: Shape[] = [];
  let angle = (mark.start * Math.PI) / 180;
  values.forEach((value, i) => {
    const turn = ((value / total) * 2 * Math.PI) * (mark.clockwise ? -1 : 1);
    const steps = Math.max(2, Math.ceil(Math.abs(turn) / 0.05));
    const arc = (r: number, back = false): Point[] => Array.from({ length: steps + 1 }, (_, k) => at(angle + (turn * (back ? steps - k : k)) / steps, r));
    const outline = mark.hole ? [...arc(radius), ...arc(radius * mark.hole, true)] : [...arc(radius), at(0, 0)];
    shapes.push({ kind: 'path', d: polyline(outline, true), fill: cssColor(own(mark.colors, i)), stroke: 'var(--surface)', width: 1.2 });
    const middle = angle + turn / 2;
    const anchor = Math.cos(middle) < -0.2 ? 'end' : Math.cos(middle) > 0.2 ? 'start' : 'middle';
    const label = mark.labels?.[i];
    const share = mark.texts?.[i];
    if (label) {
      const [px, py] = at(middle, radius * 1.08);
      shapes.push({ kind: 'words', x: px, y: py + 4, text: label, anchor, size: 12 });
    }
    if (share && Math.abs(turn) > 0.2) {
      const [px, py] = at(middle, radius * (mark.hole ? (1 + mark.hole) / 2 : 0.62));
      shapes.push({ kind: 'words', x: px, y: py + 4, text: share, anchor: 'middle', size: 11, mono: true, color: 'var(--surface)', bold: true });
    }
    angle += turn;
  });
  return shapes.map((shape) => (shape.kind === 'words' && (shape.x < frame.x - 60 || shape.x > frame.x + frame.w + 60) ? { ...shape, text: '' } : shape));
}

function boxes(mark: Of<'boxes'>, { frame, x, y }: Plane): Shape[] {
  const [along, across] = mark.lying ? [y, x] : [x, y];
  const at = (place: number, value: number): Point => (mark.lying ? [across(value), along(place)] : [along(place), across(value)]);
  const places = numbers(mark.at);
  const half = (mark.width ?? Math.min(0.5, 0.15 * Math.max(1, Math.max(...places) - Math.min(...places) || 3))) / 2;
  let d = '';
  let median = '';
  let beyond = '';
  mark.boxes.forEach((box, i) => {
    const place = places[i]!;
    const side = (value: number, reach: number): string => polyline([at(place - reach, value), at(place + reach, value)]);
    d += polyline([at(place - half, box.q1), at(place + half, box.q1), at(place + half, box.q3), at(place - half, box.q3)], true);
    d += polyline([at(place, box.q1), at(place, box.low)]) + polyline([at(place, box.q3), at(place, box.high)]) + side(box.low, half / 2) + side(box.high, half / 2);
    median += side(box.median, half);
    for (const value of numbers(box.fliers)) beyond += marker('circle', ...at(place, value), 6);
    if (typeof box.mean === 'number') beyond += marker('triangle', ...at(place, box.mean), 8);
  });
  const color = cssColor(mark.color);
  return [
    { kind: 'path', d, stroke: color, fill: 'none', width: 1.3, clip: frame },
    { kind: 'path', d: median, stroke: cssColor('C1'), width: 2, clip: frame },
    { kind: 'path', d: beyond, stroke: color, fill: 'none', width: 1.2, clip: frame },
  ];
}

function arrows(mark: Of<'arrows'>, plane: Plane): Shape[] {
  const { frame, x, y } = plane;
  const [xs, ys, us, vs] = [mark.x, mark.y, mark.u, mark.v].map(numbers) as [number[], number[], number[], number[]];
  const longest = Math.max(1e-300, ...us.map((u, i) => Math.hypot(u, vs[i]!)).filter(Number.isFinite));
  const room = Math.max(10, (Math.min(frame.w, frame.h) / Math.max(2, Math.sqrt(xs.length))) * 0.9);
  const byColor = new Map<string, { line: string; head: string }>();
  xs.forEach((vx, i) => {
    const from: Point = [x(vx), y(ys[i]!)];
    const scale = room / longest;
    const to: Point = mark.exact ? [x(vx + us[i]!), y(ys[i]! + vs[i]!)] : [from[0] + us[i]! * scale, from[1] - vs[i]! * scale];
    if (![...from, ...to].every(Number.isFinite)) return;
    const color = cssColor(own(mark.colors, i));
    const known = byColor.get(color) ?? { line: '', head: '' };
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    known.line += polyline([from, to]);
    if (length > 1) known.head += tip(from, to, Math.min(8, Math.max(3, length * 0.4)));
    byColor.set(color, known);
  });
  return [...byColor].flatMap(([color, { line, head }]): Shape[] => [
    { kind: 'path', d: line, stroke: color, width: 1.5, opacity: mark.alpha ?? undefined, clip: mark.exact ? frame : undefined },
    { kind: 'path', d: head, fill: color, opacity: mark.alpha ?? undefined, clip: mark.exact ? frame : undefined },
  ]);
}
