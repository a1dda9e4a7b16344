/** Parts of a tensor too large to be sent whole: an overview of every so many-th element, and a window that is moved over it. */
import type { Numbers } from './trace';

/** Rows and columns of a window at each zoom, so many numbers that the server sends them all. */
export const ZOOMS = [[24, 32], [12, 16], [6, 8]] as const;
/** Rows and columns of an overview at most. */
const OVERVIEW = [31, 32] as const;
const LINE = 900;

export interface Part {
  /** The watched expression. */
  source: string;
  /** Index of its first row and column, and the steps between those sent. */
  from: readonly [number, number];
  step: readonly [number, number];
}

const isName = (name: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);

function slice(name: string, lead: readonly number[], inner: readonly string[]): string {
  return `${name}[${[...lead.map(String), ...inner].join(', ')}]`;
}

const limit = (at: number, length: number, view: number): number => Math.max(0, Math.min(at, Math.max(0, length - view)));

/** A corner that keeps the whole window inside the last two axes. */
export function cornerWithin(shape: readonly number[], corner: readonly [number, number], zoom: number): [number, number] {
  const [rows, columns] = ZOOMS[zoom]!;
  return [limit(Math.round(corner[0]), shape.at(-2) ?? 1, rows), limit(Math.round(corner[1]), shape.at(-1) ?? 1, columns)];
}

export function windowOf(name: string, shape: readonly number[], lead: readonly number[], corner: readonly [number, number], zoom: number): Part | null {
  if (!isName(name) || shape.length === 0) return null;
  const [rows, columns] = ZOOMS[zoom]!;
  const [r, c] = corner;
  const across = shape.at(-1)!;
  if (shape.length === 1) {
    const many = rows * columns;
    return { source: slice(name, [], [`${c}:${Math.min(across, c + many)}`]), from: [0, c], step: [1, 1] };
  }
  return { source: slice(name, lead, [`${r}:${Math.min(shape.at(-2)!, r + rows)}`, `${c}:${Math.min(across, c + columns)}`]), from: [r, c], step: [1, 1] };
}

/** Every so many-th element of the last two axes; null where a window already holds them all. */
export function overviewOf(name: string, shape: readonly number[], lead: readonly number[]): Part | null {
  if (!isName(name) || shape.length === 0) return null;
  if (shape.length === 1) {
    const step = Math.ceil(shape[0]! / LINE);
    return step < 2 ? null : { source: slice(name, [], [`::${step}`]), from: [0, 0], step: [1, step] };
  }
  const step = [Math.ceil(shape.at(-2)! / OVERVIEW[0]), Math.ceil(shape.at(-1)! / OVERVIEW[1])] as const;
  return step[0] === 1 && step[1] === 1 ? null : { source: slice(name, lead, [`::${step[0]}`, `::${step[1]}`]), from: [0, 0], step };
}

/** Whether an answer's part is what was asked for: a name may have come to mean another tensor. */
export function isPart(numbers: Numbers | null, shape: readonly number[], part: Part, kind: 'window' | 'overview', zoom = 0): numbers is Numbers {
  if (!numbers || numbers.windowed) return false;
  const [rows, columns] = kind === 'window' ? ZOOMS[zoom]! : [Infinity, Infinity];
  const long = (axis: number, most: number): number => Math.min(most, Math.ceil((shape.at(axis)! - part.from[axis === -1 ? 1 : 0]) / part.step[axis === -1 ? 1 : 0]));
  const wanted = shape.length === 1 ? [long(-1, rows * columns)] : [long(-2, rows), long(-1, columns)];
  return numbers.shape.join() === wanted.join();
}
