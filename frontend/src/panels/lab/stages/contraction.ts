/** Contractions: products and windows by what the server tells of one result cell; shapes that do not fit by their axes. */
import { paintOf } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import { speaksOf } from '../looked';
import { contractionInputs, explained, windowInputs } from '../relations';
import type { Mark, Stage } from '../scene';
import { shapeText, type Numbers } from '../trace';
import { largeStages } from './large';
import { nameOf, note, numbersFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';
import { factsOf, productStages } from './product';
import { windowStages } from './window';

const TOP = 34;
const mostFor = (cell: number): number => (cell >= 24 ? 8 : 28);

interface Part {
  id: number;
  numbers: Numbers;
  key: string;
}

export function contractionStages(ask: Ask): Stage[] {
  const isWindow = explained(ask.op).type === 'window';
  const { looked } = ask;
  if (ask.op.outputs.length > 0 && speaksOf(looked, ask.answer, ask.op)) {
    if (isWindow && looked.terms.length > 0) return windowStages(ask, looked);
    return looked.equation && looked.terms.length > 0 ? productStages(ask, looked) : largeStages(ask, looked);
  }
  const inputs = isWindow ? [windowInputs(ask.op).x, windowInputs(ask.op).w] : contractionInputs(ask.op).ids;
  const ids = inputs.filter((id): id is number => typeof id === 'number');
  if (ask.op.outputs.length > 0) return ask.looking ? [{ name: 'operands', marks: [], words: ids.map((id) => shapeText(ask.answer.tensors[String(id)]?.shape ?? [])).join(', ') }] : byShape(ask, ids, isWindow);
  const parts = ids.flatMap((id, i): Part[] => {
    const numbers = numbersFor(ask, id);
    return numbers ? [{ id, numbers, key: `in${i}` }] : [];
  });
  return parts.length === ids.length ? [misfit(ask, parts)] : byShape(ask, ids, isWindow);
}

/** An operation of which no cell is told: its axes, aligned from the right, those that are summed over in the accent. */
function byShape(ask: Ask, inputs: readonly number[], isWindow: boolean): Stage[] {
  const out = ask.op.outputs[0];
  const rows = [...inputs, ...(out === undefined ? [] : [out])].flatMap((id) => {
    const record = ask.answer.tensors[String(id)];
    return record ? [{ id, shape: record.shape, isResult: id === out }] : [];
  });
  const rank = Math.max(0, ...rows.map((row) => row.shape.length));
  if (rank === 0) return [];
  const marks: Mark[] = [];
  rows.forEach(({ id, shape, isResult }, i) => {
    const y = TOP + i * 52 + (isResult ? 10 : 0);
    const name = nameOf(ask, id, isResult ? '=' : '');
    marks.push({ kind: 'text', key: `row${i}`, x: 0, y: y + 22, text: name, mono: true, bold: true, size: 13, color: textColor(ask.names.get(id)) });
    const summed = isResult || isWindow ? -1 : i === 0 ? shape.length - 1 : Math.max(0, shape.length - 2);
    shape.forEach((length, axis) => {
      const x = 90 + (rank - shape.length + axis) * 72;
      const stretched = !isResult && !isWindow && axis < shape.length - 2 && length === 1;
      marks.push(
        { kind: 'rect', key: `axis${i}/${axis}`, x, y, w: 62, h: 34, r: 4, fill: 'var(--raise)', stroke: axis === summed ? 'var(--accent)' : 'var(--line2)', width: axis === summed ? 2 : 1, dashed: stretched },
        { kind: 'text', key: `length${i}/${axis}`, x: x + 31, y: y + 22, text: String(length), anchor: 'middle', mono: true, size: 14, color: 'var(--ink)' },
      );
    });
  });
  const bottom = TOP + rows.length * 52 + 10;
  const facts = isWindow ? [] : factsOf(ask);
  marks.push(...facts.map((text, i) => note(`fact${i}`, 0, bottom + 22 + i * 19, text)));
  const words = [`${ask.op.name}: ${rows.map((row) => shapeText(row.shape)).join(', ')}`, ...facts].join('. ');
  return [{ name: 'operands', marks, words }];
}

/** Shapes that do not fit: the two axes that should be equal. */
function misfit(ask: Ask, parts: readonly Part[]): Stage {
  const marks: Mark[] = [];
  const paint = paintOf(parts.map((part) => part.numbers.values));
  const cell = fitCell((c) => parts.reduce((sum, part) => sum + layoutGrid(part.numbers.shape, { cell: c, most: mostFor(c) }).width + 60, 0) <= ask.width);
  let x = 0;
  let bottom = 0;
  for (const part of parts) {
    marks.push(...title(part.key, x, 14, nameOf(ask, part.id), part.numbers.shape, textColor(ask.names.get(part.id))));
    const placed = placeCells({ key: part.key, x, y: TOP, cell, numbers: part.numbers, paint, theme: ask.theme, tensor: part.id, most: mostFor(cell) });
    marks.push(...placed.marks);
    bottom = Math.max(bottom, placed.bottom);
    x += Math.max(placed.grid.width, titleWidth(nameOf(ask, part.id), part.numbers.shape)) + 44;
  }
  const [a, b] = parts.map((part) => part.numbers.shape);
  const words = a && b ? ask.t('lab.words.misfit', { left: a.at(-1) ?? 1, right: (b.length > 1 ? b.at(-2) : b[0]) ?? 1 }) : (ask.op.error ?? '');
  marks.push(note('misfit', 0, bottom + 28, words, { color: 'var(--danger)', size: 13 }));
  return { name: 'conflict', marks, words };
}
