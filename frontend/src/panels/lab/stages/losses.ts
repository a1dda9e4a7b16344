/** A loss: prediction beside target, the share of every element, and the gradient that it sends back. */
import { paintOf, say } from '../cells';
import { textWidth, type CellMark, type Mark, type Stage } from '../scene';
import { dense, flatten, ravel, shapeText, shapeOf, size, toNumber, unravel, type Numbers } from '../trace';
import { arrowBlock, column, fitted, flow, levelOf, lowered, row, tensorBlock, textBlock, TITLE, type Block } from './blocks';
import { framed, gradName, nameOf, numbersFor, roomOf, type Ask } from './placing';

interface Loss {
  reduction?: string | null;
  /** Which of the two is the prediction: Keras takes the target first. */
  prediction?: number;
  warning?: string;
  shapes?: number[][];
  result?: number[] | null;
  gradients?: (unknown | null)[];
  /** The loss of each element before they are put together. */
  shares?: unknown;
  /** Softmax of the prediction, where the loss takes it. */
  probabilities?: unknown;
}

const given = (data: unknown): Numbers => dense(shapeOf(data), Array.isArray(data) ? flatten(data) : [toNumber(data)]);

export function lossStages(ask: Ask): Stage[] {
  const ids = ask.op.inputs.slice(0, 2).filter((id) => numbersFor(ask, id));
  const out = ask.op.outputs[0];
  if (ids.length === 0 || out === undefined) return [];
  const ex = ask.op.explanation as Loss;
  const first = ex.prediction === 1 && ids.length === 2 ? 1 : 0;
  const prediction = ids[first]!;
  const target = ids[1 - first];
  const shares = ex.shares === undefined || ex.shares === null ? null : given(ex.shares);
  const probabilities = ex.probabilities === undefined || ex.probabilities === null ? null : given(ex.probabilities);
  const gradient = ex.gradients?.[ask.op.inputs.indexOf(prediction)];
  const value = numbersFor(ask, out);
  const isOne = value !== null && value.shape.length === 0;
  const reduction = isOne ? (ex.reduction ?? '') : '';
  const named = (id: number, i: number): string => nameOf(ask, id, ask.t(i === first ? 'lab.prediction' : 'lab.target'));
  const warning = ex.warning ? ask.t('lab.detective.loss', { shapes: (ex.shapes ?? []).map(shapeText).join(` ${ask.t('lab.and')} `), result: ex.result ? shapeText(ex.result) : '–' }) : null;
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const operands = ids.map((id, i) => tensorBlock(ask, { key: `in${i}`, id, cell, name: named(id, i) }));
    const middle = levelOf(cell);
    const parts: Block[] = [row(operands, 36)];
    if (probabilities) parts.push(row([lowered(arrowBlock('prob/arrow', 'softmax'), middle), tensorBlock(ask, { key: 'prob', id: prediction, cell, numbers: probabilities, paint: { signed: false, max: 1 }, name: ask.t('lab.stage.probabilities', { name: named(prediction, first) }), beside: '', still: true })], 18));
    if (shares) parts.push(row([lowered(arrowBlock('share/arrow', probabilities ? '−log' : shortly(ask.op.name)), middle), tensorBlock(ask, { key: 'share', id: out, cell, numbers: shares, paint: paintOf([shares.values]), name: ask.t('lab.stage.shares'), beside: shapeText(shares.shape), still: true })], 18));
    if (isOne) parts.push(row([lowered(arrowBlock('out/arrow', reduction), middle), tensorBlock(ask, { key: 'out', id: out, cell, name: nameOf(ask, out, ask.op.name) })], 18));
    const back = gradientBlock(ask, ex, prediction, out, named(prediction, first), cell);
    const isUpright = (back?.height ?? 0) > 120;
    if (back && isUpright) parts.push(back);
    const rows = [flow(parts, ask.width, 18, 20)];
    if (warning) rows.push(textBlock('warn', warning, { within: ask.width, color: 'var(--warn)' }));
    if (shares && isOne) rows.push(textBlock('line', written(ask, out, shares, reduction, value!.values[0]!), { within: ask.width, mono: true, color: 'var(--ink)' }));
    const why = probabilities && reduction === 'mean' ? textBlock('back/why', '(softmax − 1[y]) ÷ N', { mono: true, size: 12, color: 'var(--ink2)' }) : null;
    if (back && !isUpright) rows.push(row([back, ...(why ? [lowered(why, TITLE)] : [])], 28));
    return column(rows, 16);
  });
  const marks = plan.draw(0, 0);
  const chosen = target !== undefined && probabilities ? classFrames(ask, marks, target, probabilities.shape) : [];
  const without = (...starts: string[]): Mark[] => marks.filter((mark) => !starts.some((start) => mark.key.startsWith(start)));
  const stages: Stage[] = [{ name: 'operands', marks: without('prob', 'share', 'out', 'line', 'back'), words: ask.t('lab.words.operands', { call: ids.map(named).join(', ') }) }];
  const said = say(value?.values[0]);
  if (shares) stages.push({ name: 'shares', marks: [...without('out', 'line', 'back'), ...chosen], words: ask.t('lab.words.shares', { name: ask.op.name, reduction, value: said }) });
  stages.push({ name: 'result', marks: [...without('back'), ...chosen], words: [ask.t('lab.words.loss', { name: ask.op.name, value: said }), warning ?? ''].join(' ').trim() });
  if (gradient !== undefined && gradient !== null) stages.push({ name: 'backward', marks: [...marks, ...chosen], words: ask.t('lab.words.lossBack', { loss: nameOf(ask, out, ask.op.name), name: named(prediction, first) }) });
  return stages;
}

/** The gradient of the loss by the prediction. */
function gradientBlock(ask: Ask, ex: Loss, prediction: number, out: number, name: string, cell: number): Block | null {
  const gradient = ex.gradients?.[ask.op.inputs.indexOf(prediction)];
  if (gradient === undefined || gradient === null) return null;
  const shape = ask.answer.tensors[String(prediction)]!.shape;
  const numbers = { ...given(gradient), shape, sent: shape };
  const called = ask.names.has(prediction) ? `∂${nameOf(ask, out, ask.op.name)} / ∂${name}` : gradName(ask, prediction);
  return tensorBlock(ask, { key: 'back', id: prediction, cell: Math.min(cell, 34), numbers, paint: paintOf([numbers.values], true), name: called, beside: '' });
}

const shortly = (name: string): string => (textWidth(name, 12, true) > 90 ? '' : name);

/** The value as its shares put together. */
function written(ask: Ask, out: number, shares: Numbers, reduction: string, value: number): string {
  const terms = shares.values.slice(0, 8).map((share) => say(share));
  const sum = `${terms.join(' + ')}${shares.values.length > 8 ? ' + …' : ''}`;
  const name = nameOf(ask, out, ask.op.name);
  return reduction === 'sum' ? `${name} = ${sum} = ${say(value)}` : reduction === 'mean' ? `${name} = (${sum}) ÷ ${size(shares.shape)} = ${say(value)}` : `${name} = ${say(value)}`;
}

/** Around the probability of each sample's own class. */
function classFrames(ask: Ask, marks: readonly Mark[], target: number, shape: readonly number[]): Mark[] {
  const labels = numbersFor(ask, target);
  if (!labels || labels.shape.length !== shape.length - 1 || !/^(u?int|long)/.test(labels.dtype)) return [];
  const wanted = new Set(
    labels.values.map((label, index) => {
      const place = unravel(index, labels.shape);
      const full = shape.length === 1 ? [label] : [place[0]!, label, ...place.slice(1)];
      return `prob/${ravel(full, shape)}`;
    }),
  );
  return marks
    .filter((mark): mark is CellMark => mark.kind === 'cell' && wanted.has(mark.key))
    .map((mark) => framed(mark));
}

