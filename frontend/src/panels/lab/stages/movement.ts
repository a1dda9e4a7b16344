/** Movement and indexing: every result cell travels from the input cell it came from; then whether memory was copied. */
import { paintOf } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import type { CellMark, Mark, Stage } from '../scene';
import { shapeText, size } from '../trace';
import { nameOf, note, numbersFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';

interface Movement {
  view?: boolean;
  strides?: { before: number[]; after: number[][] };
  offsets?: { before: number; after: number[] };
  contiguous?: { before: boolean; after: boolean[] };
  bytes?: { allocated: number; copied: number };
  sources?: { inputs: number[]; maps: { input: number[]; index: number[] }[] };
}

const TOP = 34;
const GAP = 64;

export function movementStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Movement;
  const inputs = (ex.sources?.inputs ?? ask.op.inputs.slice(0, 1)).filter((id, i, all) => all.indexOf(id) === i);
  const ins = inputs.map((id) => ({ id, numbers: numbersFor(ask, id) })).filter((each) => each.numbers !== null);
  const outs = ask.op.outputs.slice(0, 4).map((id) => ({ id, numbers: numbersFor(ask, id) })).filter((each) => each.numbers !== null);
  if (ins.length === 0) return [];
  const paint = paintOf(ins.map((each) => each.numbers!.values));
  const widthOf = (cell: number, each: (typeof ins)[number]) => Math.max(layoutGrid(each.numbers!.shape, { cell, most: most(cell) }).width, titleWidth(nameOf(ask, each.id), each.numbers!.shape));
  const columns = (cell: number) => Math.max(...ins.map((each) => widthOf(cell, each))) + GAP + Math.max(0, ...outs.map((each) => widthOf(cell, each)));
  const heights = (cell: number, list: typeof ins) => list.reduce((sum, each) => sum + layoutGrid(each.numbers!.shape, { cell, most: most(cell) }).height + TOP + 6, 0);
  const cell = fitCell((c) => columns(c) <= ask.width && Math.max(heights(c, ins), heights(c, outs)) <= 330);
  const start: Mark[] = [];
  const at = new Map<string, { x: number; y: number }>();
  let y = 0;
  let left = 0;
  for (const [i, each] of ins.entries()) {
    start.push(...title(`in${i}`, 0, y + 14, nameOf(ask, each.id), each.numbers!.shape, textColor(ask.names.get(each.id))));
    const placed = placeCells({ key: `in${i}`, x: 0, y: y + TOP, cell, numbers: each.numbers!, paint, theme: ask.theme, tensor: each.id, most: most(cell) });
    start.push(...placed.marks);
    for (const mark of placed.marks) if (mark.kind === 'cell' && mark.ref) at.set(`${each.id}:${mark.ref.index}`, mark);
    left = Math.max(left, widthOf(cell, each));
    y = placed.bottom + 22;
  }
  const bottomOfInputs = y;
  if (outs.length === 0) return [{ name: 'source', marks: [...start, ...failure(ask, ex, left + GAP)], words: failureWords(ask, ex) }];
  const finish: Mark[] = [];
  const parked: Mark[] = [];
  y = 0;
  const x = left + GAP;
  for (const [i, each] of outs.entries()) {
    const heading = title(`out${i}`, x, y + 14, nameOf(ask, each.id), each.numbers!.shape, textColor(ask.names.get(each.id)));
    const placed = placeCells({ key: `out${i}`, x, y: y + TOP, cell, numbers: each.numbers!, paint, theme: ask.theme, tensor: each.id, most: most(cell) });
    const map = ex.sources?.maps[i];
    finish.push(...heading, ...placed.marks);
    for (const mark of placed.marks) {
      if (mark.kind !== 'cell' || !mark.ref || !map) continue;
      const from = map.input[mark.ref.index];
      const home = from === undefined || from < 0 ? undefined : at.get(`${ex.sources!.inputs[from]}:${map.index[mark.ref.index]}`);
      if (home) parked.push({ ...mark, x: home.x, y: home.y } satisfies CellMark);
    }
    y = placed.bottom + 22;
  }
  finish.push({ kind: 'arrow', key: 'move/arrow', points: [[left + 12, TOP + cell / 2], [x - 14, TOP + cell / 2]], color: 'var(--accent)' });
  const bottom = Math.max(y, bottomOfInputs);
  const dim = start.map((mark) => (mark.kind === 'cell' ? { ...mark, opacity: 0.38 } : mark));
  const stages: Stage[] = [
    { name: 'source', marks: [...start, ...parked], words: ask.t('lab.words.source', { shape: ins.map((each) => shapeText(each.numbers!.shape)).join(', ') }) },
    { name: 'travel', marks: [...dim, ...finish], words: ask.t('lab.words.travel', { count: size(outs[0]!.numbers!.shape), shape: outs.map((each) => shapeText(each.numbers!.shape)).join(', ') }) },
  ];
  const facts = memoryFacts(ask, ex, bottom + 12);
  if (facts.length > 0) stages.push({ name: 'memory', marks: [...dim, ...finish, ...facts], words: facts.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : [])).join('. ') });
  return stages;
}

const most = (cell: number): number => (cell >= 24 ? 10 : 32);
const list = (numbers: readonly number[]): string => shapeText(numbers);

function memoryFacts(ask: Ask, ex: Movement, y: number): Mark[] {
  if (!ex.strides || ex.view === undefined) return [];
  const after = ex.strides.after[0] ?? [];
  const lines = [
    ex.view ? ask.t('lab.memory.view') : ask.t('lab.memory.copy', { bytes: ex.bytes?.allocated ?? 0 }),
    ask.t('lab.memory.strides', { before: list(ex.strides.before), after: list(after) }) +
      (ex.offsets && ex.offsets.before !== ex.offsets.after[0] ? ` ${ask.t('lab.memory.offset', { before: ex.offsets.before, after: ex.offsets.after[0] ?? 0 })}` : ''),
  ];
  if (ex.contiguous && ex.contiguous.after[0] === false) lines.push(ask.t(after.includes(0) ? 'lab.memory.repeats' : 'lab.memory.notContiguous'));
  if (ex.view && ex.bytes && ex.bytes.copied > 0) lines.push(ask.t('lab.memory.saved', { bytes: ex.bytes.copied }));
  return lines.map((text, i) => note(`fact${i}`, 0, y + i * 19, text, { color: i === 0 ? 'var(--ink)' : 'var(--ink2)', bold: i === 0, size: 13 }));
}

function failure(ask: Ask, ex: Movement, x: number): Mark[] {
  const lines: string[] = [];
  if (ex.strides) lines.push(ask.t('lab.memory.stridesNow', { before: list(ex.strides.before) }));
  if (ex.contiguous && !ex.contiguous.before) lines.push(ask.t('lab.memory.cannotView1'), ask.t('lab.memory.cannotView2'), ask.t('lab.memory.cannotView3'));
  return lines.map((text, i) => note(`fail${i}`, x, TOP + 12 + i * 20, text, { color: i === 1 ? 'var(--danger)' : 'var(--ink2)', size: 13 }));
}

function failureWords(ask: Ask, ex: Movement): string {
  return failure(ask, ex, 0).flatMap((mark) => (mark.kind === 'text' ? [mark.text] : [])).join(' ');
}
