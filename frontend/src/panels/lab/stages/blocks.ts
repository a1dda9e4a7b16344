/** Parts of a picture that know their size before they are drawn, so that they can stand beside or beneath each other. */
import type { Paint } from '../cells';
import { CELLS, layoutGrid } from '../grid';
import { textWidth, type Mark, type TextMark } from '../scene';
import { shapeText, type Numbers } from '../trace';
import { nameOf, note, numbersFor, paintsFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';

export interface Block {
  width: number;
  height: number;
  draw: (x: number, y: number) => Mark[];
}

export const TITLE = 24;

/** Sizes of cells, the largest first: a picture takes the first with which it fits. */
export const LADDER = [52, 46, ...CELLS] as const;

/** Most indices shown along one axis. */
export const mostFor = (cell: number): number => (cell >= 24 ? 12 : 32);

export interface TensorSpec {
  key: string;
  id: number;
  cell: number;
  numbers?: Numbers | null;
  name?: string;
  /** Behind the name, in place of the shape. */
  beside?: string;
  paint?: Paint;
  most?: number;
  upright?: boolean;
  /** Cells whose elements nobody should choose have no tensor. */
  still?: boolean;
  /** Elements that step back. */
  dim?: (index: number) => boolean;
}

/** A tensor with its name and shape above, and the indices of its outer axes. */
export function tensorBlock(ask: Ask, spec: TensorSpec): Block {
  const numbers = spec.numbers ?? numbersFor(ask, spec.id);
  if (!numbers) return nothing;
  const most = spec.most ?? mostFor(spec.cell);
  const grid = layoutGrid(numbers.shape, { cell: spec.cell, most, upright: spec.upright });
  const name = spec.name ?? nameOf(ask, spec.id);
  const beside = spec.beside ?? shapeText(numbers.shape);
  const rank = numbers.shape.length;
  const head = TITLE + (rank > 2 ? 16 : 0);
  const left = rank > 3 ? 22 : 0;
  return {
    width: Math.max(left + grid.width, titleWidth(name, beside)),
    height: head + grid.height,
    draw: (x, y) => {
      const placed = placeCells({ key: spec.key, x: x + left, y: y + head, cell: spec.cell, numbers, paint: spec.paint ?? paintsFor(ask, spec.id), theme: ask.theme, ...(spec.still ? {} : { tensor: spec.id }), most, upright: spec.upright });
      const marks = spec.dim ? placed.marks.map((mark) => (mark.kind === 'cell' && spec.dim!(Number(mark.key.slice(spec.key.length + 1))) ? { ...mark, dim: true } : mark)) : placed.marks;
      return [...title(spec.key, x, y + 12, name, beside, textColor(ask.names.get(spec.id))), ...marks];
    },
  };
}

export const nothing: Block = { width: 0, height: 0, draw: () => [] };

export function blank(width: number, height = 0): Block {
  return { width, height, draw: () => [] };
}

/** A text of one line or, wrapped to a width, of several. */
export function textBlock(key: string, text: string, more: Partial<TextMark> & { within?: number; line?: number } = {}): Block {
  const { within, line = 19, ...look } = more;
  const size = look.size ?? 13;
  const rows = within === undefined ? [text] : wrapped(text, within, size, look.mono);
  return {
    width: Math.max(0, ...rows.map((row) => textWidth(row, size, look.mono))),
    height: rows.length * line,
    draw: (x, y) => rows.map((row, i) => note(rows.length > 1 ? `${key}/${i}` : key, x, y + i * line + 13, row, { size, ...look })),
  };
}

/** A text in lines no wider than that. Chinese may break anywhere, Latin between words. */
export function wrapped(text: string, width: number, size: number, mono = false): string[] {
  const parts = text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/gu) ?? [];
  const rows: string[] = [];
  let row = '';
  for (const part of parts) {
    const closes = /^[，。、；：？！）」』”’]/.test(part);
    if (row !== '' && !closes && textWidth(row + part.trimEnd(), size, mono) > width) {
      rows.push(row.trimEnd());
      row = '';
    }
    row += part;
  }
  if (row.trim() !== '' || rows.length === 0) rows.push(row.trimEnd());
  return rows;
}

export type Alignment = 'start' | 'middle';

export function row(blocks: readonly Block[], gap: number, align: Alignment = 'start'): Block {
  const parts = blocks.filter((block) => block.width > 0);
  const height = Math.max(0, ...parts.map((block) => block.height));
  return {
    width: parts.reduce((sum, block) => sum + block.width, 0) + gap * Math.max(0, parts.length - 1),
    height,
    draw: (x, y) => {
      let at = x;
      return parts.flatMap((block) => {
        const marks = block.draw(at, align === 'middle' ? y + (height - block.height) / 2 : y);
        at += block.width + gap;
        return marks;
      });
    },
  };
}

export function column(blocks: readonly Block[], gap: number): Block {
  const parts = blocks.filter((block) => block.height > 0);
  return {
    width: Math.max(0, ...parts.map((block) => block.width)),
    height: parts.reduce((sum, block) => sum + block.height, 0) + gap * Math.max(0, parts.length - 1),
    draw: (x, y) => {
      let at = y;
      return parts.flatMap((block) => {
        const marks = block.draw(x, at);
        at += block.height + gap;
        return marks;
      });
    },
  };
}

/** Side by side while there is room, then beneath. */
export function flow(blocks: readonly Block[], width: number, gap: number, between = 18): Block {
  const rows: Block[][] = [[]];
  let used = 0;
  for (const block of blocks) {
    if (block.width === 0) continue;
    if (used > 0 && used + gap + block.width > width) {
      rows.push([]);
      used = 0;
    }
    used += (used > 0 ? gap : 0) + block.width;
    rows.at(-1)!.push(block);
  }
  return column(
    rows.map((each) => row(each, gap)),
    between,
  );
}

/** The plan with the largest cells that fit into the room there is, else the one with the smallest that are still read. */
export function fitted<P extends { width: number; height: number }>(width: number, height: number, plan: (cell: number) => P, least = 24): P {
  let made: P | null = null;
  for (const cell of LADDER) {
    if (cell < least && made !== null && made.width <= width) break;
    made = plan(cell);
    if (made.width <= width && made.height <= height) return made;
  }
  return made!;
}

/** The block with the largest of these cells that fits into the room, else the largest that keeps to the width and is scrolled. */
export function largest(cells: readonly number[], width: number, height: number, make: (cell: number) => Block): Block {
  let tall: Block | null = null;
  let block = nothing;
  for (const cell of cells) {
    block = make(cell);
    if (block.width > width) continue;
    if (block.height <= height) return block;
    tall ??= block;
  }
  return tall ?? block;
}

/** An arrow in a line of blocks, with a word above it. */
export function arrowBlock(key: string, word = '', width = 52): Block {
  const wide = Math.max(width, textWidth(word, 12, true) + 8);
  return {
    width: wide,
    height: 22,
    draw: (x, y) => [
      { kind: 'arrow', key, points: [[x, y + 18], [x + wide, y + 18]], color: 'var(--accent)' },
      ...(word ? [note(`${key}/text`, x + wide / 2, y + 10, word, { anchor: 'middle', mono: true, color: 'var(--accent)' })] : []),
    ],
  };
}

/** So far down that an arrow points at the first row of cells of that size. */
export const levelOf = (cell: number): number => TITLE + Math.max(0, Math.min(cell, 40) / 2 - 14);

/** The marks of the blocks with these keys. */
export const picked = (marks: readonly Mark[], keys: readonly string[]): Mark[] => marks.filter((mark) => keys.some((key) => mark.key === key || mark.key.startsWith(`${key}/`)));

/** Something shifted down, so that it stands level with cells rather than with their titles. */
export const lowered = (block: Block, by: number): Block => ({ width: block.width, height: block.height + by, draw: (x, y) => block.draw(x, y + by) });
