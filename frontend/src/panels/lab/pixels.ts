/** A matrix of colors as one path for each of them: sharp at any scale, and part of the exported picture. */
import type { PictureMark } from './scene';

export function pathsOf(mark: PictureMark): [fill: string, path: string][] {
  const rows = mark.fills.length / mark.columns;
  const wide = mark.w / mark.columns;
  const tall = mark.h / rows;
  const paths = new Map<string, string>();
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < mark.columns; ) {
      const fill = mark.fills[row * mark.columns + column]!;
      let end = column + 1;
      while (end < mark.columns && mark.fills[row * mark.columns + end] === fill) end++;
      paths.set(fill, `${paths.get(fill) ?? ''}M${mark.x + column * wide} ${mark.y + row * tall}h${(end - column) * wide}v${tall}h${(column - end) * wide}z`);
      column = end;
    }
  return [...paths];
}

/** The square at a place of the picture, in its own units; null beside it. */
export function squareAt(mark: PictureMark, x: number, y: number): { row: number; column: number } | null {
  const rows = mark.fills.length / mark.columns;
  const column = Math.floor(((x - mark.x) / mark.w) * mark.columns);
  const row = Math.floor(((y - mark.y) / mark.h) * rows);
  return row >= 0 && column >= 0 && row < rows && column < mark.columns ? { row, column } : null;
}

/** Where an element stands in the picture. */
export function squareOf(mark: PictureMark, index: number): { row: number; column: number } | null {
  for (let at = 0; at < mark.fills.length; at++) {
    const [row, column] = [Math.floor(at / mark.columns), at % mark.columns];
    if (mark.index?.(row, column) === index) return { row, column };
  }
  return null;
}
