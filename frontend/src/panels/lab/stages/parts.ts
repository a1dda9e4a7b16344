/** One matrix of a looked-at tensor: its numbers where they fit into the cells, else a picture of them, with frames around what counts. */
import { lookOf, paintOf, sharedExponent, type Paint } from '../cells';
import { gapOf } from '../grid';
import { batchOf, cornerOf, facetName, isTurned, placeOf, rowsOf, sentOf, sidesOf, type Part } from '../looked';
import type { Mark, PictureMark } from '../scene';
import { ravel, shapeText } from '../trace';
import { cellLook, nameOf, note, paintsFor, textColor, title, titleWidth, type Ask } from './placing';
import { TITLE, type Block } from './blocks';

/** Rows and columns from one to one, the last included. */
export type Area = readonly [row: number, column: number, lastRow: number, lastColumn: number];

/** Where the cell's numbers stand in the first matrix that was sent; `beyond` also those that were not, and those in the padding. */
export function cornersIn(part: Part, beyond = false): [number, number][] {
  const batch = part.facets[0]?.batch.join() ?? '';
  const corners = part.picked.filter((place) => batchOf(part, place).join() === batch).map((place) => cornerOf(part, place));
  const [rows, columns] = sentOf(part);
  const [top, left] = part.origin as [number, number];
  return beyond ? corners : corners.filter(([row, column]) => row >= top && row < top + rows && column >= left && column < left + columns);
}

/** The area that holds these places, and whether they fill it. */
export function around(corners: readonly (readonly [number, number])[]): { area: Area; isFilled: boolean } {
  const [rows, columns] = [corners.map(([row]) => row), corners.map(([, column]) => column)];
  const area: Area = [Math.min(...rows), Math.min(...columns), Math.max(...rows), Math.max(...columns)];
  const distinct = new Set(corners.map((corner) => corner.join())).size;
  return { area, isFilled: distinct === (area[2] - area[0] + 1) * (area[3] - area[1] + 1) };
}

export const only = ([row, column]: readonly [number, number]): Area => [row, column, row, column];

export interface MatrixSpec {
  key: string;
  part: Part;
  facet?: number;
  cell: number;
  name?: string;
  gradient?: boolean;
  paint?: Paint;
  /** Framed in the accent. */
  frames?: readonly Area[];
  /** Everything but the framed steps back. */
  dim?: boolean;
  /** Places around the tensor that are drawn hatched. */
  padding?: { before: readonly [number, number]; after: readonly [number, number]; text: string };
  /** Elements cannot be chosen. */
  still?: boolean;
  untitled?: boolean;
  /** How far to the left of its cells the title begins, in pixels. */
  overhang?: number;
  /** No shape behind the name. */
  bare?: boolean;
}

/** Numbers stand in cells of that many pixels and more. */
export const READ = 26;
export const LEVELS = 32;

export interface Matrix extends Block {
  /** Where the cells begin, from the block's corner. */
  left: number;
  top: number;
  rows: number;
  columns: number;
  pitch: number;
}

const broad = (cell: number): number => (cell >= READ ? cell : Math.max(cell, 12));

export const pitchOf = (cell: number): number => cell + (cell >= READ ? gapOf(cell) : 0);

/** Plans with cells of many sizes are drawn up before one is chosen; what they share is worked out once. */
const paints = new WeakMap<Part, Map<string, Paint>>();

export function paintOfPart(ask: Ask, part: Part, gradient = false): Paint {
  const known = paints.get(part) ?? new Map<string, Paint>();
  paints.set(part, known);
  const key = `${gradient}/${paintsFor(ask, part.tensor).max}`;
  const paint = known.get(key) ?? rangeOf(ask, part, gradient);
  known.set(key, paint);
  return paint;
}

function rangeOf(ask: Ask, part: Part, gradient: boolean): Paint {
  const numbers = part.facets.flatMap((facet) => rowsOf(facet, gradient) ?? []);
  if (gradient) return paintOf(numbers, true);
  const known = paintsFor(ask, part.tensor);
  return known.max > 0 && !numbers.some((row) => row.some((value) => value < 0 && !known.signed)) ? known : paintOf(numbers);
}

export function matrix(ask: Ask, spec: MatrixSpec): Matrix {
  const { part, cell } = spec;
  const facet = part.facets[spec.facet ?? 0];
  const rows = (facet && rowsOf(facet, spec.gradient)) ?? [];
  const [height, width] = [rows.length, rows[0]?.length ?? 0];
  const pitch = pitchOf(cell);
  const gap = pitch - cell;
  // A single row or column of colors is drawn broader, so that it can be seen.
  const [wideCell, tallCell] = [width === 1 ? broad(cell) : cell, height === 1 ? broad(cell) : cell];
  const [stepX, stepY] = [wideCell + gap, tallCell + gap];
  const pad = { before: spec.padding?.before ?? [0, 0], after: spec.padding?.after ?? [0, 0] };
  const name = partName(part, spec.name ?? nameOf(ask, part.tensor));
  const beside = spec.bare && !facet?.batch.length ? '' : besideOf(part, spec.facet);
  const [whole, across] = sidesOf(part);
  const cut = [whole > height ? ask.t('look.rows', { part: span(part.origin[0]!, height), whole }) : '', across > width ? ask.t('look.columns', { part: span(part.origin[1]!, width), whole: across }) : ''].filter(Boolean).join(', ');
  const left = pad.before[1] * stepX;
  const top = (spec.untitled ? 0 : TITLE) + pad.before[0] * stepY;
  const wide = left + (width + pad.after[1]) * stepX - gap;
  const tall = top + (height + pad.after[0]) * stepY - gap;
  const paint = spec.paint ?? paintOfPart(ask, part, spec.gradient);
  const exponent = cell >= READ ? sharedExponent(rows.flat()) : 0;
  return {
    width: Math.max(wide, spec.untitled ? 0 : titleWidth(name, beside), cut ? cut.length * 6 : 0),
    height: tall + (cut ? 18 : 0) + (exponent !== 0 && cell >= READ ? 16 : 0),
    left,
    top,
    rows: height,
    columns: width,
    pitch: stepX,
    draw: (x, y) => {
      const marks: Mark[] = [];
      if (!spec.untitled) marks.push(...title(spec.key, x - (spec.overhang ?? 0), y + 12, name, beside, textColor(ask.names.get(part.tensor))));
      if (!facet) return marks;
      const at = (row: number, column: number) => ({ x: x + left + (column - part.origin[1]!) * stepX, y: y + top + (row - part.origin[0]!) * stepY });
      const framed = (row: number, column: number) => (spec.frames ?? []).some(([r, c, lr, lc]) => row >= r && row <= lr && column >= c && column <= lc);
      const index = (row: number, column: number) => ravel(placeOf(part, facet.batch, row, column), part.shape);
      if (cell >= READ) {
        rows.forEach((line, i) =>
          line.forEach((value, j) => {
            const [row, column] = [i + part.origin[0]!, j + part.origin[1]!];
            const place = index(row, column);
            marks.push({ kind: 'cell', key: `${spec.key}/${place}`, ...at(row, column), w: cell, h: cell, ...cellLook(value, 'float32', cell, paint, ask.theme, exponent), ...(spec.still ? {} : { ref: { tensor: part.tensor, index: place } }), ...(spec.dim && !framed(row, column) ? { opacity: 0.42 } : {}) });
          }),
        );
        if (exponent !== 0) marks.push(note(`${spec.key}/exponent`, x + wide, y + tall + 13, `×1e${String(exponent).replace('-', '−')}`, { anchor: 'end', size: 11, mono: true, color: 'var(--ink3)' }));
      } else {
        const picture: PictureMark = {
          kind: 'picture', key: `${spec.key}/picture`, x: x + left, y: y + top, w: width * wideCell, h: height * tallCell, columns: width,
          fills: fillsOf(rows, paint, ask),
          ...(spec.still ? {} : { tensor: part.tensor, index: (row: number, column: number) => index(row + part.origin[0]!, column + part.origin[1]!) }),
        };
        marks.push(picture);
      }
      if (spec.padding) marks.push(...hatched(spec, pad, height, width, { x: x + left, y: y + top }, [stepX, stepY], [wideCell, tallCell]));
      const edge = cell >= READ ? 2 : 1;
      for (const [i, [row, column, lastRow, lastColumn]] of (spec.frames ?? []).entries()) {
        const [first, last] = [at(row, column), at(lastRow, lastColumn)];
        marks.push({ kind: 'rect', key: `${spec.key}/frame${i}`, x: first.x - edge, y: first.y - edge, w: last.x - first.x + wideCell + 2 * edge, h: last.y - first.y + tallCell + 2 * edge, r: cell >= READ ? 5 : 1, stroke: 'var(--accent)', width: 2 });
      }
      if (cut) marks.push(note(`${spec.key}/cut`, x, y + tall + 14, cut, { size: 11, color: 'var(--ink3)' }));
      return marks;
    },
  };
}

export const partName = (part: Part, name: string): string => `${name}${isTurned(part) ? '.T' : ''}`;

/** What stands behind the name: which matrix of the batch it is, or the shape. */
export function besideOf(part: Part, facet = 0): string {
  const batch = part.facets[facet]?.batch ?? [];
  if (batch.length > 0) return facetName(part, batch);
  return shapeText(isTurned(part) ? [...part.shape].reverse() : part.shape);
}

const span = (start: number, count: number): string => `${start}–${start + count - 1}`;

/** Few enough colors for one path each; a thirty-second of the range is less than the eye tells apart. */
function fillsOf(rows: readonly (readonly number[])[], paint: Paint, ask: Ask): string[] {
  const step = paint.max / LEVELS || 1;
  const ladder = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => lookOf((i - LEVELS) * step, paint, ask.theme).fill);
  return rows.flatMap((line) => line.map((value) => (Number.isFinite(value) ? ladder[Math.max(0, Math.min(2 * LEVELS, Math.round(value / step) + LEVELS))]! : 'var(--danger)')));
}

/** Padding: cells that stand in no memory. */
function hatched(spec: MatrixSpec, pad: { before: readonly [number, number] | number[]; after: readonly [number, number] | number[] }, height: number, width: number, at: { x: number; y: number }, [stepX, stepY]: [number, number], [wide, tall]: [number, number]): Mark[] {
  const marks: Mark[] = [];
  for (let row = -pad.before[0]!; row < height + pad.after[0]!; row++)
    for (let column = -pad.before[1]!; column < width + pad.after[1]!; column++) {
      if (row >= 0 && row < height && column >= 0 && column < width) continue;
      marks.push({ kind: 'cell', key: `${spec.key}/pad${row},${column}`, x: at.x + column * stepX, y: at.y + row * stepY, w: wide, h: tall, look: 'padding', text: wide >= READ ? spec.padding!.text : '', ink: 'var(--ink3)' });
    }
  return marks;
}

/** A picture as large as its plan, whatever its numbers are: so it stands still while the cell moves. */
export function steady(block: Block): Mark[] {
  return [{ kind: 'rect', key: 'room', x: 0, y: 0, w: block.width, h: block.height }, ...block.draw(0, 0)];
}
