/** Elementwise operations: shapes aligned from the right, stretched with ghosts, the result, and the sum on the way back. */
import { paintOf, say, type Paint } from '../cells';
import { CELLS, fitCell, layoutGrid } from '../grid';
import { broadcastPlace, operandTexts, signOf } from '../relations';
import { shift, type Mark, type Stage } from '../scene';
import { flatten, shapeText, size, unravel, valueAt, type Numbers } from '../trace';
import { nameOf, note, numbersFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';

interface Elementwise {
  shapes: number[][];
  aligned: number[][];
  result: number[] | null;
  conflict_axis: number | null;
  inserted?: number[];
  stretched?: number[][];
  backward?: { input: number; sum_axes: number[]; shape: number[]; partial?: unknown; contribution?: unknown }[];
}

const TOP = 34;
const BOX = 34;
const MOST_CELLS = 400;
const NARROW = 600;

export function elementwiseStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Elementwise;
  if (!ex.aligned || ex.aligned.length === 0) return [];
  if (ex.result === null) return [conflict(ask, ex)];
  const broadcast = ex.aligned.length > 1 && ex.aligned.some((shape, i) => shape.join() !== ex.result!.join() || ex.inserted?.[i]);
  const stages: Stage[] = [];
  const table = broadcast ? alignment(ask, ex) : { marks: [] as Mark[], width: 0, height: 0 };
  // Where there is no room beside the table, the tensors stand beneath it.
  const beneath = broadcast && ask.width < NARROW;
  const plan = operandsPlan(ask, ex, broadcast && !beneath ? table.width + 36 : 0, beneath ? table.height + 18 : 0);
  if (broadcast) {
    stages.push({ name: 'align', marks: [...table.marks, ...(plan ? plan.raw : [])], words: alignWords(ask, ex) });
    if (plan) stages.push({ name: 'stretch', marks: [...table.marks, ...plan.stretched], words: stretchWords(ask, ex) });
  } else if (plan) stages.push({ name: 'operands', marks: plan.stretched, words: ask.t('lab.words.operands', { call: callOf(ask) }) });
  if (!plan) return stages;
  const result = [...(broadcast ? table.marks : []), ...plan.stretched, ...plan.result];
  stages.push({ name: 'result', marks: result, words: ask.t('lab.words.result', { shape: shapeText(ex.result) }) });
  const back = backward(ask, ex, plan.bottom + 26, plan.paint);
  if (back) stages.push({ name: 'backward', marks: [...result, ...back.marks], words: back.words });
  return stages;
}

function callOf(ask: Ask): string {
  const texts = operandTexts(ask.op, (i) => nameOf(ask, ask.op.inputs[i]!, shapeText(ask.answer.tensors[String(ask.op.inputs[i]!)]?.shape ?? [])));
  return texts.join(` ${signOf(ask.op.name)} `);
}

/** Rows of boxes, one per axis, aligned from the right; what is stretched is dashed with how often. */
function alignment(ask: Ask, ex: Elementwise): { marks: Mark[]; width: number; height: number } {
  const rank = Math.max(1, ...ex.aligned.map((shape) => shape.length));
  const marks: Mark[] = [note('align/title', 0, 12, ask.t('lab.stage.alignNote'), { color: 'var(--ink3)' })];
  const longest = Math.max(1, ...ask.op.inputs.map((id) => nameOf(ask, id).length), nameOf(ask, ask.op.outputs[0] ?? -1).length);
  const x0 = Math.max(28, longest * 8 + 12);
  const full = ex.result ?? [];
  const row = (key: string, y: number, name: string, color: string, shape: readonly number[], inserted: number, result: boolean): void => {
    marks.push({ kind: 'text', key: `align/${key}/name`, x: 0, y: y + 22, text: name, mono: true, bold: true, size: 13, color });
    shape.forEach((length, axis) => {
      const missing = axis < inserted;
      const repeated = !result && ex.result !== null && length === 1 && full[axis] !== 1;
      const wrong = ex.result === null && conflictColumn(ex, axis) && length !== 1;
      marks.push({
        kind: 'cell', key: `align/${key}/${axis}`, x: x0 + axis * (BOX + 4), y, w: BOX, h: BOX, look: missing || repeated ? 'ghost' : 'box', text: String(length),
        ink: wrong ? 'var(--danger)' : missing ? 'var(--ink3)' : 'var(--ink)', stroke: wrong ? 'var(--danger)' : undefined, small: repeated ? `×${full[axis]}` : undefined,
      });
    });
  };
  let y = 24;
  ex.aligned.forEach((shape, i) => {
    const id = ask.op.inputs[i]!;
    row(`in${i}`, y, nameOf(ask, id, String(i + 1)), textColor(ask.names.get(id)), shape, ex.inserted?.[i] ?? rank - (ex.shapes[i]?.length ?? rank), false);
    y += BOX + 4;
  });
  marks.push({ kind: 'arrow', key: 'align/line', points: [[0, y + 2], [x0 + rank * (BOX + 4) - 4, y + 2]], color: 'var(--line2)', head: false });
  y += 8;
  if (ex.result) {
    const out = ask.op.outputs[0] ?? -1;
    row('out', y, nameOf(ask, out, '='), textColor(ask.names.get(out)), ex.result, 0, true);
  } else {
    for (let axis = 0; axis < rank; axis++)
      if (conflictColumn(ex, axis)) marks.push({ kind: 'text', key: `align/x${axis}`, x: x0 + axis * (BOX + 4) + BOX / 2, y: y + 24, text: '≠', anchor: 'middle', size: 18, bold: true, color: 'var(--danger)' });
  }
  y += BOX + 16;
  for (let axis = 0; axis < rank; axis++) marks.push(note(`align/axis${axis}`, x0 + axis * (BOX + 4) + BOX / 2, y, rank > 3 ? String(axis) : ask.t('lab.axis', { axis }), { anchor: 'middle', size: rank > 3 ? 11 : 11, color: 'var(--ink3)' }));
  return { marks, width: x0 + rank * (BOX + 4), height: y + 4 };
}

const conflictColumn = (ex: Elementwise, axis: number): boolean => ex.conflict_axis !== null && axis === Math.max(...ex.aligned.map((s) => s.length)) + ex.conflict_axis;

function conflict(ask: Ask, ex: Elementwise): Stage {
  const table = alignment(ask, ex);
  const rank = Math.max(...ex.aligned.map((shape) => shape.length));
  const axis = rank + (ex.conflict_axis ?? -1);
  const sizes = [...new Set(ex.aligned.map((shape) => shape[axis]!).filter((length) => length !== 1))];
  const words = ask.t('lab.words.conflict', { shapes: ex.shapes.map(shapeText).join(` ${ask.t('lab.and')} `), axis, sizes: sizes.join(` ${ask.t('lab.and')} `) });
  return { name: 'conflict', marks: [...table.marks, note('conflict', table.width + 28, 60, ask.t('lab.stage.conflictNote'), { color: 'var(--danger)' }), note('conflict2', table.width + 28, 80, ask.t('lab.stage.conflictRule', { axis }))], words };
}

interface Plan {
  raw: Mark[];
  stretched: Mark[];
  result: Mark[];
  bottom: number;
  paint: Paint;
}

/** Operands in the result's shape, beside each other, with the sign between. */
function operandsPlan(ask: Ask, ex: Elementwise, left: number, down: number): Plan | null {
  const result = ex.result!;
  if (size(result) > MOST_CELLS * 4) return null;
  const out = ask.op.outputs[0];
  const outNumbers = out === undefined ? null : numbersFor(ask, out);
  const inputs = ask.op.inputs.slice(0, ex.aligned.length).map((id) => ({ id, numbers: numbersFor(ask, id) }));
  if (!outNumbers || inputs.some((input) => !input.numbers)) return null;
  const paint = paintOf([...inputs.map((input) => input.numbers!.values), outNumbers.values]);
  const parts = partsOf(ask);
  const boxes = (cell: number) => {
    const most = mostFor(cell);
    const full = layoutGrid(result, { cell, most });
    return parts.map((part) => (part.kind === 'tensor' ? Math.max(full.width, titleWidth(nameOf(ask, inputs[part.input]?.id ?? -1), titleShape(ex, part.input))) : part.text.length * 8));
  };
  const outWidth = (cell: number) => Math.max(layoutGrid(result, { cell, most: mostFor(cell) }).width, titleWidth(nameOf(ask, out!), result));
  const total = (cell: number) => left + boxes(cell).reduce((sum, wide) => sum + wide + 28, 0) + 40 + outWidth(cell);
  const cell = fitCell((c) => total(c) <= ask.width && layoutGrid(result, { cell: c, most: mostFor(c) }).height <= (ex.backward && ask.grads.has(out!) ? 126 : 260), size(result) > 150 ? CELLS.slice(3) : size(result) > 36 ? CELLS : CELLS.slice(0, 4));
  const most = mostFor(cell);
  const full = layoutGrid(result, { cell, most });
  const raw: Mark[] = [];
  const stretched: Mark[] = [];
  const widths = boxes(cell);
  let x = left;
  const middle = TOP + full.height / 2 + 5;
  parts.forEach((part, i) => {
    if (part.kind === 'text') {
      stretched.push({ kind: 'text', key: `sign${i}`, x: x + widths[i]! / 2, y: middle, text: part.text, anchor: 'middle', size: /^\D/.test(part.text) ? 18 : 14, mono: true, color: 'var(--ink2)' });
      x += widths[i]! + 28;
      return;
    }
    const { id, numbers } = inputs[part.input]!;
    const aligned = ex.aligned[part.input]!;
    const key = `in${part.input}`;
    const heading = title(key, x, 14, nameOf(ask, id), titleShape(ex, part.input), textColor(ask.names.get(id)));
    const stretchedNumbers: Numbers = stretchNumbers(numbers!, aligned, result);
    const axes = ex.stretched?.[part.input] ?? [];
    const isGhost = (index: number) => axes.some((axis) => unravel(index, result)[axis]! > 0);
    const base = { x, y: TOP, cell, numbers: stretchedNumbers, paint, theme: ask.theme, most };
    const all = placeCells({ key, ...base, ghost: isGhost });
    for (const mark of all.marks) if (mark.kind === 'cell') mark.ref = { tensor: id, index: broadcastPlace(Number(mark.key.split('/')[1]), result, aligned) };
    stretched.push(...heading, ...all.marks);
    // Before the stretch every ghost lies on the cell that it repeats, so that it grows out of it.
    raw.push(
      ...heading,
      ...all.marks.filter((mark) => mark.kind !== 'cell' || mark.look !== 'ghost'),
      ...all.marks.flatMap((mark) => {
        if (mark.kind !== 'cell' || mark.look !== 'ghost' || !mark.ref) return [];
        const home = full.at(homeOf(mark.ref.index, aligned, result));
        return home ? [{ ...mark, x: x + home.x, y: TOP + home.y, opacity: 0 }] : [];
      }),
    );
    axes.forEach((axis) => {
      const across = (result.length - 1 - axis) % 2 === 0;
      const label = ask.t('lab.stage.stretchAxis', { axis });
      if (across) {
        stretched.push({ kind: 'arrow', key: `${key}/stretch${axis}`, points: [[x + 4, TOP + full.height + 9], [x + full.width - 2, TOP + full.height + 9]], color: 'var(--accent)' });
        stretched.push(note(`${key}/stretchText${axis}`, x + Math.max(42, full.width / 2), TOP + full.height + 27, label, { anchor: 'middle', color: 'var(--ink3)' }));
      } else {
        stretched.push({ kind: 'arrow', key: `${key}/stretch${axis}`, points: [[x + full.width + 9, TOP + 4], [x + full.width + 9, TOP + full.height - 2]], color: 'var(--accent)' });
        stretched.push(note(`${key}/stretchText${axis}`, x + Math.max(42, full.width / 2), TOP + full.height + (axes.length > 1 ? 43 : 27), label, { anchor: 'middle', color: 'var(--ink3)' }));
      }
    });
    x += widths[i]! + 28;
  });
  const made: Mark[] = [{ kind: 'text', key: 'equals', x: x + 6, y: middle, text: '=', anchor: 'middle', size: 18, mono: true, color: 'var(--ink2)' }];
  x += 34;
  made.push(...title('out', x, 14, nameOf(ask, out!), result, textColor(ask.names.get(out!))));
  const placed = placeCells({ key: 'out', x, y: TOP, cell, numbers: outNumbers, paint, theme: ask.theme, tensor: out, most });
  made.push(...placed.marks);
  const stretchesAny = ex.stretched?.some((axes) => axes.length > 0) ?? false;
  return { raw: shift(raw, 0, down), stretched: shift(stretched, 0, down), result: shift(made, 0, down), bottom: Math.max(placed.bottom + down + (stretchesAny ? 34 : 10), left ? 24 + (ex.aligned.length + 1) * (BOX + 4) + 20 : 0), paint };
}

const mostFor = (cell: number): number => (cell >= 24 ? 8 : 24);

function titleShape(ex: Elementwise, input: number): string {
  const own = shapeText(ex.shapes[input] ?? []);
  const full = shapeText(ex.result ?? []);
  return own === full ? own : `${own} → ${full}`;
}

function stretchNumbers(numbers: Numbers, aligned: readonly number[], result: readonly number[]): Numbers {
  if (aligned.join() === result.join() && !numbers.windowed) return { ...numbers, shape: result, sent: result };
  const values = Array.from({ length: size(result) }, (_, index) => valueAt(numbers, broadcastPlace(index, result, aligned)) ?? NaN);
  return { shape: result, sent: result, values, dtype: numbers.dtype, windowed: false };
}

/** Where in the result's grid the source of a ghost stands: the same place with 0 along each stretched axis. */
function homeOf(source: number, aligned: readonly number[], result: readonly number[]): number {
  const place = unravel(source, aligned);
  let at = 0;
  for (let axis = 0; axis < result.length; axis++) at = at * result[axis]! + place[axis]!;
  return at;
}

type Part = { kind: 'tensor'; input: number } | { kind: 'text'; text: string };

/** The call as what stands beside each other: tensors, signs, numbers. */
function partsOf(ask: Ask): Part[] {
  const texts: Part[] = [];
  let input = 0;
  for (const operand of ask.op.operands) {
    if ('tensor' in operand) texts.push({ kind: 'tensor', input: input++ });
    else if ('value' in operand && !('name' in operand) && typeof operand.value === 'number') texts.push({ kind: 'text', text: say(operand.value) });
  }
  if (!texts.some((part) => part.kind === 'tensor')) return ask.op.inputs.map((_, i) => ({ kind: 'tensor', input: i }));
  const sign = signOf(ask.op.name);
  if (texts.length === 2 && !/^\w/.test(sign)) return [texts[0]!, { kind: 'text', text: sign }, texts[1]!];
  return [{ kind: 'text', text: ask.op.name }, ...texts];
}

/** Each input's gradient: what arrives, times the local derivative, summed over the stretched axes. */
function backward(ask: Ask, ex: Elementwise, top: number, paint: Paint): { marks: Mark[]; words: string } | null {
  const out = ask.op.outputs[0];
  if (!ex.backward || out === undefined) return null;
  const upstream = ask.grads.get(out);
  const result = ex.result!;
  const shown = ex.backward.filter((entry) => entry.contribution !== undefined || ask.grads.has(ask.op.inputs[entry.input]!));
  if (!upstream || shown.length === 0 || size(result) > 64) return null;
  void paint;
  const lists = shown.map((entry) => sumOver(entry.contribution === undefined ? upstream : flatten(entry.contribution), result, entry.sum_axes));
  const gradPaint = paintOf([upstream, ...lists], true);
  const cell = fitCell((c) => layoutGrid(result, { cell: c }).height <= 140 && layoutGrid(result, { cell: c }).width <= ask.width / (shown.length + 2), [32, 28, 24, 18]);
  const marks: Mark[] = [{ kind: 'arrow', key: 'back/rule', points: [[0, top - 22], [ask.width - 20, top - 22]], color: 'var(--line)', head: false }];
  marks.push({ kind: 'text', key: 'back/title', x: 0, y: top + 4, text: ask.t('lab.stage.backward'), size: 13, bold: true });
  const anyAxes = shown.some((entry) => entry.sum_axes.length > 0);
  if (ask.width < NARROW) top += 46;
  const said = ask.t(anyAxes ? 'lab.stage.backwardNote' : 'lab.stage.backwardChain');
  wrap(said, ask.width < NARROW ? 60 : 24).forEach((line, i) => marks.push(note(`back/note${i}`, 0, top + (ask.width < NARROW ? -24 : 24) + i * 17, line)));
  const narrow = ask.width < NARROW;
  let x = narrow ? 0 : 190;
  const lines: string[] = [];
  const grid = layoutGrid(result, { cell });
  const places = shown.map((entry, i) => {
    const id = ask.op.inputs[entry.input]!;
    const name = nameOf(ask, id, `∂${entry.input + 1}`);
    const shape = ex.shapes[entry.input]!;
    const small = layoutGrid(shape, { cell });
    const place = { entry, id, name, shape, x, values: lists[i]!, width: Math.max(small.width, (name.length + 5) * 8) };
    x += place.width + 76;
    return place;
  });
  const outX = x + 10;
  const outName = nameOf(ask, out, 'out');
  for (const [i, place] of places.entries()) {
    marks.push({ kind: 'text', key: `back/${i}/name`, x: place.x, y: top + 4, text: `${place.name}.grad`, mono: true, bold: true, size: 12, color: textColor(ask.names.get(place.id)) });
    const numbers: Numbers = { shape: place.shape, sent: place.shape, values: place.values, dtype: 'float32', windowed: false };
    const made = placeCells({ key: `back/${i}`, x: place.x, y: top + 14, cell, numbers, paint: gradPaint, theme: ask.theme, tensor: place.id });
    marks.push(...made.marks);
    // The arrow to a tensor further left passes beneath those between.
    const behind = places.length > 1 && i < places.length - 1;
    const tall = made.grid.height > cell * 2;
    const y = top + 14 + (behind ? (tall ? made.grid.height - cell / 2 : Math.max(cell, grid.height) + 12) : cell / 2);
    const points: [number, number][] = behind && !tall ? [[outX - 8, y], [place.x + cell / 2, y], [place.x + cell / 2, made.bottom + 4]] : [[outX - 8, y], [made.right + 6, y]];
    marks.push({ kind: 'arrow', key: `back/${i}/arrow`, points, color: 'var(--accent)' });
    const label = place.entry.sum_axes.length ? `Σ ${place.entry.sum_axes.map((axis) => ask.t('lab.axis', { axis })).join(', ')}` : partialText(place.entry.partial);
    marks.push(note(`back/${i}/label`, outX - 42, y - 6, label, { anchor: 'middle', color: 'var(--accent)', size: 12 }));
    lines.push(gradientLine(place.name, place.shape, place.entry, result, upstream, place.values));
  }
  marks.push({ kind: 'text', key: 'back/out/name', x: outX, y: top + 4, text: `${outName}.grad`, mono: true, bold: true, size: 12, color: textColor(ask.names.get(out)) });
  const outNumbers: Numbers = { shape: result, sent: result, values: upstream, dtype: 'float32', windowed: false };
  marks.push(...placeCells({ key: 'back/out', x: outX, y: top + 14, cell, numbers: outNumbers, paint: gradPaint, theme: ask.theme, tensor: out }).marks);
  const textX = outX + Math.max(grid.width, (outName.length + 5) * 8) + 28;
  const below = textX + Math.max(...lines.map((line) => line.length)) * 7.6 > ask.width;
  lines.forEach((line, i) =>
    marks.push({ kind: 'text', key: `back/line${i}`, x: below ? (narrow ? 0 : 190) : textX, y: below ? top + 14 + Math.max(grid.height, cell * 2) + 34 + i * 20 : top + 30 + i * 20, text: line, mono: true, size: 12, color: 'var(--ink)' }),
  );
  return { marks, words: lines.join('; ') };
}

function wrap(text: string, most: number): string[] {
  if (/[\u3000-\u9fff]/.test(text)) return text.match(new RegExp(`.{1,${Math.floor(most / 1.8)}}`, 'gu')) ?? [text];
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    if ((lines.at(-1) + word).length > most) lines.push('');
    lines[lines.length - 1] += (lines.at(-1) ? ' ' : '') + word;
  }
  return lines;
}

function partialText(partial: unknown): string {
  const values = flatten(partial);
  if (values.length === 0) return '';
  return values.every((value) => value === values[0]) ? `× ${say(values[0])}` : '× ∂';
}

/** Adds up what arrives along the axes that were stretched. */
export function sumOver(values: readonly number[], shape: readonly number[], axes: readonly number[]): number[] {
  if (axes.length === 0) return [...values];
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const out = new Array<number>(size(kept)).fill(0);
  values.forEach((value, index) => {
    const at = broadcastPlace(index, shape, kept);
    out[at] = out[at]! + value;
  });
  return out;
}

function gradientLine(name: string, shape: readonly number[], entry: { sum_axes: number[]; partial?: unknown; contribution?: unknown }, result: readonly number[], upstream: readonly number[], values: readonly number[]): string {
  const contribution = entry.contribution === undefined ? upstream : flatten(entry.contribution);
  const partial = flatten(entry.partial);
  let last = values.length - 1;
  while (last > 0 && values[last] === 0) last--;
  const kept = result.map((length, axis) => (entry.sum_axes.includes(axis) ? 1 : length));
  const places = contribution.map((_, index) => index).filter((index) => broadcastPlace(index, result, kept) === last);
  const place = shape.length === 0 ? '' : `[${unravel(last, shape).join(', ')}]`;
  const trivial = partial.length === 0 || partial.every((value) => value === 1);
  const terms = places.slice(0, 6).map((index) => (trivial ? say(contribution[index]) : `${say(upstream[index])}·${say(partial[index])}`));
  if (places.length > 6) terms.push('…');
  return `${name}.grad${place} = ${terms.join(' + ')}${terms.length === 1 && trivial ? '' : ` = ${say(values[last])}`}`;
}

function alignWords(ask: Ask, ex: Elementwise): string {
  return ask.t('lab.words.align', { shapes: ex.shapes.map(shapeText).join(` ${ask.t('lab.and')} `), result: shapeText(ex.result!) });
}

function stretchWords(ask: Ask, ex: Elementwise): string {
  return ex.aligned
    .map((aligned, i) => {
      const axes = ex.stretched?.[i] ?? [];
      const name = nameOf(ask, ask.op.inputs[i]!, shapeText(ex.shapes[i]!));
      return axes.length
        ? ask.t('lab.words.stretch', { name, from: aligned.join(` ${ask.t('lab.by')} `) || '1', axes: axes.join(', '), to: ex.result!.join(` ${ask.t('lab.by')} `) })
        : ask.t('lab.words.kept', { name });
    })
    .join(' ');
}
