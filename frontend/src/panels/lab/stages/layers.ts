/** What is neither moved nor computed cell by cell: layers, normalization, autograd's calls, an optimizer's step, questions. */
import { paintOf, say, signed, type Paint } from '../cells';
import { overwritten } from '../detective';
import type { Mark, Stage } from '../scene';
import { dense, flatten, shapeText, size } from '../trace';
import { arrowBlock, column, fitted, flow, levelOf, lowered, picked, row, tensorBlock, textBlock, TITLE, type Block } from './blocks';
import { gradName, nameOf, numbersFor, paintsFor, roomOf, type Ask } from './placing';
import { inplaceStages } from './writing';

const MOST = 6;
/** Whether two of them stand better beside than above each other. */
const isUpright = (shape: readonly number[]): boolean => shape.length > 1 && shape.at(-2)! > shape.at(-1)!;

/** Inputs, the operation's name on an arrow, outputs; weights beneath as shapes. */
export function plainStages(ask: Ask): Stage[] {
  const outs = ask.op.outputs.filter((id) => numbersFor(ask, id)).slice(0, MOST);
  const operands = ask.op.operands.flatMap((operand) => (typeof operand.tensor === 'number' ? [operand.tensor] : []));
  const ins = (operands.length > 0 ? operands : ask.op.inputs).filter((id, i, all) => all.indexOf(id) === i && numbersFor(ask, id)).slice(0, MOST);
  if (outs.length + ins.length === 0) return [];
  const weights = ask.op.inputs.filter((id) => !operands.includes(id) && operands.length > 0);
  const shape = (id: number): string => shapeText(ask.answer.tensors[String(id)]?.shape ?? []);
  const words = ask.t('lab.words.layer', { name: ask.op.name, from: ins.map(shape).join(', ') || '–', to: outs.map(shape).join(', ') || '–' });
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const inputs = flow(ins.map((id, i) => tensorBlock(ask, { key: `in${i}`, id, cell })), ask.width * 0.5, 24);
    const results = flow(outs.map((id, i) => tensorBlock(ask, { key: `out${i}`, id, cell })), Math.max(140, ask.width - inputs.width - 110), 24);
    const arrow = lowered(arrowBlock('arrow', ask.op.name), levelOf(cell));
    const beside = inputs.width + results.width + arrow.width + 40 <= ask.width;
    const top = outs.length === 0 ? inputs : beside ? row([inputs, arrow, results], 20) : column([inputs, arrow, results], 12);
    const facts = weights.length > 0 ? [textBlock('weights', `${ask.op.name}: ${weights.map(shape).join(', ')}`, { mono: true, size: 12, color: 'var(--ink2)', within: ask.width })] : [];
    return column([top, ...facts], 18);
  });
  const marks = plan.draw(0, 0);
  const isResult = (mark: Mark): boolean => /^(out|arrow)/.test(mark.key);
  return outs.length === 0 || ins.length === 0 ? [{ name: 'result', marks, words }] : [{ name: 'operands', marks: marks.filter((mark) => !isResult(mark)), words: ask.t('lab.words.sourceOf', { names: ins.map((id) => nameOf(ask, id, shape(id))).join(', '), shape: ins.map(shape).join(', ') }) }, { name: 'result', marks, words }];
}

interface Normalization {
  /** Of the statistics: the input's, with 1 along the axes that they are taken over. */
  shape?: number[];
  axes?: number[];
  count?: number;
  mean?: unknown;
  variance?: unknown;
  running?: boolean;
  affine?: boolean;
  input?: number;
}

/** Mean and variance of each group, in numbers, between the input and the result. */
export function normalizationStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as Normalization;
  const out = ask.op.outputs[0];
  const input = ex.input;
  if (out === undefined || input === undefined || !ex.shape || ex.mean === undefined || !numbersFor(ask, input) || !numbersFor(ask, out)) return plainStages(ask);
  const means = flatten(ex.mean);
  const variances = flatten(ex.variance);
  const shape = ex.shape.filter((length, axis) => length > 1 || (ex.shape!.length <= 2 && !ex.axes!.includes(axis)) || ex.shape!.length <= 2);
  const axes = (ex.axes ?? []).map((axis) => ask.t('lab.axis', { axis })).join(', ');
  const facts = [ex.running ? ask.t('lab.stage.running') : ask.t('lab.stage.group', { count: ex.count ?? 1, axes }), ...(ex.affine ? [ask.t('lab.stage.thenScale')] : [])];
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const grid = (key: string, name: string, values: readonly number[], paint: Paint): Block => tensorBlock(ask, { key, id: input, still: true, cell, numbers: dense(shape, values), name, beside: '', paint });
    const statistics = column([grid('mean', ask.t('lab.stage.mean'), means, paintsFor(ask, input)), grid('variance', ask.t('lab.stage.variance'), variances, paintOf([variances]))], 12);
    const parts = [tensorBlock(ask, { key: 'in', id: input, cell }), row([statistics, lowered(arrowBlock('arrow', '(x − mean) ÷ √(var + ε)'), levelOf(cell))], 20), tensorBlock(ask, { key: 'out', id: out, cell })];
    return column([flow(parts, ask.width, 28), ...facts.map((text, i) => textBlock(`fact${i}`, text, { within: ask.width, color: 'var(--ink2)' })), textBlock('line', firstElement(ask, ex, input, out, means, variances), { mono: true, within: ask.width, color: 'var(--ink)' })], 14);
  });
  const marks = plan.draw(0, 0);
  const of = (...starts: string[]): Mark[] => picked(marks, starts);
  const shapeOut = shapeText(numbersFor(ask, out)!.shape);
  return [
    { name: 'source', marks: of('in'), words: ask.t('lab.words.sourceOf', { names: nameOf(ask, input, 'x'), shape: shapeText(numbersFor(ask, input)!.shape) }) },
    { name: 'statistics', marks: of('in', 'mean', 'variance', 'fact0'), words: ask.t('lab.words.statistics', { count: ex.count ?? 1 }) },
    { name: 'result', marks, words: ask.t('lab.words.normalized', { shape: shapeOut }) },
  ];
}

/** The first element written out; what weight and bias do to it is not, as they need not be 1 and 0. */
function firstElement(ask: Ask, ex: Normalization, input: number, out: number, means: readonly number[], variances: readonly number[]): string {
  const x = numbersFor(ask, input)!.values[0];
  const y = numbersFor(ask, out)!.values[0];
  const shape = numbersFor(ask, input)!.shape;
  const place = shape.length === 0 ? '' : `[${shape.map(() => 0).join(', ')}]`;
  return `${nameOf(ask, out, 'y')}${place}: (${say(x)} − ${say(means[0])}) ÷ √(${say(variances[0])} + ε)${ex.affine ? ' → ' : ' = '}${say(y)}`;
}

/** What backward filled, or the gradient that was asked for. */
export function autogradStages(ask: Ask): Stage[] {
  const calls = ask.answer.ops.filter((op) => op.kind === 'autograd' && op.outputs.length === 0);
  const outs = ask.op.outputs.filter((id) => numbersFor(ask, id)).slice(0, MOST);
  if (outs.length > 0) return askedFor(ask, outs);
  const root = ask.op.inputs[0];
  const broken = ask.op.error ? overwritten(ask.answer, ask.names) : null;
  if (broken) {
    const { expected, version, maker, name } = broken;
    const said = maker ? ask.t('lab.broken.text', { maker: maker.name, line: maker.line ?? '', expected, version }) : ask.t('lab.broken.plain', { expected, version });
    return inplaceStages({ ...ask, op: broken.op }, [ask.t('lab.broken.title', { line: broken.op.line ?? '', name }), said]);
  }
  // Only of the last backward are the numbers still those that it left.
  const isLast = calls.at(-1)?.id === ask.op.id;
  const leaves = !isLast
    ? []
    : Object.values(ask.answer.tensors)
        .filter((record) => record.requires_grad && record.is_leaf && ask.grads.has(record.id) && numbersFor(ask, record.id) && ask.grads.get(record.id)!.length === size(record.shape))
        .slice(0, MOST);
  if (root === undefined || !numbersFor(ask, root)) return plainStages(ask);
  if (leaves.length === 0) return plainStages(ask);
  const paint = paintOf(leaves.map((leaf) => ask.grads.get(leaf.id)!), true);
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const pairs = leaves.map((leaf, i) =>
      (isUpright(leaf.shape) ? row : column)([tensorBlock(ask, { key: `leaf${i}`, id: leaf.id, cell }), tensorBlock(ask, { key: `grad${i}`, id: leaf.id, cell, numbers: dense(leaf.shape, ask.grads.get(leaf.id)!), paint, name: gradName(ask, leaf.id), beside: '' })], 14),
    );
    const arrow: Block = { width: 60, height: 22, draw: (x, y) => [{ kind: 'arrow', key: 'arrow', points: [[x + 60, y + 18], [x, y + 18]], color: 'var(--accent)', dashed: true }] };
    return column([flow([row(pairs, 28), lowered(arrow, levelOf(cell)), tensorBlock(ask, { key: 'root', id: root, cell })], ask.width, 22), textBlock('hint', ask.t('lab.stage.ofGraph'), { size: 12, color: 'var(--ink3)', within: ask.width })], 16);
  });
  const marks = plan.draw(0, 0);
  const words = ask.t('lab.words.backward', { name: nameOf(ask, root, ask.op.name), names: leaves.map((leaf) => gradName(ask, leaf.id)).join(', ') });
  return [
    { name: 'before', marks: marks.filter((mark) => !/^(grad|arrow|hint)/.test(mark.key)), words: ask.t('lab.words.before', { name: nameOf(ask, root, ask.op.name) }) },
    { name: 'backward', marks, words },
  ];
}

/** `grad(of, by)`: what is derived, by what, and the gradient. */
function askedFor(ask: Ask, outs: readonly number[]): Stage[] {
  const ins = ask.op.inputs.filter((id, i, all) => all.indexOf(id) === i && numbersFor(ask, id)).slice(0, MOST);
  const of = ins[0];
  const by = ins.slice(1);
  const derivative = (i: number): string => (of === undefined || by[i] === undefined ? '∇' : `∂${nameOf(ask, of, 'y')}/∂${nameOf(ask, by[i], 'x')}`);
  const paint = paintOf(outs.map((id) => numbersFor(ask, id)!.values), true);
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const inputs = row(ins.map((id, i) => tensorBlock(ask, { key: `in${i}`, id, cell })), 28);
    const results = row(outs.map((id, i) => tensorBlock(ask, { key: `out${i}`, id, cell, paint, beside: `= ${derivative(i)}  ${shapeText(numbersFor(ask, id)!.shape)}` })), 28);
    return column([flow([inputs, lowered(arrowBlock('arrow', ask.op.name), levelOf(cell)), results], ask.width, 24), textBlock('hint', ask.t('lab.stage.ofGraph'), { size: 12, color: 'var(--ink3)', within: ask.width })], 18);
  });
  const marks = plan.draw(0, 0);
  const first = numbersFor(ask, outs[0]!)!;
  const value = first.values.length === 1 ? say(first.values[0]) : shapeText(first.shape);
  return [
    { name: 'operands', marks: marks.filter((mark) => /^in/.test(mark.key)), words: ask.t('lab.words.sourceOf', { names: ins.map((id) => nameOf(ask, id, '·')).join(', '), shape: ins.map((id) => shapeText(numbersFor(ask, id)!.shape)).join(', ') }) },
    { name: 'gradient', marks, words: ask.t('lab.words.grad', { of: nameOf(ask, of ?? -1, 'y'), by: by.map((id) => nameOf(ask, id, 'x')).join(', '), value }) },
  ];
}

interface Step {
  optimizer?: string;
  settings?: Record<string, number | boolean>;
  parameters?: { before: number; after: number; grad: unknown }[];
  /** Parameters beyond those that are told. */
  more?: number;
}

/** A step: parameters before, their gradients, and where it moved them. */
export function optimizerStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as Step;
  const parameters = (ex.parameters ?? []).filter((each) => numbersFor(ask, each.before) && numbersFor(ask, each.after)).slice(0, 4);
  if (parameters.length === 0) return plainStages(ask);
  const settings = Object.entries(ex.settings ?? {})
    .map(([key, value]) => `${key} ${typeof value === 'number' ? say(value) : String(value)}`)
    .join(', ');
  const name = ex.optimizer ?? ask.op.name;
  const grads = parameters.map((each) => (each.grad === null || each.grad === undefined ? null : flatten(each.grad)));
  const gradPaint = paintOf(grads.map((values) => values ?? []), true);
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const rows = parameters.map((each, i) => {
      const shape = numbersFor(ask, each.before)!.shape;
      const called = nameOf(ask, each.after) || nameOf(ask, each.before, ask.t('lab.stage.parameter', { number: i + 1 }));
      const gradient = grads[i];
      const values = [numbersFor(ask, each.before)!.values, numbersFor(ask, each.after)!.values];
      const paint = paintOf(values);
      return row(
        [
          tensorBlock(ask, { key: `before${i}`, id: each.before, cell, name: called, beside: ask.t('lab.stage.before'), paint }),
          gradient ? tensorBlock(ask, { key: `grad${i}`, id: each.before, still: true, cell, numbers: dense(shape, gradient), paint: gradPaint, name: `${called}.grad`, beside: '' }) : lowered(textBlock(`grad${i}`, ask.t('lab.stage.noGradient'), { size: 12, color: 'var(--ink2)' }), TITLE),
          lowered(arrowBlock(`arrow${i}`, name), levelOf(cell)),
          tensorBlock(ask, { key: `after${i}`, id: each.after, cell, name: called, beside: ask.t('lab.stage.after'), paint }),
        ],
        22,
      );
    });
    const facts = [textBlock('fact0', ask.t('lab.stage.update', { name, settings }), { mono: true, size: 12, color: 'var(--ink2)', within: ask.width }), ...((ex.more ?? 0) > 0 ? [textBlock('fact1', ask.t('lab.stage.others', { count: ex.more! }), { size: 12, color: 'var(--ink3)' })] : [])];
    return column([...rows, ...facts, ...plainStep(ask, ex, parameters, grads)], 16);
  });
  const marks = plan.draw(0, 0);
  const not = (pattern: RegExp): Mark[] => marks.filter((mark) => !pattern.test(mark.key));
  return [
    { name: 'before', marks: not(/^(grad|after|arrow|line)/), words: ask.t('lab.words.stepBefore', { name }) },
    { name: 'gradient', marks: not(/^(after|arrow|line)/), words: ask.t('lab.words.stepGradient') },
    { name: 'after', marks, words: ask.t('lab.words.stepAfter', { name, count: parameters.length + (ex.more ?? 0) }) },
  ];
}

/** Of plain gradient descent the first number written out: there the rule fits into a line. */
function plainStep(ask: Ask, ex: Step, parameters: { before: number; after: number }[], grads: readonly (number[] | null)[]): Block[] {
  const settings = ex.settings ?? {};
  if (ex.optimizer !== 'SGD' || settings.momentum || settings.weight_decay || settings.maximize || typeof settings.lr !== 'number' || !grads[0]) return [];
  const before = numbersFor(ask, parameters[0]!.before)!.values[0];
  const after = numbersFor(ask, parameters[0]!.after)!.values[0];
  const gradient = grads[0][0];
  const name = nameOf(ask, parameters[0]!.after) || nameOf(ask, parameters[0]!.before, ask.t('lab.stage.parameter', { number: 1 }));
  const shape = numbersFor(ask, parameters[0]!.before)!.shape;
  const place = shape.length === 0 ? '' : `[${shape.map(() => 0).join(', ')}]`;
  return [textBlock('line', `${name}${place} = ${say(before)} − ${say(settings.lr)} · ${signed(say(gradient))} = ${say(after)}`, { mono: true, color: 'var(--ink)', within: ask.width })];
}
