/** A figure as shapes: its axes on their grid, around each its title, ticks, labels, legend and scale of colors. */
import type { components } from '../../../protocol/schema.gen';
import { textWidth } from '../scene';
import { toNumber } from '../trace';
import { axisOf, tickText, type Axis, type FigureAxes, type ScaleName } from './axis';
import { cssColor, mapColor } from './colors';
import { dashOf, drawMark, type Maps } from './drawing';
import { Extent, reach, type FigureMark } from './extent';
import { cut, lines, marker, polyline, rectangle, STROKED, type Frame, type Shape } from './shapes';
import { drawSpace } from './space';

export type Figure = components['schemas']['Figure'];

export interface Picture {
  width: number;
  height: number;
  shapes: Shape[];
  /** Which part of it is a space that can be turned, and of which axes. */
  spaces: { frame: Frame; axes: number }[];
}

const TICK = 11;
const GAP = 6;
/** The least size of axes that have ticks. */
const LEAST = 150;

/** A figure in that much room: not wider, and, as long as it stays legible, not higher. */
export function drawFigure(figure: Figure, room: number, high = 400, turned: ReadonlyMap<number, readonly [number, number]> = new Map()): Picture {
  const own = figure.axes.filter((axes) => axes.twin === null || axes.twin === undefined);
  const columns = own.length > 0 ? 1 / Math.min(...own.map((axes) => axes.width)) : 1;
  const rows = own.length > 0 ? 1 / Math.min(...own.map((axes) => axes.height)) : 1;
  const isBare = own.every((axes) => !axes.frame || axes.xticks?.at.length === 0);
  const width = Math.max(240, Math.min(room, columns > 1 ? 900 : 560), isBare ? 0 : columns * LEAST);
  const titled = own.some((axes) => axes.title) ? 20 : 0;
  const natural = width * Math.max(0.3, Math.min(1.6, figure.ratio ?? (columns > 1.5 ? (rows / columns) * 0.82 : 0.68)));
  const height = notes(own, width) ?? Math.max(isBare ? 60 : Math.min(150, 150) * Math.min(rows, 60), Math.min(natural + titled, rows > 1.5 ? 1200 : Math.max(200, high - (figure.title ? 26 : 0))));
  const shapes: Shape[] = [];
  const spaces: Picture['spaces'] = [];
  let top = 0;
  if (figure.title) {
    lines(figure.title, width, 14).forEach((text, i) => shapes.push({ kind: 'words', x: width / 2, y: 15 + i * 18, text, anchor: 'middle', size: 14, bold: true }));
    top = 8 + 18 * lines(figure.title, width, 14).length;
  }
  let bottom = top + height;
  figure.axes.forEach((axes, place) => {
    if (axes.twin !== null && axes.twin !== undefined) return;
    const pad = columns > 1.5 || rows > 1.5 ? (isBare ? 3 : 7) : 0;
    const cell = { x: axes.left * width + pad, y: top + axes.top * height + pad, w: Math.max(24, axes.width * width - 2 * pad), h: Math.max(24, axes.height * height - 2 * pad) };
    const twins = figure.axes.filter((each) => each.twin === place);
    const made = drawAxes(axes, twins, cell, figure.maps, turned.get(place));
    if (axes.space) spaces.push({ frame: cell, axes: place });
    shapes.push(...made.shapes);
    bottom = Math.max(bottom, made.bottom);
  });
  return { width, height: Math.ceil(bottom), shapes, spaces };
}

/** How high a figure is that is text alone. */
function notes(all: readonly FigureAxes[], width: number): number | null {
  const mark = all.length === 1 ? all[0]!.marks[0] : undefined;
  if (mark?.kind !== 'note') return null;
  return lines(mark.text, width - 12, 13, 24).length * 18 + 16 + (all[0]!.title ? 24 : 0);
}

interface Drawn {
  shapes: Shape[];
  bottom: number;
}

const given = (value: unknown): boolean => value !== null && value !== undefined;

function ends(all: readonly FigureAxes[], side: 'x' | 'y', scale: ScaleName): [number, number] {
  const extent = new Extent(scale === 'log');
  const spare = new Extent(false);
  for (const axes of all) for (const mark of axes.marks) reach(mark, side === 'x' ? extent : spare, side === 'y' ? extent : spare);
  let [low, high] = extent.ends();
  for (const axes of all) {
    const limits = axes[`${side}lim`];
    if (given(limits?.[0])) low = toNumber(limits![0]);
    if (given(limits?.[1])) high = toNumber(limits![1]);
    if (axes[`${side}inverted`] && high > low) [low, high] = [high, low];
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return [low, high];
}

function drawAxes(axes: FigureAxes, twins: readonly FigureAxes[], cell: Frame, maps: Maps, turned?: readonly [number, number]): Drawn {
  const shapes: Shape[] = [];
  let y = cell.y;
  const small = cell.w < 220;
  if (axes.title) {
    const size = small ? 11 : 13;
    const told = lines(axes.title, cell.w, size, 2);
    told.forEach((text, i) => shapes.push({ kind: 'words', x: cell.x + cell.w / 2, y: y + size + i * (size + 4), text, anchor: 'middle', size, bold: true }));
    y += told.length * (size + 4) + 4;
  }
  const legend = axes.legend || twins.some((each) => each.legend) ? legendOf([axes, ...twins], cell.x, y, cell.w) : null;
  if (legend) {
    shapes.push(...legend.shapes);
    y += legend.height;
  }
  const inner: Frame = { x: cell.x, y, w: cell.w, h: Math.max(20, cell.y + cell.h - y) };
  const isNote = axes.marks.length > 0 && axes.marks.every((mark) => mark.kind === 'note');
  if (isNote) return { shapes: [...shapes, ...drawMark(axes.marks[0]!, { frame: inner, x: axisOf({ low: 0, high: 1, from: 0, to: 1, scale: 'linear', count: 1 }), y: axisOf({ low: 0, high: 1, from: 0, to: 1, scale: 'linear', count: 1 }), maps })], bottom: inner.y + inner.h };
  if (axes.space) {
    const bar = axes.colorbar ? 62 : 0;
    const frame = { ...inner, w: Math.max(40, inner.w - bar) };
    if (axes.colorbar) shapes.push(...colorbar(axes, maps, inner.x + frame.w + 12, inner.y + inner.h * 0.15, inner.h * 0.7));
    return { shapes: [...shapes, ...drawSpace(axes, frame, maps, turned)], bottom: inner.y + inner.h };
  }
  const right = twins.find((each) => each.twin_side === 'x');
  const above = twins.find((each) => each.twin_side === 'y');
  const [xEnds, yEnds] = [ends(above ? [axes] : [axes, ...twins.filter((each) => each.twin_side === 'x')], 'x', axes.xscale), ends(above ? [axes, above] : [axes], 'y', axes.yscale)];
  const make = (side: 'x' | 'y', [low, high]: [number, number], of: FigureAxes, from: number, to: number): Axis =>
    axisOf({ low, high, from, to, scale: of[`${side}scale`], ticks: of[`${side}ticks`], count: side === 'x' ? Math.max(2, Math.floor(Math.abs(to - from) / 70)) : Math.max(2, Math.floor(Math.abs(to - from) / 38)) });
  const wide = (axis: Axis): number => Math.min(110, Math.max(0, ...axis.ticks.map((tick) => textWidth(tick.text, TICK, true))));
  // First as if there were no margins: what the ticks say tells how wide the margins are.
  const frame = { ...inner };
  if (axes.frame) {
    const first = make('y', yEnds, axes, inner.y + inner.h, inner.y);
    const left = wide(first) + (first.ticks.length > 0 ? GAP + 2 : 2) + (axes.ylabel ? 18 : 0);
    frame.x += left;
    frame.w -= left + (right ? wide(make('y', ends([right], 'y', right.yscale), right, inner.y + inner.h, inner.y)) + GAP + (right.ylabel ? 22 : 6) : 6);
  }
  if (axes.colorbar) frame.w -= 66 + (axes.colorbar.label ? 16 : 0);
  frame.w = Math.max(24, frame.w);
  let x = make('x', xEnds, axes, frame.x, frame.x + frame.w);
  const tilt = tiltOf(x, axes.xturn ?? 0);
  // A turned label reaches to the left of its tick.
  const begin = x.ticks[0];
  const over = tilt && begin && axes.frame ? cell.x + Math.min(110, textWidth(begin.text, TICK, true)) * Math.cos((tilt.degrees * Math.PI) / 180) - x(begin.at) : 0;
  if (over > 0) {
    frame.x += over;
    frame.w = Math.max(24, frame.w - over);
    x = make('x', xEnds, axes, frame.x, frame.x + frame.w);
  }
  const foot = axes.frame ? (x.ticks.length > 0 ? (tilt ? Math.min(90, tilt.height) + 4 : TICK + GAP + 3) : 3) + (axes.xlabel ? 19 : 0) : 0;
  const head = above && axes.frame ? TICK + GAP + (above.xlabel ? 16 : 0) : 0;
  frame.y += head + 4;
  frame.h = Math.max(20, frame.h - foot - head - 8);
  if (axes.equal && axes.xscale !== 'log' && axes.yscale !== 'log') fit(frame, Math.abs(xEnds[1] - xEnds[0]), Math.abs(yEnds[1] - yEnds[0]));
  x = make('x', xEnds, axes, frame.x, frame.x + frame.w);
  const yAxis = make('y', yEnds, axes, frame.y + frame.h, frame.y);
  const plane = { frame, x, y: yAxis, maps };
  if (axes.frame) shapes.push(...gridLines(axes, frame, x, yAxis));
  const under = axes.marks.map((mark, order) => ({ mark, order })).sort((a, b) => layer(a.mark) - layer(b.mark) || a.order - b.order);
  for (const { mark } of under) shapes.push(...drawMark(mark, plane));
  if (right) {
    const axis = make('y', ends([right], 'y', right.yscale), right, frame.y + frame.h, frame.y);
    for (const mark of right.marks) shapes.push(...drawMark(mark, { ...plane, y: axis }));
    if (axes.frame && right.frame) {
      shapes.push(...axis.ticks.map((tick): Shape => ({ kind: 'words', x: frame.x + frame.w + GAP, y: axis(tick.at) + 4, text: cut(tick.text, 110, TICK, true), size: TICK, mono: true, color: 'var(--ink3)' })));
      if (right.ylabel) shapes.push(upright(right.ylabel, cell.x + cell.w - 6, frame));
    }
  }
  if (above) {
    const axis = make('x', ends([above], 'x', above.xscale), above, frame.x, frame.x + frame.w);
    for (const mark of above.marks) shapes.push(...drawMark(mark, { ...plane, x: axis }));
    if (axes.frame) shapes.push(...axis.ticks.map((tick): Shape => ({ kind: 'words', x: axis(tick.at), y: frame.y - GAP, text: tick.text, anchor: 'middle', size: TICK, mono: true, color: 'var(--ink3)' })));
    if (above.xlabel) shapes.push({ kind: 'words', x: frame.x + frame.w / 2, y: frame.y - GAP - TICK - 6, text: cut(above.xlabel, frame.w, 12), anchor: 'middle', size: 12, color: 'var(--ink2)' });
  }
  if (axes.frame) shapes.push(...around(axes, frame, x, yAxis, tilt, cell));
  if (axes.colorbar) shapes.push(...colorbar(axes, maps, frame.x + frame.w + 12, frame.y, frame.h));
  return { shapes, bottom: Math.max(cell.y + cell.h, axes.equal ? 0 : frame.y + frame.h + foot) };
}

/** What fills a surface lies under lines, and words are on top. */
function layer(mark: FigureMark): number {
  return mark.kind === 'image' || (mark.kind === 'contour' && mark.filled) ? 0 : mark.kind === 'area' || mark.kind === 'bars' ? 1 : mark.kind === 'words' ? 3 : 2;
}

/** The largest frame of that form inside of a frame, in its middle. */
function fit(frame: Frame, across: number, down: number): void {
  const scale = Math.min(frame.w / (across || 1), frame.h / (down || 1));
  const [w, h] = [across * scale, down * scale];
  frame.x += (frame.w - w) / 2;
  frame.w = w;
  frame.h = h;
}

function gridLines(axes: FigureAxes, frame: Frame, x: Axis, y: Axis): Shape[] {
  const covered = axes.marks.some((mark) => mark.kind === 'image' || mark.kind === 'pie' || (mark.kind === 'contour' && mark.filled));
  if (axes.grid === false || (covered && !axes.grid)) return [];
  let d = '';
  for (const tick of y.ticks) d += polyline([[frame.x, y(tick.at)], [frame.x + frame.w, y(tick.at)]]);
  if (axes.grid) for (const tick of x.ticks) d += polyline([[x(tick.at), frame.y], [x(tick.at), frame.y + frame.h]]);
  return [{ kind: 'path', d, stroke: 'var(--line)', width: 1, crisp: true }];
}

interface Tilt {
  degrees: number;
  height: number;
  every: number;
}

/** Labels that would run into each other are turned; where even these would, only some are shown. */
function tiltOf(axis: Axis, wish: number): Tilt | null {
  const places = axis.ticks.map((tick) => axis(tick.at));
  const least = places.slice(1).reduce((room, place, i) => Math.min(room, Math.abs(place - places[i]!)), Infinity);
  const widest = Math.max(0, ...axis.ticks.map((tick) => textWidth(tick.text, TICK, true)));
  if (!wish && widest + 8 <= least) return null;
  if (!wish && axis.ticks.length < 2) return null;
  const degrees = wish ? Math.min(90, Math.abs(wish)) : 35;
  const every = Math.max(1, Math.ceil((TICK + 3) / Math.max(1, least)));
  return { degrees, height: Math.min(110, widest) * Math.sin((degrees * Math.PI) / 180) + TICK + 4, every };
}

const upright = (text: string, x: number, frame: Frame): Shape => ({ kind: 'words', x, y: frame.y + frame.h / 2, text: cut(text, frame.h, 12), anchor: 'middle', size: 12, turn: -90, color: 'var(--ink2)' });

function around(axes: FigureAxes, frame: Frame, x: Axis, y: Axis, tilt: Tilt | null, cell: Frame): Shape[] {
  const bottom = frame.y + frame.h;
  const shapes: Shape[] = [{ kind: 'path', d: polyline([[frame.x, frame.y], [frame.x, bottom], [frame.x + frame.w, bottom]]), stroke: 'var(--edge)', width: 1, crisp: true }];
  let ticks = '';
  x.ticks.forEach((tick, i) => {
    const at = x(tick.at);
    ticks += polyline([[at, bottom], [at, bottom + 3]]);
    if (!tick.text || (tilt && i % tilt.every > 0)) return;
    if (tilt) shapes.push({ kind: 'words', x: at + 3, y: bottom + TICK + 3, text: cut(tick.text, 110, TICK, true), anchor: 'end', size: TICK, mono: true, color: 'var(--ink3)', turn: -tilt.degrees });
    else shapes.push({ kind: 'words', x: at, y: bottom + TICK + GAP, text: tick.text, anchor: 'middle', size: TICK, mono: true, color: 'var(--ink3)' });
  });
  for (const tick of y.ticks) {
    ticks += polyline([[frame.x - 3, y(tick.at)], [frame.x, y(tick.at)]]);
    shapes.push({ kind: 'words', x: frame.x - GAP, y: y(tick.at) + 4, text: cut(tick.text, 110, TICK, true), anchor: 'end', size: TICK, mono: true, color: 'var(--ink3)' });
  }
  shapes.push({ kind: 'path', d: ticks, stroke: 'var(--edge)', width: 1, crisp: true });
  const foot = x.ticks.length > 0 ? (tilt ? Math.min(90, tilt.height) + 4 : TICK + GAP + 3) : 3;
  if (axes.xlabel) shapes.push({ kind: 'words', x: frame.x + frame.w / 2, y: bottom + foot + 12, text: cut(axes.xlabel, Math.max(frame.w, cell.w * 0.6), 12), anchor: 'middle', size: 12, color: 'var(--ink2)' });
  if (axes.ylabel) shapes.push(upright(axes.ylabel, Math.min(cell.x + 11, frame.x - 14), frame));
  return shapes;
}

// ------------------------------------------------------------ legend and colorbar
function swatch(mark: FigureMark, x: number, y: number): Shape[] {
  const opacity = mark.alpha ?? undefined;
  const color = 'color' in mark && mark.color ? mark.color : 'colors' in mark && mark.colors ? mark.colors[0] : 'C0';
  const css = cssColor(color);
  const middle: readonly [number, number] = [x + 9, y];
  const point = (name: 'circle' | Exclude<(typeof mark & { marker: string })['marker'], 'none'>): Shape => (STROKED.has(name as 'plus') ? { kind: 'path', d: marker(name as 'plus', ...middle, 8), stroke: css, width: 1.5, opacity } : { kind: 'path', d: marker(name as 'circle', ...middle, 8), fill: css, opacity });
  if (mark.kind === 'line' || mark.kind === 'rules' || mark.kind === 'contour' || mark.kind === 'errors') {
    const dash = 'dash' in mark ? mark.dash : undefined;
    const made: Shape[] = dash === 'none' ? [] : [{ kind: 'path', d: polyline([[x, y], [x + 18, y]]), stroke: css, width: 2, dash: dashOf(dash), opacity }];
    if (mark.kind === 'line' && mark.marker !== 'none') made.push(point(mark.marker));
    return made;
  }
  if (mark.kind === 'points' || mark.kind === 'stems') return [mark.marker === 'none' ? point('circle') : point(mark.marker)];
  return [{ kind: 'path', d: rectangle(x + 3, y - 5, 12, 10), fill: css, opacity }];
}

/** Names beside their colors, in rows above the picture, where they hide nothing. */
function legendOf(all: readonly FigureAxes[], left: number, top: number, width: number): { shapes: Shape[]; height: number } | null {
  const entries = all.flatMap((axes) => axes.marks).filter((mark) => mark.label && mark.kind !== 'pie');
  if (entries.length === 0) return null;
  const shapes: Shape[] = [];
  let [x, row] = [left, 0];
  for (const mark of entries.slice(0, 24)) {
    const text = cut(mark.label!, Math.max(40, width - 30), 12);
    const wide = 24 + textWidth(text, 12) + 14;
    if (x > left && x + wide - 14 > left + width) [x, row] = [left, row + 1];
    const y = top + 9 + row * 18;
    shapes.push(...swatch(mark, x, y), { kind: 'words', x: x + 24, y: y + 4, text, size: 12, color: 'var(--ink)' });
    x += wide;
  }
  return { shapes, height: (row + 1) * 18 + 6 };
}

function colorbar(axes: FigureAxes, maps: Maps, x: number, y: number, height: number): Shape[] {
  const bar = axes.colorbar!;
  const map = maps[bar.map];
  const levels = bar.levels?.map(toNumber);
  const [low, high] = levels && levels.length > 1 ? [levels[0]!, levels.at(-1)!] : [toNumber(bar.low), toNumber(bar.high)];
  const at = axisOf({ low, high, from: y + height, to: y, scale: 'linear', count: Math.max(2, Math.floor(height / 40)) });
  const parts = levels && levels.length > 1 ? levels.slice(0, -1).map((level, i) => [level, levels[i + 1]!] as const) : Array.from({ length: 48 }, (_, i) => [low + ((high - low) * i) / 48, low + ((high - low) * (i + 1)) / 48] as const);
  const shapes: Shape[] = parts.map(([a, b]): Shape => ({ kind: 'path', d: rectangle(x, at(b), 12, Math.max(0.5, at(a) - at(b) + 0.4)), fill: mapColor(map, (a + b) / 2, toNumber(bar.low), toNumber(bar.high)), crisp: true }));
  const step = at.ticks.length > 1 ? Math.abs(at.ticks[1]!.at - at.ticks[0]!.at) : Math.abs(high - low) || 1;
  for (const tick of at.ticks) shapes.push({ kind: 'words', x: x + 17, y: at(tick.at) + 4, text: cut(tickText(tick.at, step), 48, TICK, true), size: TICK, mono: true, color: 'var(--ink3)' });
  if (bar.label) shapes.push({ kind: 'words', x: x + 62, y: y + height / 2, text: cut(bar.label, height, 12), anchor: 'middle', size: 12, turn: -90, color: 'var(--ink2)' });
  return shapes;
}
