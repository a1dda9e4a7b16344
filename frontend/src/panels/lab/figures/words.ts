/** A figure in words: what is drawn, of how many points, between which numbers; and its numbers as a table. */
import type { t as translate } from '../../../i18n/index.svelte';
import { assertNever } from '../../../protocol';
import { say } from '../cells';
import { numbers, type FigureMark } from './extent';
import type { Figure } from './layout';

/** How many points, bars, cells a mark has. */
export function countOf(mark: FigureMark): number {
  switch (mark.kind) {
    case 'line':
    case 'points':
    case 'bars':
    case 'errors':
    case 'area':
    case 'stems':
    case 'arrows':
      return mark.x.length;
    case 'image':
    case 'contour':
      return mark.rows.reduce((sum, row) => sum + row.length, 0);
    case 'surface':
      return mark.z.reduce((sum, row) => sum + row.length, 0);
    case 'rules':
      return mark.at.length;
    case 'pie':
      return mark.values.length;
    case 'boxes':
      return mark.boxes.length;
    case 'words':
    case 'note':
      return 1;
    default:
      return assertNever(mark);
  }
}

export function figureWords(figure: Figure, t: typeof translate): string {
  const parts = figure.axes.flatMap((axes) => {
    const marks = axes.marks.slice(0, 6).map((mark) => {
      if (mark.kind === 'words' || mark.kind === 'note') return `“${mark.text.slice(0, 80)}”`;
      const name = t(`lab.figures.${mark.kind}`, { count: countOf(mark) });
      return mark.label ? `${mark.label}: ${name}` : name;
    });
    return [[axes.title, axes.xlabel && axes.ylabel ? `${axes.ylabel} / ${axes.xlabel}` : axes.ylabel || axes.xlabel, ...marks].filter(Boolean).join(', ')];
  });
  return [figure.window ?? '', figure.title, ...parts].filter(Boolean).join('. ');
}

/** Rows of numbers: which mark, its place along both axes. */
export function figureRows(figures: readonly Figure[]): (string | number)[][] {
  const rows: (string | number)[][] = [];
  figures.forEach((figure, place) => {
    for (const axes of figure.axes)
      for (const mark of axes.marks) {
        if (rows.length > 2000) return;
        const name = `${place + 1} ${mark.label ?? mark.kind}`;
        if (mark.kind === 'image' || mark.kind === 'contour') mark.rows.forEach((row, i) => row.forEach((value, j) => rows.push([name, `${i}, ${j}`, typeof value === 'number' ? value : String(value)])));
        else if (mark.kind === 'bars') numbers(mark.height).forEach((value, i) => rows.push([name, say(numbers(mark.x)[i]), value]));
        else if (mark.kind === 'pie') numbers(mark.values).forEach((value, i) => rows.push([name, mark.labels?.[i] ?? String(i), value]));
        else if (mark.kind === 'boxes') mark.boxes.forEach((box, i) => rows.push([name, say(numbers(mark.at)[i]), box.median]));
        else if (mark.kind === 'rules') numbers(mark.at).forEach((value) => rows.push([name, mark.axis, value]));
        else if (mark.kind === 'surface') mark.z.forEach((row, i) => numbers(row).forEach((value, j) => rows.push([name, `${i}, ${j}`, value])));
        else if (mark.kind === 'words' || mark.kind === 'note') rows.push([name, '', mark.text]);
        else numbers(mark.y).forEach((value, i) => rows.push([name, say(numbers(mark.x)[i]), value]));
      }
  });
  return rows.slice(0, 2000);
}
