/** A tensor as marks at a place of the picture: its cells, its title, what is left out; shared by every kind of explanation. */
import type { Theme } from '../../../design/colormaps';
import { identityVar } from '../../../design/palette';
import { cellText, lookOf, sharedExponent, type Paint } from '../cells';
import { layoutGrid, type Grid } from '../grid';
import type { Looked } from '../looked';
import { paintFor } from '../ranges';
import { textWidth, type CellMark, type Mark, type RectMark, type TextMark } from '../scene';
import { expressionOf, isAtomic, shortened } from '../spans';
import { numbersOf, shapeText, valueAt, type Answer, type Identity, type Numbers, type Op, type Ref } from '../trace';
import type { t as translate } from '../../../i18n/index.svelte';

/** What every builder is given. */
export interface Ask {
  answer: Answer;
  op: Op;
  names: ReadonlyMap<number, Identity>;
  grads: ReadonlyMap<number, number[]>;
  theme: Theme;
  /** Pixels across that the picture should keep to. */
  width: number;
  /** Pixels down that are free; a picture that needs more is scrolled. */
  height?: number;
  t: typeof translate;
  /** The cell whose sum is written out, as its place in the first output. */
  chosen: number;
  /** One cell of the operation, as the server told of it; of any size. */
  looked?: Looked | null;
  /** Whether a cell is asked for. */
  looking?: boolean;
  /** The element under the pointer. Reading it makes a picture follow the pointer. */
  hover?: Ref | null;
}

/** Pixels down where nothing else is said. */
const ROOM = 380;
export const roomOf = (ask: Ask): number => Math.max(220, ask.height ?? ROOM);

export const textColor = (identity: Identity | undefined): string => (identity && identity.color >= 0 ? identityVar(identity.color, true) : 'var(--ink)');

export function numbersFor(ask: Ask, id: number): Numbers | null {
  const record = ask.answer.tensors[String(id)];
  return record ? numbersOf(record) : null;
}

const LONGEST = 22;

/** A tensor's name; one that has none is called by the expression it comes from. */
export function nameOf(ask: Ask, id: number, fallback = ''): string {
  const name = ask.names.get(id)?.name;
  if (name !== undefined) return name;
  const text = expressionOf(ask.answer, ask.op, id);
  return text === null ? fallback : shortened(text, LONGEST);
}

/** The name of a tensor's gradient: `a.grad` of a leaf, `∇y` of a result, which keeps none, and `∂(t ** 2)` of an expression. */
export function gradName(ask: Ask, id: number, fallback = '∇'): string {
  const name = nameOf(ask, id);
  if (name === '') return fallback;
  if (ask.names.has(id) && ask.answer.tensors[String(id)]?.is_leaf === false) return `∇${name}`;
  return ask.names.has(id) || isAtomic(name) ? `${name}.grad` : `∂(${name})`;
}

/** The range of colors that a tensor has everywhere on the page. */
export const paintsFor = (ask: Ask, id: number): Paint => paintFor(ask.answer, id);

export interface Placed {
  marks: Mark[];
  grid: Grid;
  right: number;
  bottom: number;
}

export interface PlaceOptions {
  key: string;
  x: number;
  y: number;
  cell: number;
  numbers: Numbers;
  paint: Paint;
  theme: Theme;
  tensor?: number;
  most?: number;
  upright?: boolean;
  /** Ghosts are read but take no memory. */
  ghost?: (index: number) => boolean;
  /** Keys of the cells, where they must meet those of another stage. */
  cellKey?: (index: number) => string;
  opacity?: number;
}

/** The cells of a tensor with their numbers; titles stand above by `title`. */
export function placeCells(options: PlaceOptions): Placed {
  const { key, x, y, cell, numbers, paint, theme, ghost, tensor } = options;
  const grid = layoutGrid(numbers.shape, { cell, most: options.most ?? (cell >= 24 ? 12 : 40), upright: options.upright });
  const exponent = sharedExponent(numbers.values);
  const marks: Mark[] = [];
  for (const index of grid.shown) {
    const at = grid.at(index)!;
    const value = valueAt(numbers, index);
    const mark: CellMark = {
      kind: 'cell',
      key: options.cellKey?.(index) ?? `${key}/${index}`,
      x: x + at.x,
      y: y + at.y,
      w: cell,
      h: cell,
      opacity: options.opacity,
      ...(tensor === undefined ? {} : { ref: { tensor, index } }),
      ...cellLook(value, numbers.dtype, cell, paint, theme, exponent, ghost?.(index) ?? false),
    };
    marks.push(mark);
  }
  for (const [i, gap] of grid.gaps.entries())
    if (cell >= 14) marks.push({ kind: 'text', key: `${key}/gap${i}`, x: x + gap.x + cell / 2, y: y + gap.y + cell / 2 + 4, text: '…', anchor: 'middle', color: 'var(--ink3)' });
  for (const [i, label] of grid.labels.entries())
    marks.push({ kind: 'text', key: `${key}/label${i}`, x: x + label.x, y: y + label.y, text: label.text, anchor: label.anchor, size: 11, mono: true, color: 'var(--ink3)' });
  if (exponent !== 0)
    marks.push({ kind: 'text', key: `${key}/exponent`, x: x + grid.width, y: y + grid.height + 14, text: `×1e${String(exponent).replace('-', '−')}`, anchor: 'end', size: 11, mono: true, color: 'var(--ink3)' });
  return { marks, grid, right: x + grid.width, bottom: y + grid.height };
}

export function cellLook(value: number | undefined, dtype: string, cell: number, paint: Paint, theme: Theme, exponent = 0, ghost = false): Partial<CellMark> {
  if (value === undefined) return { look: 'box', text: cell >= 24 ? '·' : '' };
  const text = cellText(value, dtype, cell, exponent);
  if (Number.isNaN(value)) return { look: 'nan', text: cell >= 22 ? 'NaN' : '', ink: 'var(--danger)' };
  if (!Number.isFinite(value)) return { look: 'inf', text, ink: 'var(--danger)' };
  if (ghost) return { look: 'ghost', text, ink: 'var(--ink3)' };
  if (dtype === 'bool') return value ? { look: 'plain', text, ...lookOf(1, { signed: false, max: 1 }, theme) } : { look: 'open', text, ink: 'var(--ink3)' };
  return { look: 'plain', text, ...lookOf(value, paint, theme) };
}

/** The name and shape above a tensor. */
export function title(key: string, x: number, y: number, name: string, shape: readonly number[] | string, color: string): TextMark[] {
  const shown = typeof shape === 'string' ? shape : shapeText(shape);
  return [
    ...(name ? [{ kind: 'text', key: `${key}/name`, x, y, text: name, size: 13, mono: true, bold: true, color } as TextMark] : []),
    { kind: 'text', key: `${key}/shape`, x: x + (name ? nameWidth(name) + 8 : 0), y, text: shown, size: 12, mono: true, color: 'var(--ink2)' },
  ];
}

const nameWidth = (name: string): number => textWidth(name, 13, true);
export const titleWidth = (name: string, shape: readonly number[] | string): number => nameWidth(name) + 8 + textWidth(typeof shape === 'string' ? shape : shapeText(shape), 12, true);

/** A frame in the accent around a cell that counts. */
export const framed = (mark: CellMark): RectMark => ({ kind: 'rect', key: `frame/${mark.key}`, x: mark.x - 1, y: mark.y - 1, w: mark.w + 2, h: mark.h + 2, r: 4, stroke: 'var(--accent)', width: 2 });

export const note = (key: string, x: number, y: number, text: string, more: Partial<TextMark> = {}): TextMark => ({ kind: 'text', key, x, y, text, size: 12, color: 'var(--ink2)', ...more });
