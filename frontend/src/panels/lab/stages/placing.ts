/** A tensor as marks at a place of the picture: its cells, its title, what is left out; shared by every kind of explanation. */
import type { Theme } from '../../../design/colormaps';
import { identityVar } from '../../../design/palette';
import { cellText, lookOf, sharedExponent, type Paint } from '../cells';
import { layoutGrid, type Grid } from '../grid';
import type { CellMark, Mark, TextMark } from '../scene';
import { shapeText, valueAt, type Answer, type Identity, type Numbers, type Op } from '../trace';
import { numbersOf } from '../trace';
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
  t: typeof translate;
  /** The cell whose sum is written out, as its place in the first output. */
  chosen: number;
}

export const textColor = (identity: Identity | undefined): string => (identity && identity.color >= 0 ? identityVar(identity.color, true) : 'var(--ink)');

export function numbersFor(ask: Ask, id: number): Numbers | null {
  const record = ask.answer.tensors[String(id)];
  return record ? numbersOf(record) : null;
}

export const nameOf = (ask: Ask, id: number, fallback = ''): string => ask.names.get(id)?.name ?? fallback;

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
  return { look: 'plain', text, ...lookOf(value, paint, theme) };
}

/** The name and shape above a tensor. */
export function title(key: string, x: number, y: number, name: string, shape: readonly number[] | string, color: string): TextMark[] {
  const shown = typeof shape === 'string' ? shape : shapeText(shape);
  return [
    ...(name ? [{ kind: 'text', key: `${key}/name`, x, y, text: name, size: 13, mono: true, bold: true, color } as TextMark] : []),
    { kind: 'text', key: `${key}/shape`, x: x + (name ? name.length * 8 + 8 : 0), y, text: shown, size: 12, mono: true, color: 'var(--ink2)' },
  ];
}

export const titleWidth = (name: string, shape: readonly number[] | string): number => name.length * 8 + 8 + (typeof shape === 'string' ? shape : shapeText(shape)).length * 7.4;

export const note = (key: string, x: number, y: number, text: string, more: Partial<TextMark> = {}): TextMark => ({ kind: 'text', key, x, y, text, size: 12, color: 'var(--ink2)', ...more });
