/** Reductions: the cells slide together along the axes that collapse, and each result says what it gathered. */
import { paintOf, say } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import { elementName, gathered, writtenOut } from '../relations';
import type { CellMark, Mark, Stage } from '../scene';
import { shapeText, size, type Numbers } from '../trace';
import { movementStages } from './movement';
import { nameOf, note, numbersFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';

interface Reduction {
  shape?: number[];
  axes?: number[];
  result?: number[];
  keepdim?: boolean;
  gathers?: number;
  sources?: unknown;
}

const TOP = 34;

export function reductionStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Reduction;
  const input = ask.op.inputs[0];
  const out = ask.op.outputs[0];
  if (input === undefined || out === undefined || !ex.shape || !ex.axes) return [];
  if (ex.sources) return movementStages(ask);
  const numbers = numbersFor(ask, input);
  const result = numbersFor(ask, out);
  if (!numbers || !result) return [];
  const gradient = ask.grads.get(out);
  const paint = paintOf([numbers.values]);
  const outPaint = paintOf([result.values]);
  const running = size(ex.result ?? []) === size(ex.shape) && ex.gathers !== 1;
  const cell = fitCell((c) => {
    const grid = layoutGrid(ex.shape!, { cell: c, most: mostFor(c) });
    const small = layoutGrid(ex.result ?? [], { cell: c, most: mostFor(c) });
    return grid.width + small.width + 130 <= ask.width && grid.height <= 260;
  });
  const grid = layoutGrid(ex.shape, { cell, most: mostFor(cell) });
  const heading = title('in', 0, 14, nameOf(ask, input), ex.shape, textColor(ask.names.get(input)));
  const source = placeCells({ key: 'in', x: 0, y: TOP, cell, numbers, paint, theme: ask.theme, tensor: input, most: mostFor(cell) });
  const shownAxes = ex.axes.length === ex.shape.length ? ask.t('lab.stage.allAxes') : ex.axes.map((axis) => ask.t('lab.axis', { axis })).join(', ');
  const x = Math.max(grid.width, titleWidth(nameOf(ask, input), ex.shape)) + 84;
  const outGrid = placeCells({ key: 'out', x, y: TOP, cell, numbers: result, paint: outPaint, theme: ask.theme, tensor: out, most: mostFor(cell) });
  const outHeading = title('out', x, 14, nameOf(ask, out), ex.result ?? [], textColor(ask.names.get(out)));
  const arrow: Mark[] = [
    { kind: 'arrow', key: 'arrow', points: [[x - 68, TOP + Math.min(grid.height, 120) / 2], [x - 12, TOP + Math.min(grid.height, 120) / 2]], color: 'var(--accent)' },
    note('arrow/text', x - 40, TOP + Math.min(grid.height, 120) / 2 - 8, ask.op.name, { anchor: 'middle', color: 'var(--accent)', mono: true }),
    note('axes', 0, TOP + grid.height + 24, ask.t('lab.stage.collapses', { axes: shownAxes, count: ex.gathers ?? 1 })),
  ];
  const gather: Stage = { name: 'gather', marks: [...heading, ...source.marks], words: ask.t('lab.words.reduce', { shape: shapeText(ex.shape), axes: shownAxes, count: ex.gathers ?? 1, result: shapeText(ex.result ?? []) }) };
  const stages: Stage[] = [gather];
  if (!running && size(ex.shape) <= 300) {
    // Each input cell slides onto the place of the result that gathers it.
    const landing = new Map<number, { x: number; y: number }>();
    const outCount = size(ex.result ?? []);
    for (let index = 0; index < outCount; index++) {
      const at = outGrid.grid.at(index);
      if (at) for (const from of gathered(index, ex.shape, ex.axes)) landing.set(from, { x: x + at.x, y: TOP + at.y });
    }
    const slid = source.marks.map((mark) => {
      const to = mark.kind === 'cell' && mark.ref ? landing.get(mark.ref.index) : undefined;
      return to ? ({ ...mark, ...to, opacity: 0.55, text: '' } as CellMark) : mark;
    });
    stages.push({ name: 'collapse', marks: [...heading, ...slid.filter((mark) => mark.kind === 'cell'), ...outHeading, ...arrow], words: gather.words });
  }
  const chosen = Math.min(ask.chosen, size(result.shape) - 1);
  const line = writtenOut(ask.answer, ask.op, ask.names, { tensor: out, index: chosen });
  const done: Mark[] = [...heading, ...source.marks, ...outHeading, ...outGrid.marks, ...arrow, note('line', 0, TOP + grid.height + 48, line, { mono: true, color: 'var(--ink)', size: 13 })];
  stages.push({ name: 'result', marks: done, words: line });
  const back = backwardMarks(ask, ex, gradient, numbers, TOP + grid.height + 92, input, out);
  if (back) stages.push({ name: 'backward', marks: [...done, ...back], words: ask.t('lab.words.reduceBack') });
  return stages;
}

const mostFor = (cell: number): number => (cell >= 24 ? 10 : 28);

function backwardMarks(ask: Ask, ex: Reduction, gradient: number[] | undefined, numbers: Numbers, y: number, input: number, out: number): Mark[] | null {
  const mine = ask.grads.get(input);
  if (!gradient || !mine || mine.length !== size(ex.shape!) || mine.length > 64) return null;
  const paint = paintOf([gradient, mine], true);
  const cell = 28;
  const heading = (key: string, x: number, id: number): Mark => ({ kind: 'text', key, x, y, text: `${nameOf(ask, id, '·')}.grad`, mono: true, bold: true, size: 12, color: textColor(ask.names.get(id)) });
  const left = placeCells({ key: 'back/in', x: 0, y: y + 10, cell, numbers: { shape: ex.shape!, sent: ex.shape!, values: mine, dtype: 'float32', windowed: false }, paint, theme: ask.theme, tensor: input });
  const x = Math.max(left.right, 110) + 84;
  const right = placeCells({ key: 'back/out', x, y: y + 10, cell, numbers: { shape: ex.result ?? [], sent: ex.result ?? [], values: gradient, dtype: numbers.dtype, windowed: false }, paint, theme: ask.theme, tensor: out });
  const line = `${elementName(ask.answer, ask.names, { tensor: input, index: 0 }).replace(/(\[|$)/, '.grad$1')} = ${say(mine[0])}`;
  return [
    heading('back/in/name', 0, input), ...left.marks, heading('back/out/name', x, out), ...right.marks,
    { kind: 'arrow', key: 'back/arrow', points: [[x - 10, y + 10 + cell / 2], [left.right + 8, y + 10 + cell / 2]], color: 'var(--accent)' },
    note('back/line', x + Math.max(80, right.grid.width) + 24, y + 28, line, { mono: true }),
    note('back/why', x + Math.max(80, right.grid.width) + 24, y + 48, ask.t('lab.words.reduceBack')),
  ];
}
