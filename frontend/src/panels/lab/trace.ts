/** The answer of POST /evaluate as the lab's pictures read it: short names, flat numbers, who is called what. */
import type { components } from '../../protocol/schema.gen';

type Schemas = components['schemas'];
export type Answer = Schemas['Answer'];
export type Op = Schemas['OpRecord'];
export type TensorRecord = Schemas['TensorRecord'];
export type Statement = Schemas['StatementRecord'];
export type InnerStatement = Schemas['InnerStatement'];
export type Value = Schemas['Value'];
export type Graph = Schemas['Graph'];
export type GraphNode = Schemas['GraphNode'];
export type LabProblem = Schemas['LabProblem'];
export type LabFunction = Schemas['LabFunction'];
export type Figure = Schemas['Figure'];
export type WatchRecord = Schemas['WatchRecord'];
export type Finding = Schemas['FoundFault'];
export type Dialect = Schemas['EvaluateRequest']['dialect'];

/** One element of one tensor: its id and its place in reading order. */
export interface Ref {
  tensor: number;
  index: number;
}

export const refKey = (ref: Ref): string => `${ref.tensor}:${ref.index}`;

/** A value as JSON carries it: numbers that JSON lacks are text. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === 'inf') return Infinity;
  if (value === '-inf') return -Infinity;
  return NaN;
}

/** Nested lists as one list in reading order. */
export function flatten(data: unknown): number[] {
  const out: number[] = [];
  const walk = (part: unknown): void => {
    if (Array.isArray(part)) for (const each of part) walk(each);
    else out.push(toNumber(part));
  };
  if (data !== null && data !== undefined) walk(data);
  return out;
}

/** The shape that nested lists have. */
export function shapeOf(data: unknown): number[] {
  const shape: number[] = [];
  for (let part = data; Array.isArray(part); part = part[0]) shape.push(part.length);
  return shape;
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Steps along each axis of a dense tensor, in elements. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** A place in reading order as one index per axis. */
export function unravel(index: number, shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]! || 1;
    out[axis] = index % length;
    index = Math.floor(index / length);
  }
  return out;
}

export function ravel(index: readonly number[], shape: readonly number[]): number {
  let at = 0;
  for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis]! + index[axis]!;
  return at;
}

/** `(3, 1)`, `(4,)`, `()`: as torch prints a shape. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** Numbers of a tensor in reading order, and the shape they fill (smaller than the tensor's where it was sent in part). */
export interface Numbers {
  shape: readonly number[];
  /** The shape of what was sent. */
  sent: readonly number[];
  values: readonly number[];
  dtype: string;
  windowed: boolean;
}

/** Numbers that were all sent. */
export const dense = (shape: readonly number[], values: readonly number[], dtype = 'float32'): Numbers => ({ shape, sent: shape, values, dtype, windowed: false });

export function numbersOf(record: { shape?: readonly number[] | null; dtype?: string | null; data?: unknown; windowed?: boolean }): Numbers | null {
  const shape = record.shape ?? [];
  if (record.data === undefined || record.data === null) return null;
  const values = flatten(record.data);
  const windowed = record.windowed === true;
  return { shape, sent: windowed ? shapeOf(record.data) : shape, values, dtype: record.dtype ?? 'float32', windowed };
}

/** The value at a place of the whole tensor, or undefined where it was not sent. */
export function valueAt(numbers: Numbers, index: number): number | undefined {
  if (!numbers.windowed) return numbers.values[index];
  const place = unravel(index, numbers.shape);
  if (place.some((at, axis) => at >= (numbers.sent[axis] ?? 0))) return undefined;
  return numbers.values[ravel(place, numbers.sent)];
}

/** The last line of a statement's head: of one with a body where the body begins, else of all of it. */
export function headEnd(statement: Statement, inner: readonly InnerStatement[]): number {
  if (!inner.some((each) => statement.line < each.line && each.line <= statement.end_line)) return statement.end_line;
  const at = statement.source.split('\n').findIndex((line) => /:\s*(#.*)?$/.test(line));
  return statement.line + Math.max(0, at);
}

/** What each tensor is called, and which identity color its name has (-1 for none). */
export interface Identity {
  name: string;
  color: number;
}

/** The names in a target: `(v, i)` is v and i, `V[0, 2]` is none. */
export function targetNames(target: readonly string[]): string[] {
  return target.flatMap((text) =>
    text
      .replace(/^[([]|[)\]]$/g, '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(part)),
  );
}

/** Names in order of appearance; the first eight have a color. */
export function colorsOf(answer: Answer | null): Map<string, number> {
  const colors = new Map<string, number>();
  const add = (name: string) => {
    if (!colors.has(name)) colors.set(name, colors.size);
  };
  for (const statement of answer?.statements ?? [])
    for (const name of targetNames(statement.target)) if (holdsNumbers(statement.value)) add(name);
  for (const tensor of Object.values(answer?.tensors ?? {})) for (const name of tensor.names) add(name);
  return colors;
}

function holdsNumbers(value: Value | null | undefined): boolean {
  return value?.kind === 'tensor' || value?.kind === 'ndarray' || value?.kind === 'variable' || value?.kind === 'tuple' || value?.kind === 'list';
}

/** Tensor ids with the names they had: as targets first, then what points at them at the end. */
export function identify(answer: Answer | null): Map<number, Identity> {
  const found = new Map<number, Identity>();
  if (!answer) return found;
  const colors = colorsOf(answer);
  const put = (id: number | null | undefined, name: string | undefined) => {
    if (id === null || id === undefined || name === undefined || found.has(id)) return;
    found.set(id, { name, color: colors.get(name) ?? -1 });
  };
  for (const statement of answer.statements) {
    const names = targetNames(statement.target);
    const value = statement.value;
    if (!value || names.length === 0) continue;
    if (value.items && names.length === value.items.length) value.items.forEach((item, i) => put(item.tensor, names[i]));
    else put(value.tensor, names[0]);
  }
  for (const tensor of Object.values(answer.tensors)) put(tensor.id, tensor.names[0]);
  // What was changed in place keeps its name.
  for (const op of answer.ops) {
    const [before, after] = (op.explanation?.tensors as (number | null)[] | undefined) ?? [];
    if (before === undefined || before === null || after === undefined || after === null) continue;
    const name = found.get(before) ?? found.get(after);
    if (name) for (const id of [before, after]) if (!found.has(id)) found.set(id, name);
  }
  return found;
}

/** Gradients by tensor: what arrived at results, and what leaves hold in `.grad`. */
export function gradientsOf(answer: Answer | null): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const tensor of Object.values(answer?.tensors ?? {}))
    if (tensor.grad !== null && tensor.grad !== undefined) found.set(tensor.id, flatten(tensor.grad));
  for (const node of answer?.graph?.nodes ?? [])
    if (node.kind === 'leaf' && typeof node.tensor === 'number' && node.grad !== null && node.grad !== undefined)
      found.set(node.tensor, flatten(node.grad));
  return found;
}
