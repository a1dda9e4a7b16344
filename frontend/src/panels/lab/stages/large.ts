/** Operations on tensors too large for the trace: the part of each around the chosen cell, with that cell written out. */
import { batchOf, cornerOf, isInside, isLarge, outerAxes, sentOf, sidesOf, type Looked, type Part } from '../looked';
import type { Mark, Stage } from '../scene';
import { shapeText } from '../trace';
import { arrowBlock, blank, column, flow, row, textBlock, type Block } from './blocks';
import { matrix, steady, type Area } from './parts';
import { gradName, nameOf, roomOf, type Ask } from './placing';
import { lineBlock, sumLine, towers } from './sums';

const CELLS = [34, 30, 26, 20, 16, 12, 10, 8, 6, 5, 4, 3, 2];

export function largeStages(ask: Ask, looked: Looked): Stage[] {
  const shapes = `${looked.inputs.map((part) => shapeText(part.shape)).join(', ')}${looked.inputs.length > 0 ? ' → ' : ''}${shapeText(looked.output.shape)}`;
  const line = sumLine(ask, looked);
  const isPart = isLarge(ask.answer, ask.op);
  const told = isPart ? ask.t([...looked.inputs, looked.output].some(isCut) ? 'look.part' : 'look.whole') : '';
  const stages: Stage[] = [];
  if (looked.inputs.length > 0) stages.push({ name: 'operands', marks: picture(ask, looked, told, false), words: `${ask.op.name}: ${shapes}. ${told}`.trim() });
  stages.push({ name: isPart ? 'closely' : 'result', marks: picture(ask, looked, told, true), words: `${line}. ${shapes}. ${told}`.trim() });
  const back = backward(ask, looked);
  if (back) stages.push(back);
  return stages;
}

function picture(ask: Ask, looked: Looked, told: string, done: boolean): readonly Mark[] {
  const head = column([...(done ? [lineBlock(ask, looked, ask.width)] : []), ...(told ? [textBlock('told', told, { size: 12, color: 'var(--ink2)', within: ask.width })] : [])], 3);
  const terms = done && looked.terms.length > 1 ? towers(ask, looked, ask.width, 60) : blank(0);
  const free = roomOf(ask) - head.height - (terms.height > 0 ? terms.height + 16 : 0) - 16;
  const make = (cell: number): Block => {
    const inputs = looked.inputs.slice(0, 3).map((part, i) => matrix(ask, { key: `in${i}`, part, cell, name: nameOf(ask, part.tensor, 'abc'[i]), frames: done ? framesOf(part) : [] }));
    const [r, c] = cornerOf(looked.output, looked.cell);
    const out = matrix(ask, { key: 'out', part: looked.output, cell, name: nameOf(ask, looked.output.tensor), frames: done ? [[r, c, r, c]] : [] });
    return flow([...inputs, ...(inputs.length > 0 ? [lower(arrowBlock('arrow', ask.op.name))] : []), out], ask.width, 18, 16);
  };
  const cell = CELLS.find((each) => { const block = make(each); return block.width <= ask.width && block.height <= free; }) ?? CELLS.at(-1)!;
  return steady(column([head, make(cell), terms], 16));
}

const lower = (block: Block): Block => ({ ...block, height: block.height + 60, draw: (x, y) => block.draw(x, y + 60) });

/** Whether more of the tensor lies around what was sent. */
function isCut(part: Part): boolean {
  const [sent, whole] = [sentOf(part), sidesOf(part)];
  return sent[0] < whole[0] || sent[1] < whole[1] || outerAxes(part).some((axis) => part.shape[axis]! > 1);
}

/** A frame around a row or column of places, or around each of them. */
function framesOf(part: Part): Area[] {
  const batch = part.facets[0]?.batch ?? [];
  const [rows, columns] = sentOf(part);
  const [r0, c0] = part.origin as [number, number];
  const corners = part.picked.filter((place) => isInside(part, place) && batchOf(part, place).join() === batch.join()).map((place) => cornerOf(part, place)).filter(([r, c]) => r >= r0 && r < r0 + rows && c >= c0 && c < c0 + columns);
  if (corners.length === 0) return [];
  const [rs, cs] = [corners.map(([r]) => r), corners.map(([, c]) => c)];
  const area: Area = [Math.min(...rs), Math.min(...cs), Math.max(...rs), Math.max(...cs)];
  const filled = corners.length === (area[2] - area[0] + 1) * (area[3] - area[1] + 1);
  return filled ? [area] : corners.slice(0, 64).map(([r, c]): Area => [r, c, r, c]);
}

function backward(ask: Ask, looked: Looked): Stage | null {
  const parts = [looked.output, ...looked.inputs].filter((part) => part.facets[0]?.grad);
  if (parts.length < 2 || !looked.output.facets[0]?.grad) return null;
  const head = textBlock('back/words', ask.t('look.back.large'), { size: 12, color: 'var(--ink2)', within: ask.width });
  const make = (cell: number): Block => row(parts.map((part, i) => matrix(ask, { key: `back${i}`, part, cell, gradient: true, name: gradName(ask, part.tensor, i === 0 ? 'y' : 'x') })), 36);
  const cell = CELLS.find((each) => { const block = make(each); return block.width <= ask.width && block.height + head.height + 14 <= roomOf(ask); }) ?? CELLS.at(-1)!;
  return { name: 'backward', marks: column([head, make(cell)], 14).draw(0, 0), words: ask.t('look.back.large') };
}
