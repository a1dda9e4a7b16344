/** What the server told of one result cell, read for the pictures: matrices at a place of the batch, and the places in them. */
import type { components } from '../../protocol/schema.gen';
import { toNumber, unravel, type Answer, type Op, type Ref } from './trace';

export type Looked = components['schemas']['Looked'];
export type Part = components['schemas']['LookedInput'];
export type Facet = components['schemas']['LookedFacet'];

/** Whether it speaks of this operation, of tensors of these shapes. */
export function speaksOf(looked: Looked | null | undefined, answer: Answer, op: Op): looked is Looked {
  if (!looked || looked.op !== op.id || looked.output.tensor !== op.outputs[0]) return false;
  return [...looked.inputs, looked.output].every((part) => answer.tensors[String(part.tensor)]?.shape.join() === part.shape.join());
}

const read = new WeakMap<object, number[][]>();

/** Numbers in rows; of the gradient where that is asked for and known. */
export function rowsOf(facet: Facet, gradient = false): number[][] | null {
  const data = gradient ? facet.grad : facet.data;
  if (!data) return null;
  let rows = read.get(data);
  if (!rows) read.set(data, (rows = data.map((row) => row.map(toNumber))));
  return rows;
}

/** How many rows and columns the whole matrix has. */
export function sidesOf(part: Part): [number, number] {
  const [rows, columns] = part.axes;
  return [rows === null || rows === undefined ? 1 : part.shape[rows]!, columns === null || columns === undefined ? 1 : part.shape[columns]!];
}

/** Rows and columns that were sent. */
export const sentOf = (part: Part): [number, number] => [part.facets[0]?.data.length ?? 0, part.facets[0]?.data[0]?.length ?? 0];

/** The place in the whole tensor of a row and a column of a facet. */
export function placeOf(part: Part, batch: readonly number[], row: number, column: number): number[] {
  let next = 0;
  return part.shape.map((_, axis) => (axis === part.axes[0] ? row : axis === part.axes[1] ? column : batch[next++]!));
}

/** The axes that are neither rows nor columns. */
export const outerAxes = (part: Part): number[] => part.shape.map((_, axis) => axis).filter((axis) => !part.axes.includes(axis));

export const batchOf = (part: Part, place: readonly number[]): number[] => outerAxes(part).map((axis) => place[axis]!);

/** Row and column of a place in its matrix. */
export function cornerOf(part: Part, place: readonly number[]): [number, number] {
  const [rows, columns] = part.axes;
  return [rows === null || rows === undefined ? 0 : place[rows]!, columns === null || columns === undefined ? 0 : place[columns]!];
}

export const isInside = (part: Part, place: readonly number[]): boolean => place.every((at, axis) => at >= 0 && at < part.shape[axis]!);

/** `A[1, 2, :, :]`: which matrix of a tensor is meant. */
export function facetName(part: Part, batch: readonly number[]): string {
  if (batch.length === 0) return '';
  let next = 0;
  return `[${part.shape.map((_, axis) => (part.axes.includes(axis) ? ':' : batch[next++])).join(', ')}]`;
}

/** Whether the matrix is drawn with its axes exchanged, as in `x @ w.T`. */
export const isTurned = (part: Part): boolean => typeof part.axes[0] === 'number' && typeof part.axes[1] === 'number' && part.axes[0] > part.axes[1];

/** A part with rows and columns exchanged. */
export function turned(part: Part): Part {
  const over = <T>(rows: readonly T[][]): T[][] => (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]!));
  return {
    ...part,
    axes: [part.axes[1] ?? null, part.axes[0] ?? null],
    origin: [part.origin[1]!, part.origin[0]!],
    facets: part.facets.map((facet) => ({ ...facet, data: over(facet.data), grad: facet.grad ? over(facet.grad) : null })),
  };
}

/** The inputs that have a number in every term, and those that are added once. */
export function factorsOf(looked: Looked): { factors: Part[]; added: Part[] } {
  const count = looked.terms[0]?.length ?? 0;
  return { factors: looked.inputs.slice(0, count), added: looked.inputs.slice(count).filter((part) => part.picked.length > 0) };
}

/** The number that is added once, such as a bias. */
export function addedNumber(part: Part): number | undefined {
  const facet = part.facets[0];
  const [row, column] = cornerOf(part, part.picked[0] ?? []);
  const value = facet?.data[row - part.origin[0]!]?.[column - part.origin[1]!];
  return value === undefined ? undefined : toNumber(value);
}

/** The letters of each operand, and of the result. */
export function lettersOf(equation: string): { operands: string[]; result: string } {
  const [left, right] = equation.split('->');
  return { operands: (left ?? '').split(','), result: right ?? '' };
}

/** The cell as one index per axis, kept within the result. */
export function cellOf(answer: Answer, op: Op, chosen: number): number[] | null {
  const shape = answer.tensors[String(op.outputs[0])]?.shape;
  if (!shape || shape.includes(0)) return null;
  return unravel(Math.min(chosen, shape.reduce((a, b) => a * b, 1) - 1), shape);
}

/** Whether the trace holds only a part of the numbers of an operation's tensors. */
export function isLarge(answer: Answer, op: Op): boolean {
  return [...op.inputs, ...op.outputs].some((id) => {
    const record = answer.tensors[String(id)];
    return record !== undefined && !record.shape.includes(0) && (record.windowed === true || record.data === null || record.data === undefined);
  });
}

const TOLD = new Set(['elementwise', 'activation', 'movement', 'reduction', 'inplace', 'creation', 'random', 'contraction', 'window', 'layer', 'normalization', 'loss']);

/** The cell that the server should tell of: always of products and windows, else where the trace is not enough. */
export function wishFor(answer: Answer, op: Op, chosen: number): { op: number; cell: number[] } | null {
  const type = String(op.explanation?.type ?? '');
  if (!TOLD.has(type) || (type !== 'contraction' && type !== 'window' && !isLarge(answer, op))) return null;
  const cell = cellOf(answer, op, chosen);
  return cell && cell.length <= 16 ? { op: op.id, cell } : null;
}

/** The number at a place, where it was told. */
export function valueIn(looked: Looked, ref: Ref): number | undefined {
  for (const part of [looked.output, ...looked.inputs]) {
    if (part.tensor !== ref.tensor) continue;
    const place = unravel(ref.index, part.shape);
    const batch = batchOf(part, place).join();
    const [row, column] = cornerOf(part, place);
    const value = part.facets.find((facet) => facet.batch.join() === batch)?.data[row - part.origin[0]!]?.[column - part.origin[1]!];
    if (value !== undefined) return toNumber(value);
  }
  return undefined;
}
