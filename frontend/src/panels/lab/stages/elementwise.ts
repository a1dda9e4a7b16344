/** Elementwise operations: shapes aligned from the right, stretched with ghosts, the result, and the sum on the way back. */
import { paintOf, say } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import { broadcastPlace, operandTexts, signOf } from '../relations';
import { sizeOf, textWidth, type Mark, type Stage } from '../scene';
import { dense, flatten, shapeText, size, unravel, valueAt, type Numbers } from '../trace';
import { column, fitted, flow, lowered, row, tensorBlock, textBlock, TITLE, wrapped, type Block } from './blocks';
import { gradName, nameOf, note, numbersFor, paintsFor, placeCells, roomOf, textColor, title, titleWidth, type Ask } from './placing';

interface Elementwise {
  shapes: number[][];
  aligned: number[][];
  result: number[] | null;
  conflict_axis: number | null;
  inserted?: number[];
  stretched?: number[][];
  backward?: { input: number; sum_axes: number[]; shape: number[]; partial?: unknown; contribution?: unknown }[];
}

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
  const side = broadcast && ask.width >= NARROW ? operandsPlan(ask, ex, table.width + 36, 0) : null;
  const plan = side ?? operandsPlan(ask, ex, 0, broadcast ? table.height + 18 : 0);
  if (broadcast) {
    stages.push({ name: 'align', marks: [...table.marks, ...(plan ? plan.raw : [])], words: alignWords(ask, ex) });
    if (plan) stages.push({ name: 'stretch', marks: [...table.marks, ...plan.stretched], words: stretchWords(ask, ex) });
  } else if (plan) stages.push({ name: 'operands', marks: plan.stretched, words: ask.t('lab.words.operands', { call: callOf(ask) }) });
  if (!plan) return stages;
  const result = [...(broadcast ? table.marks : []), ...plan.stretched, ...plan.result];
  stages.push({ name: 'result', marks: result, words: ask.t('lab.words.result', { shape: shapeText(ex.result) }) });
  const back = backward(ask, ex, plan.bottom + 26, sizeOf(result).width);
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
}

/** Operands in the result's shape, beside each other, with the sign between. */
function operandsPlan(ask: Ask, ex: Elementwise, left: number, down: number): Plan | null {
  const result = ex.result!;
  if (size(result) > MOST_CELLS * 4) return null;
  const out = ask.op.outputs[0];
  const outNumbers = out === undefined ? null : numbersFor(ask, out);
  const inputs = ask.op.inputs.slice(0, ex.aligned.length).map((id) => ({ id, numbers: numbersFor(ask, id) }));
  if (out === undefined || !outNumbers || inputs.some((input) => !input.numbers)) return null;
  const parts = partsOf(ask);
  const isBack = ex.backward !== undefined && ask.grads.has(out);
  const room = roomOf(ask) - down;
  const free = isBack && size(result) <= 64 ? Math.max(room * 0.52, room - 210) : room - 8;
  const plan = (cell: number): Block => {
    const blocks: Block[] = [];
    let before: Block[] = [];
    const middle = TITLE + (result.length > 2 ? 16 : 0) + layoutGrid(result, { cell, most: mostFor(cell) }).height / 2 - 12;
    for (const [i, part] of parts.entries()) {
      if (part.kind === 'text') before.push(lowered(textBlock(`sign${i}`, part.text, { size: /^[\d−]/.test(part.text) || part.text.length > 2 ? 14 : 18, mono: true, color: 'var(--ink2)' }), middle));
      else {
        blocks.push(row([...before, operandBlock(ask, ex, part.input, cell)], 16));
        before = [];
      }
    }
    // What is left over stands behind the last operand: the 2 of `x ** 2`.
    if (before.length > 0) blocks.push(row(before, 16));
    const equals = lowered(textBlock('equals', '=', { size: 18, mono: true, color: 'var(--ink2)' }), middle);
    blocks.push(row([equals, tensorBlock(ask, { key: 'out', id: out, cell, most: mostFor(cell) })], 16));
    return flow(blocks, ask.width - left, 18, 16);
  };
  const made = fitted(ask.width - left, free, plan, size(result) > 150 ? 3 : size(result) > 36 ? 10 : 24);
  if (made.width > ask.width - left && left > 0) return null;
  const marks = made.draw(left, down);
  const isOut = (mark: Mark): boolean => /^(out|equals)(\/|$)/.test(mark.key);
  const stretched = marks.filter((mark) => !isOut(mark));
  // Before the stretch every ghost lies on the cell that it repeats, so that it grows out of it.
  const homes = new Map(stretched.map((mark) => [mark.key, mark]));
  const raw = stretched
    .filter((mark) => !/^in\d+\/stretch|^sign/.test(mark.key))
    .flatMap((mark): Mark[] => {
      if (mark.kind !== 'cell' || mark.look !== 'ghost' || !mark.ref) return [mark];
      const input = Number(/^in(\d+)/.exec(mark.key)![1]);
      const home = homes.get(`in${input}/${homeOf(mark.ref.index, ex.aligned[input]!, result)}`);
      return home?.kind === 'cell' ? [{ ...mark, x: home.x, y: home.y, opacity: 0 }] : [];
    });
  return { raw, stretched, result: marks.filter(isOut), bottom: Math.max(down + made.height + 10, left ? 24 + (ex.aligned.length + 1) * (BOX + 4) + 20 : 0) };
}

/** An operand stretched to the result's shape: ghosts where it is read again, and an arrow along each stretched axis. */
function operandBlock(ask: Ask, ex: Elementwise, input: number, cell: number): Block {
  const result = ex.result!;
  const id = ask.op.inputs[input]!;
  const aligned = ex.aligned[input]!;
  const key = `in${input}`;
  const most = mostFor(cell);
  const full = layoutGrid(result, { cell, most });
  const axes = ex.stretched?.[input] ?? [];
  const across = (axis: number): boolean => (result.length - 1 - axis) % 2 === 0;
  const isDown = axes.some((axis) => !across(axis));
  const isAcross = axes.some(across);
  const own = shapeText(ex.shapes[input] ?? []);
  const beside = axes.length === 0 || ask.width < NARROW ? own : titleShape(ex, input);
  const name = nameOf(ask, id);
  const head = TITLE + (result.length > 2 ? 16 : 0);
  const said = axes.map((axis) => ask.t('lab.stage.stretchAxis', { axis }));
  return {
    width: Math.max(full.width + (isDown ? 14 : 0), titleWidth(name, beside), ...said.map((text) => textWidth(text, 12))),
    height: head + full.height + (isAcross ? 12 : 0) + (axes.length > 0 ? 4 + 16 * axes.length : 0),
    draw: (x, y) => {
      const top = y + head;
      const isGhost = (index: number) => axes.some((axis) => unravel(index, result)[axis]! > 0);
      const placed = placeCells({ key, x, y: top, cell, numbers: stretchNumbers(numbersFor(ask, id)!, aligned, result), paint: paintsFor(ask, id), theme: ask.theme, most, ghost: isGhost });
      for (const mark of placed.marks) if (mark.kind === 'cell') mark.ref = { tensor: id, index: broadcastPlace(Number(mark.key.split('/')[1]), result, aligned) };
      const marks: Mark[] = [...title(key, x, y + 12, name, beside, textColor(ask.names.get(id))), ...placed.marks];
      if (isAcross) marks.push({ kind: 'arrow', key: `${key}/stretchAcross`, points: [[x + 4, top + full.height + 8], [x + full.width - 2, top + full.height + 8]], color: 'var(--accent)' });
      if (isDown) marks.push({ kind: 'arrow', key: `${key}/stretchDown`, points: [[x + full.width + 8, top + 4], [x + full.width + 8, top + full.height - 2]], color: 'var(--accent)' });
      said.forEach((text, i) => marks.push(note(`${key}/stretchText${i}`, x, top + full.height + (isAcross ? 12 : 0) + 16 + i * 16, text, { color: 'var(--ink3)' })));
      return marks;
    },
  };
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
  return dense(result, values, numbers.dtype);
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
function backward(ask: Ask, ex: Elementwise, top: number, forward: number): { marks: Mark[]; words: string } | null {
  const out = ask.op.outputs[0];
  if (!ex.backward || out === undefined) return null;
  const upstream = ask.grads.get(out);
  const result = ex.result!;
  // To what wants no gradient nothing comes back.
  const shown = ex.backward.filter((entry) => entry.contribution !== undefined && entry.contribution !== null);
  if (!upstream || shown.length === 0 || size(result) > 64) return null;
  const lists = shown.map((entry) => sumOver(flatten(entry.contribution), result, entry.sum_axes));
  const gradPaint = paintOf([upstream, ...lists], true);
  const room = Math.min(140, Math.max(104, roomOf(ask) - top - 18)); // four rows with their numbers rather than none
  const cell = fitCell((c) => layoutGrid(result, { cell: c }).height <= room && layoutGrid(result, { cell: c }).width <= ask.width / (shown.length + 2), [32, 28, 24, 18]);
  const rule = top - 22;
  const marks: Mark[] = [];
  marks.push({ kind: 'text', key: 'back/title', x: 0, y: top + 4, text: ask.t('lab.stage.backward'), size: 13, bold: true });
  const anyAxes = shown.some((entry) => entry.sum_axes.length > 0);
  const said = ask.t(anyAxes ? 'lab.stage.backwardNote' : 'lab.stage.backwardChain');
  if (ask.width < NARROW) return stackedBackward(ask, ex, shown, lists, upstream, said, top);
  wrapped(said, 150, 12).forEach((line, i) => marks.push(note(`back/note${i}`, 0, top + 24 + i * 17, line)));
  let x = 190;
  const lines: string[] = [];
  const grid = layoutGrid(result, { cell });
  const places = shown.map((entry, i) => {
    const id = ask.op.inputs[entry.input]!;
    const name = gradName(ask, id);
    const shape = ex.shapes[entry.input]!;
    const small = layoutGrid(shape, { cell });
    const place = { entry, id, name, shape, x, values: lists[i]!, width: Math.max(small.width, name.length * 8) };
    x += place.width + 76;
    return place;
  });
  const outX = x + 10;
  const outName = gradName(ask, out);
  for (const [i, place] of places.entries()) {
    marks.push({ kind: 'text', key: `back/${i}/name`, x: place.x, y: top + 4, text: place.name, mono: true, bold: true, size: 12, color: textColor(ask.names.get(place.id)) });
    const made = placeCells({ key: `back/${i}`, x: place.x, y: top + 14, cell, numbers: dense(place.shape, place.values), paint: gradPaint, theme: ask.theme, tensor: place.id });
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
  marks.push({ kind: 'text', key: 'back/out/name', x: outX, y: top + 4, text: outName, mono: true, bold: true, size: 12, color: textColor(ask.names.get(out)) });
  marks.push(...placeCells({ key: 'back/out', x: outX, y: top + 14, cell, numbers: dense(result, upstream), paint: gradPaint, theme: ask.theme, tensor: out }).marks);
  const textX = outX + Math.max(grid.width, outName.length * 8) + 28;
  const below = textX + Math.max(...lines.map((line) => line.length)) * 7.6 > ask.width;
  lines.forEach((line, i) =>
    marks.push({ kind: 'text', key: `back/line${i}`, x: below ? 190 : textX, y: below ? top + 14 + Math.max(grid.height, cell * 2) + 34 + i * 20 : top + 30 + i * 20, text: line, mono: true, size: 12, color: 'var(--ink)' }),
  );
  marks.push({ kind: 'arrow', key: 'back/rule', points: [[0, rule], [Math.max(forward, sizeOf(marks).width), rule]], color: 'var(--line)', head: false });
  return { marks, words: lines.join('; ') };
}

/** The same beneath each other: what arrives, and under it the gradient of each input. */
function stackedBackward(ask: Ask, ex: Elementwise, shown: NonNullable<Elementwise['backward']>, lists: readonly number[][], upstream: readonly number[], said: string, top: number): { marks: Mark[]; words: string } {
  const result = ex.result!;
  const out = ask.op.outputs[0]!;
  const paint = paintOf([upstream, ...lists], true);
  const gradient = (key: string, id: number, shape: readonly number[], values: readonly number[], cell: number): Block => tensorBlock(ask, { key, id, cell, numbers: dense(shape, values), paint, name: gradName(ask, id), beside: '' });
  const lines = shown.map((entry, i) => gradientLine(gradName(ask, ask.op.inputs[entry.input]!), ex.shapes[entry.input]!, entry, result, upstream, lists[i]!));
  const plan = fitted(ask.width, 400, (cell): Block => {
    const each = shown.map((entry, i) => {
      const label = entry.sum_axes.length ? `Σ ${entry.sum_axes.map((axis) => ask.t('lab.axis', { axis })).join(', ')}` : partialText(entry.partial);
      const arrow: Block = { width: 30 + textWidth(label, 12), height: 24, draw: (x, y) => [{ kind: 'arrow', key: `back/${i}/arrow`, points: [[x + 12, y], [x + 12, y + 22]], color: 'var(--accent)' }, note(`back/${i}/label`, x + 22, y + 15, label, { color: 'var(--accent)' })] };
      return column([arrow, gradient(`back/${i}`, ask.op.inputs[entry.input]!, ex.shapes[entry.input]!, lists[i]!, cell)], 4);
    });
    return column(
      [
        textBlock('back/title', ask.t('lab.stage.backward'), { bold: true, color: 'var(--ink)' }),
        textBlock('back/note', said, { size: 12, within: ask.width, line: 17, color: 'var(--ink2)' }),
        gradient('back/out', out, result, upstream, cell),
        flow(each, ask.width, 32, 12),
        ...lines.map((line, i) => textBlock(`back/line${i}`, line, { mono: true, size: 12, within: ask.width, color: 'var(--ink)' })),
      ],
      8,
    );
  });
  const rule: Mark = { kind: 'arrow', key: 'back/rule', points: [[0, top - 16], [ask.width - 8, top - 16]], color: 'var(--line)', head: false };
  return { marks: [rule, ...plan.draw(0, top - 6)], words: lines.join('; ') };
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
  return `${name}${place} = ${terms.join(' + ')}${terms.length === 1 && trivial ? '' : ` = ${say(values[last])}`}`;
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
