/** What a figure comes to: paths and words, in pixels of its own. */
import { textWidth } from '../scene';

export interface Frame {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface PathShape {
  kind: 'path';
  d: string;
  fill?: string;
  stroke?: string;
  width?: number;
  dash?: string;
  opacity?: number;
  /** Cut off at the frame of its axes. */
  clip?: Frame;
  crisp?: boolean;
}

export interface WordShape {
  kind: 'words';
  x: number;
  y: number;
  text: string;
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  color?: string;
  bold?: boolean;
  mono?: boolean;
  /** Degrees with the clock, around its own place. */
  turn?: number;
  opacity?: number;
  clip?: Frame;
}

export type Shape = PathShape | WordShape;

const round = (value: number): number => Math.round(value * 100) / 100;
/** Far beyond every picture: lines run there and are cut off. */
const FAR = 20_000;
const near = (value: number): number => round(Math.max(-FAR, Math.min(FAR, value)));

export type Point = readonly [number, number];

const isKnown = ([x, y]: Point): boolean => !Number.isNaN(x) && !Number.isNaN(y);

/** A line through points; where one is missing it is interrupted. */
export function polyline(points: readonly Point[], closed = false): string {
  let d = '';
  let isOpen = false;
  for (const point of points) {
    if (!isKnown(point)) {
      isOpen = false;
      continue;
    }
    d += `${isOpen ? 'L' : 'M'}${near(point[0])} ${near(point[1])}`;
    isOpen = true;
  }
  return closed && d ? `${d}Z` : d;
}

export const rectangle = (x: number, y: number, w: number, h: number): string => `M${near(x)} ${near(y)}h${near(w)}v${near(h)}h${near(-w)}Z`;

export type MarkerName = 'none' | 'circle' | 'point' | 'square' | 'triangle' | 'down' | 'left' | 'right' | 'diamond' | 'thin' | 'plus' | 'cross' | 'star' | 'pentagon' | 'hexagon' | 'bar' | 'dash';

/** Markers that are strokes: they have no inside. */
export const STROKED: ReadonlySet<MarkerName> = new Set(['plus', 'cross', 'bar', 'dash']);

/** A marker of this diameter around a point. */
export function marker(name: MarkerName, x: number, y: number, size: number): string {
  const r = size / 2;
  if (!Number.isFinite(x) || !Number.isFinite(y)) return '';
  const around = (corners: number, turn = -Math.PI / 2, radius = r): string => polyline(Array.from({ length: corners }, (_, i): Point => [x + radius * Math.cos(turn + (i * 2 * Math.PI) / corners), y + radius * Math.sin(turn + (i * 2 * Math.PI) / corners)]), true);
  switch (name) {
    case 'none':
      return '';
    case 'circle':
      return disc(x, y, r);
    case 'point':
      return disc(x, y, r / 2);
    case 'square':
      return rectangle(x - r * 0.89, y - r * 0.89, r * 1.78, r * 1.78);
    case 'triangle':
      return polyline([[x, y - r], [x + r, y + r], [x - r, y + r]], true);
    case 'down':
      return polyline([[x, y + r], [x + r, y - r], [x - r, y - r]], true);
    case 'left':
      return polyline([[x - r, y], [x + r, y - r], [x + r, y + r]], true);
    case 'right':
      return polyline([[x + r, y], [x - r, y - r], [x - r, y + r]], true);
    case 'diamond':
      return around(4, -Math.PI / 2, r * 1.2);
    case 'thin':
      return polyline([[x, y - r * 1.2], [x + r * 0.7, y], [x, y + r * 1.2], [x - r * 0.7, y]], true);
    case 'pentagon':
      return around(5);
    case 'hexagon':
      return around(6);
    case 'star':
      return polyline(Array.from({ length: 10 }, (_, i): Point => [x + (i % 2 ? 0.42 : 1.1) * r * Math.cos(-Math.PI / 2 + (i * Math.PI) / 5), y + (i % 2 ? 0.42 : 1.1) * r * Math.sin(-Math.PI / 2 + (i * Math.PI) / 5)]), true);
    case 'plus':
      return polyline([[x - r, y], [x + r, y]]) + polyline([[x, y - r], [x, y + r]]);
    case 'cross':
      return polyline([[x - r * 0.8, y - r * 0.8], [x + r * 0.8, y + r * 0.8]]) + polyline([[x - r * 0.8, y + r * 0.8], [x + r * 0.8, y - r * 0.8]]);
    case 'bar':
      return polyline([[x, y - r], [x, y + r]]);
    case 'dash':
      return polyline([[x - r, y], [x + r, y]]);
  }
}

const disc = (x: number, y: number, r: number): string => `M${near(x - r)} ${near(y)}a${round(r)} ${round(r)} 0 1 0 ${round(2 * r)} 0a${round(r)} ${round(r)} 0 1 0 ${round(-2 * r)} 0Z`;

/** The tip of an arrow from `a` to `b`. */
export function tip(a: Point, b: Point, size: number): string {
  const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
  const side = (turn: number): Point => [b[0] - size * Math.cos(angle + turn), b[1] - size * Math.sin(angle + turn)];
  return polyline([b, side(0.42), side(-0.42)], true);
}

/** As much of a text as there is room for. */
export function cut(text: string, room: number, size: number, mono = false): string {
  if (textWidth(text, size, mono) <= room) return text;
  let short = text;
  while (short.length > 1 && textWidth(`${short}…`, size, mono) > room) short = short.slice(0, -1);
  return `${short.trimEnd()}…`;
}

/** A text in lines that fit. */
export function lines(text: string, room: number, size: number, most = 2): string[] {
  const made: string[] = [];
  for (const part of text.split('\n')) {
    let line = '';
    for (const word of part.split(/(?<=\s)/)) {
      if (line && textWidth(line + word, size) > room) {
        made.push(line.trimEnd());
        line = '';
      }
      line += word;
    }
    made.push(line.trimEnd());
  }
  return made.length <= most ? made.map((line) => cut(line, room, size)) : [...made.slice(0, most - 1), cut(made.slice(most - 1).join(' '), room, size)];
}
