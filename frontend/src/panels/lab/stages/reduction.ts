/** Reductions: brackets along the axes that collapse, cells that slide together, and what each result took. */
import { paintOf, say } from '../cells';
import { elementName, gathered, gatheredBy, takes, writtenOut } from '../relations';
import { textWidth, type CellMark, type Mark, type Stage } from '../scene';
import { dense, shapeText, size } from '../trace';
import { arrowBlock, column, fitted, levelOf, lowered, mostFor, picked, row, tensorBlock, textBlock, TITLE, type Block } from './blocks';
import { framed, gradName, note, numbersFor, roomOf, type Ask } from './placing';

interface Reduction {
  shape?: number[];
  axes?: number[];
  result?: number[];
  keepdim?: boolean;
  gathers?: number;
}

const BRACKET = 22;

export function reductionStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Reduction;
  const input = ask.op.inputs[0];
  const out = ask.op.outputs[0];
  if (input === undefined || out === undefined || !ex.shape || !ex.axes) return [];
  const numbers = numbersFor(ask, input);
  const result = numbersFor(ask, out);
  if (!numbers || !result) return [];
  const shape = ex.shape;
  const running = size(ex.result ?? []) === size(shape) && ex.gathers !== 1;
  const count = ex.gathers ?? 1;
  const shownAxes = ex.axes.length === shape.length && shape.length !== 1 ? ask.t('lab.stage.allAxes') : ex.axes.map((axis) => ask.t('lab.axis', { axis })).join(', ');
  // Of a running sum the last result along the axis says more than the first.
  const chosen = ask.chosen === 0 && running ? size(shape) - 1 : Math.min(ask.chosen, Math.max(0, size(result.shape) - 1));
  const line = writtenOut(ask.answer, ask.op, ask.names, { tensor: out, index: chosen });
  const took = new Set(gatheredBy(ask.op, chosen));
  const taken = takes(ask.answer, ask.op, { tensor: out, index: chosen });
  const rule = ask.t(running ? 'lab.stage.runs' : 'lab.stage.collapses', { axes: shownAxes, count });
  const facts = [rule, ...(ex.keepdim ? [ask.t('lab.stage.keepdim', { result: shapeText(ex.result ?? []) })] : [])];
  const more = ask.op.outputs.slice(1, 3).filter((id) => numbersFor(ask, id));
  const back = backward(ask, ex, input, out);
  const words = (within: number): Block => column([...facts.map((text, i) => textBlock(`fact${i}`, text, { within, size: 12, color: 'var(--ink2)' })), textBlock('line', line, { within, mono: true, color: 'var(--ink)' })], 3);
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const source = bracketed(ask, tensorBlock(ask, { key: 'in', id: input, cell }), shape, ex.axes!, running, mostFor(cell) >= Math.max(...shape, 1));
    const arrow = lowered(arrowBlock('arrow', ask.op.name), levelOf(cell));
    const results = column([tensorBlock(ask, { key: 'out', id: out, cell }), ...more.map((id, i) => tensorBlock(ask, { key: `more${i}`, id, cell }))], 16);
    const beside = source.width + results.width + 110 <= ask.width;
    const flowing = beside ? row([source, arrow, results], 20) : column([source, arrow, results], 12);
    return column([flowing, words(ask.width), ...(back ? [back] : [])], 16);
  });
  const marks = plan.draw(0, 0);
  const of = (...starts: string[]): Mark[] => picked(marks, starts);
  const source = of('in', 'bracket');
  const results = of('out', ...more.map((_, i) => `more${i}`), 'arrow');
  const gather: Stage = { name: 'gather', marks: [...source, ...of('fact0', 'fact1')], words: ask.t('lab.words.reduce', { shape: shapeText(shape), axes: shownAxes, count, result: shapeText(ex.result ?? []) }) };
  const stages: Stage[] = [gather];
  const heading = of('out').filter((mark) => mark.kind !== 'cell');
  if (!running && size(shape) <= 300) stages.push({ name: 'collapse', marks: [...slid(ex, source, of('out'), shape), ...heading, ...of('arrow', 'fact0', 'fact1')], words: gather.words });
  const lit = source.map((mark) => (mark.kind === 'cell' && mark.ref && took.size > 0 && took.size < size(shape) && !took.has(mark.ref.index) ? { ...mark, dim: true } : mark));
  const frames: Mark[] = [...source, ...results].flatMap((mark): Mark[] => {
    if (mark.kind !== 'cell' || !mark.ref || mark.w < 10) return [];
    const isTaken = mark.ref.tensor === input && mark.key.startsWith('in/') && taken === mark.ref.index;
    const isResult = mark.ref.index === chosen && size(result.shape) > 1 && (mark.key.startsWith('out/') || mark.key.startsWith('more'));
    return isTaken || isResult ? [framed(mark)] : [];
  });
  const done: Mark[] = [...lit, ...results, ...frames, ...of('fact0', 'fact1', 'line')];
  stages.push({ name: 'result', marks: done, words: line });
  if (back) stages.push({ name: 'backward', marks: [...done, ...of('back')], words: `${ask.t('lab.words.reduceBack')} ${elementName(ask.answer, ask.names, { tensor: input, index: 0 })}: ∇ ${say(ask.grads.get(input)?.[0])}` });
  return stages;
}

/** Brackets beneath and beside a grid, along the axes that collapse. */
function bracketed(ask: Ask, grid: Block, shape: readonly number[], axes: readonly number[], running: boolean, whole: boolean): Block {
  if (!whole || shape.length === 0) return grid;
  const across = (axis: number): boolean => (shape.length - 1 - axis) % 2 === 0;
  const names = (which: boolean): string => axes.filter((axis) => across(axis) === which && shape[axis]! > 1).map((axis) => ask.t('lab.axis', { axis })).join(', ');
  const [below, beside] = [names(true), names(false)];
  const right = beside ? BRACKET + textWidth(beside, 12) : 0;
  return {
    width: grid.width + right,
    height: grid.height + (below ? BRACKET + 6 : 0),
    draw: (x, y) => {
      const marks = grid.draw(x, y);
      const cells = marks.filter((mark): mark is CellMark => mark.kind === 'cell');
      const box = { left: Math.min(...cells.map((cell) => cell.x)), top: Math.min(...cells.map((cell) => cell.y)), right: Math.max(...cells.map((cell) => cell.x + cell.w)), bottom: Math.max(...cells.map((cell) => cell.y + cell.h)) };
      const head = running;
      if (below) {
        const at = box.bottom + 6;
        marks.push({ kind: 'arrow', key: 'bracket/across', points: head ? [[box.left, at + 4], [box.right, at + 4]] : [[box.left, at], [box.left, at + 5], [box.right, at + 5], [box.right, at]], color: 'var(--accent)', head });
        marks.push(note('bracket/acrossName', (box.left + box.right) / 2, at + 19, below, { anchor: 'middle', color: 'var(--accent)' }));
      }
      if (beside) {
        const at = box.right + 6;
        marks.push({ kind: 'arrow', key: 'bracket/down', points: head ? [[at + 4, box.top], [at + 4, box.bottom]] : [[at, box.top], [at + 5, box.top], [at + 5, box.bottom], [at, box.bottom]], color: 'var(--accent)', head });
        marks.push(note('bracket/downName', at + 11, (box.top + box.bottom) / 2 + 4, beside, { color: 'var(--accent)' }));
      }
      return marks;
    },
  };
}

/** Each input cell on the place of the result that gathers it. */
function slid(ex: Reduction, source: readonly Mark[], results: readonly Mark[], shape: readonly number[]): Mark[] {
  const landing = new Map<number, { x: number; y: number }>();
  for (const mark of results) {
    if (mark.kind !== 'cell' || !mark.ref) continue;
    for (const from of gathered(mark.ref.index, shape, ex.axes!)) landing.set(from, { x: mark.x, y: mark.y });
  }
  return source.map((mark) => {
    const to = mark.kind === 'cell' && mark.ref ? landing.get(mark.ref.index) : undefined;
    return to ? ({ ...mark, ...to, opacity: 0.55, text: '' } as CellMark) : mark;
  });
}

function backward(ask: Ask, ex: Reduction, input: number, out: number): Block | null {
  const arrives = ask.grads.get(out);
  const mine = ask.grads.get(input);
  if (!arrives || !mine || mine.length !== size(ex.shape!) || mine.length > 64) return null;
  const paint = paintOf([arrives, mine], true);
  const grad = (key: string, id: number, shape: number[], values: readonly number[]): Block =>
    tensorBlock(ask, { key, id, cell: 30, numbers: dense(shape, values), paint, name: gradName(ask, id), beside: '' });
  const arrow: Block = { width: 56, height: 22, draw: (x, y) => [{ kind: 'arrow', key: 'back/arrow', points: [[x + 56, y + 12], [x, y + 12]], color: 'var(--accent)' }] };
  const said = textBlock('back/why', ask.t('lab.words.reduceBack'), { within: 220, size: 12, color: 'var(--ink2)' });
  const left = grad('back/in', input, ex.shape!, mine);
  const right = grad('back/out', out, ex.result ?? [], arrives);
  const flowing = row([left, lowered(arrow, TITLE + 4), right], 16);
  return flowing.width + 250 <= ask.width ? row([flowing, lowered(said, TITLE)], 24) : column([flowing, said], 8);
}

