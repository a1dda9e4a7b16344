/** Operations on tensors too large for the trace: the part of each around the chosen cell, with that cell written out. */
import { cornerOf, isLarge, outerAxes, sentOf, sidesOf, type Looked, type Part } from '../looked';
import type { Mark, Stage } from '../scene';
import { shapeText } from '../trace';
import { arrowBlock, blank, column, flow, largest, lowered, row, textBlock, TITLE, type Block } from './blocks';
import { around, cornersIn, matrix, only, steady, type Area } from './parts';
import { gradName, nameOf, roomOf, type Ask } from './placing';
import { lineBlock, sumLine, towers } from './sums';

const CELLS = [34, 30, 26, 20, 16, 12, 10, 8, 6, 5, 4, 3, 2];
/** Places that are framed one by one. */
const MOST_FRAMES = 64;

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
    return flow([...inputs, ...(inputs.length > 0 ? [lowered(arrowBlock('arrow', ask.op.name), TITLE + 36)] : []), out], ask.width, 18, 16);
  };
  return steady(column([head, largest(CELLS, ask.width, free, make), terms], 16));
}

/** Whether more of the tensor lies around what was sent. */
function isCut(part: Part): boolean {
  const [sent, whole] = [sentOf(part), sidesOf(part)];
  return sent[0] < whole[0] || sent[1] < whole[1] || outerAxes(part).some((axis) => part.shape[axis]! > 1);
}

/** A frame around a row or column of places, or around each of them. */
function framesOf(part: Part): Area[] {
  const corners = cornersIn(part);
  if (corners.length === 0) return [];
  const { area, isFilled } = around(corners);
  return isFilled ? [area] : corners.slice(0, MOST_FRAMES).map(only);
}

function backward(ask: Ask, looked: Looked): Stage | null {
  const parts = [looked.output, ...looked.inputs].filter((part) => part.facets[0]?.grad);
  if (parts.length < 2 || !looked.output.facets[0]?.grad) return null;
  const head = textBlock('back/words', ask.t('look.back.large'), { size: 12, color: 'var(--ink2)', within: ask.width });
  const make = (cell: number): Block => row(parts.map((part, i) => matrix(ask, { key: `back${i}`, part, cell, gradient: true, name: gradName(ask, part.tensor, i === 0 ? 'y' : 'x') })), 36);
  return { name: 'backward', marks: column([head, largest(CELLS, ask.width, roomOf(ask) - head.height - 14, make)], 14).draw(0, 0), words: ask.t('look.back.large') };
}
