/** Contractions: the row and the column (or the window) of one result cell, and its sum written out in numbers. */
import { paintOf, say } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import { contractionInputs, einsumTerms, explained, readEquation, windowInputs, windowTerms, writtenOut, elementValue } from '../relations';
import type { CellMark, Mark, Stage } from '../scene';
import { shapeText, size, unravel, type Numbers } from '../trace';
import { nameOf, note, numbersFor, placeCells, textColor, title, titleWidth, type Ask } from './placing';

const TOP = 34;
const mostFor = (cell: number): number => (cell >= 24 ? 8 : 28);

interface Part {
  id: number;
  numbers: Numbers;
  key: string;
}

export function contractionStages(ask: Ask): Stage[] {
  const ex = explained(ask.op);
  const out = ask.op.outputs[0];
  const isWindow = ex.type === 'window';
  const inputs = isWindow ? [windowInputs(ask.op, ask.answer).x, windowInputs(ask.op, ask.answer).w] : contractionInputs(ask.answer, ask.op).ids;
  const parts: Part[] = [];
  for (const [i, id] of inputs.entries()) {
    if (id === null || id === undefined) continue;
    const numbers = numbersFor(ask, id);
    if (numbers) parts.push({ id, numbers, key: `in${i}` });
  }
  if (parts.length === 0) return byShape(ask, inputs.filter((id): id is number => typeof id === 'number'), isWindow);
  const outNumbers = out === undefined ? null : numbersFor(ask, out);
  if (out === undefined || !outNumbers) return [misfit(ask, parts)];
  const paint = paintOf(parts.map((part) => part.numbers.values));
  const outPaint = paintOf([outNumbers.values]);
  const wide = (cell: number, part: { id: number; numbers: Numbers }) => Math.max(layoutGrid(part.numbers.shape, { cell, most: mostFor(cell) }).width, titleWidth(nameOf(ask, part.id), part.numbers.shape));
  const every = [...parts, { id: out, numbers: outNumbers }];
  const cell = fitCell((c) => every.reduce((sum, part) => sum + wide(c, part) + 44, 0) <= ask.width && Math.max(...every.map((part) => layoutGrid(part.numbers.shape, { cell: c, most: mostFor(c) }).height)) <= 212);
  const base: Mark[] = [];
  let x = 0;
  let bottom = 0;
  const tallest = Math.max(...every.map((part) => layoutGrid(part.numbers.shape, { cell, most: mostFor(cell) }).height));
  const sign = isWindow ? (ex.reduce === 'sum' ? '∗' : '') : parts.length === 2 ? '@' : '';
  parts.forEach((part, i) => {
    base.push(...title(part.key, x, 14, nameOf(ask, part.id, isWindow && i === 1 ? 'weight' : ''), part.numbers.shape, textColor(ask.names.get(part.id))));
    const placed = placeCells({ key: part.key, x, y: TOP, cell, numbers: part.numbers, paint, theme: ask.theme, tensor: part.id, most: mostFor(cell) });
    base.push(...placed.marks);
    bottom = Math.max(bottom, placed.bottom);
    x += wide(cell, part) + 44;
    base.push({ kind: 'text', key: `sign${i}`, x: x - 22, y: TOP + Math.min(tallest, 160) / 2 + 5, text: i === parts.length - 1 ? '=' : sign, anchor: 'middle', size: 18, mono: true, color: 'var(--ink2)' });
  });
  const heading = title('out', x, 14, nameOf(ask, out), outNumbers.shape, textColor(ask.names.get(out)));
  const result = placeCells({ key: 'out', x, y: TOP, cell, numbers: outNumbers, paint: outPaint, theme: ask.theme, tensor: out, most: mostFor(cell) });
  bottom = Math.max(bottom, result.bottom);
  const facts = factLines(ask, isWindow);
  const factMarks = facts.map((text, i) => note(`fact${i}`, 0, bottom + 26 + i * 19, text));
  const below = bottom + 30 + facts.length * 19;
  const stages: Stage[] = [{ name: 'operands', marks: [...base, ...factMarks], words: [`${ask.op.name}: ${parts.map((part) => shapeText(part.numbers.shape)).join(', ')} → ${shapeText(outNumbers.shape)}`, ...facts].join('. ') }];
  stages.push({ name: 'result', marks: [...base, ...factMarks, ...heading, ...result.marks], words: ask.t('lab.words.result', { shape: shapeText(outNumbers.shape) }) });
  const chosen = Math.min(ask.chosen, size(outNumbers.shape) - 1);
  const picked = pickedMarks(ask, base, parts, chosen, isWindow);
  const line = writtenOut(ask.answer, ask.op, ask.names, { tensor: out, index: chosen });
  const target = result.grid.at(chosen);
  const frame: Mark[] = target ? [{ kind: 'rect', key: 'frame', x: x + target.x - 2, y: TOP + target.y - 2, w: cell + 4, h: cell + 4, r: 5, stroke: 'var(--accent)', width: 2 }] : [];
  const sum = lines(line, ask.width);
  const terms = termMarks(ask, chosen, isWindow, below + sum.length * 19 + 10);
  stages.push({ name: 'sum', marks: [...base, ...factMarks, ...heading, ...result.marks.map((mark) => (mark.kind === 'cell' && mark.ref?.index !== chosen ? { ...mark, opacity: 0.35 } : mark)), ...picked, ...frame, ...terms, ...sum.map((text, i) => note(`line${i}`, 0, below + 12 + i * 19, text, { mono: true, size: 13, color: 'var(--ink)' }))], words: line });
  const back = (ask.op.explanation as { backward?: string[] }).backward;
  if (back && ask.grads.has(out)) {
    // A tensor that is used twice gets both gradients, added up.
    const byTensor = new Map<number, string[]>();
    parts.forEach((part, i) => byTensor.set(part.id, [...(byTensor.get(part.id) ?? []), formula(ask, back[i] ?? '', parts, out)]));
    const texts = [...byTensor].map(([id, terms], i) => `∇${nameOf(ask, id, String(i + 1))} = ${terms.join(' + ')}`);
    const gradient = ask.grads.get(out)!;
    stages.push({ name: 'backward', marks: [...base, ...factMarks, ...heading, ...result.marks, ...gradientMarks(ask, parts, out, gradient, below + 22), note('back', 0, below + 10, texts.join(',   '), { mono: true, color: 'var(--accent)', size: 13 })], words: texts.join('; ') });
  }
  return stages;
}

function formula(ask: Ask, text: string, parts: readonly Part[], out: number): string {
  return text.replace(/\bg\b/g, `∇${nameOf(ask, out, 'out')}`).replace(/\ba\b|\bx\b/g, nameOf(ask, parts[0]!.id, 'a')).replace(/\bb\b|\bw\b/g, parts[1] ? nameOf(ask, parts[1].id, 'w') : 'b');
}

function gradientMarks(ask: Ask, parts: readonly Part[], out: number, gradient: readonly number[], y: number): Mark[] {
  const marks: Mark[] = [];
  const known = [...parts.map((part) => ({ id: part.id, shape: part.numbers.shape, values: ask.grads.get(part.id) })), { id: out, shape: ask.answer.tensors[String(out)]!.shape, values: gradient }].filter(
    (each, i, all) => each.values && each.values.length <= 64 && each.values.length === size(each.shape) && all.findIndex((other) => other.id === each.id) === i,
  );
  const paint = paintOf(known.map((each) => each.values!), true);
  let x = 0;
  for (const each of known) {
    marks.push({ kind: 'text', key: `grad/${each.id}/name`, x, y: y + 16, text: `${nameOf(ask, each.id, '·')}.grad`, mono: true, bold: true, size: 12, color: textColor(ask.names.get(each.id)) });
    const placed = placeCells({ key: `grad/${each.id}`, x, y: y + 26, cell: 30, numbers: { shape: each.shape, sent: each.shape, values: each.values!, dtype: 'float32', windowed: false }, paint, theme: ask.theme, tensor: each.id });
    marks.push(...placed.marks);
    x += Math.max(placed.grid.width, 90) + 34;
  }
  return marks;
}

/** Frames around the cells that the chosen one is made of. */
function pickedMarks(ask: Ask, base: readonly Mark[], parts: readonly Part[], chosen: number, isWindow: boolean): Mark[] {
  const wanted = new Set<string>();
  if (isWindow) {
    const window = windowTerms(ask.op, ask.answer, chosen);
    window?.x.forEach((index) => index >= 0 && wanted.add(`${parts[0]!.key}/${index}`));
    window?.w.forEach((index) => parts[1] && wanted.add(`${parts[1].key}/${index}`));
  } else {
    const ex = explained(ask.op);
    const shapes = parts.map((part) => part.numbers.shape);
    const equation = ex.equation ? readEquation(ex.equation, shapes) : null;
    if (equation) for (const places of einsumTerms(equation, shapes, chosen, 256)) places.forEach((index, i) => parts[i] && wanted.add(`${parts[i].key}/${index}`));
  }
  return base
    .filter((mark): mark is CellMark => mark.kind === 'cell' && wanted.has(mark.key))
    .map((mark) => ({ kind: 'rect', key: `pick/${mark.key}`, x: mark.x - 1, y: mark.y - 1, w: mark.w + 2, h: mark.h + 2, r: 4, stroke: 'var(--accent)', width: 2 }));
}

/** The terms as little towers: the two numbers and their product, with plus between them. */
function termMarks(ask: Ask, chosen: number, isWindow: boolean, y: number): Mark[] {
  const pairs: [number | undefined, number | undefined][] = [];
  if (isWindow) {
    const window = windowTerms(ask.op, ask.answer, chosen);
    if (!window || window.weight === null) return [];
    window.x.forEach((index, i) => pairs.push([index < 0 ? 0 : elementValue(ask.answer, { tensor: window.input, index }), elementValue(ask.answer, { tensor: window.weight!, index: window.w[i]! })]));
  } else {
    const ex = explained(ask.op);
    const { ids } = contractionInputs(ask.answer, ask.op);
    if (ids.length !== 2 || !ex.equation) return [];
    const shapes = ids.map((id) => ask.answer.tensors[String(id)]?.shape ?? []);
    const equation = readEquation(ex.equation, shapes);
    if (!equation) return [];
    for (const [a, b] of einsumTerms(equation, shapes, chosen, 64)) pairs.push([elementValue(ask.answer, { tensor: ids[0]!, index: a! }), elementValue(ask.answer, { tensor: ids[1]!, index: b! })]);
  }
  const known = pairs.filter((pair): pair is [number, number] => pair[0] !== undefined && pair[1] !== undefined);
  const step = 50;
  const most = Math.max(3, Math.floor(ask.width / step) - 1);
  const shown = known.length <= most ? known : known.slice(0, most - 1);
  const paint = paintOf([known.flat()]);
  const marks: Mark[] = [];
  shown.forEach(([a, b], i) => {
    const x = i * step;
    marks.push(...placeCells({ key: `term/a${i}`, x, y, cell: 28, numbers: one(a), paint, theme: ask.theme }).marks);
    marks.push(...placeCells({ key: `term/b${i}`, x, y: y + 32, cell: 28, numbers: one(b), paint, theme: ask.theme }).marks);
    marks.push(note(`term/p${i}`, x + 14, y + 76, say(a * b), { anchor: 'middle', mono: true, size: 11, color: 'var(--ink)' }));
    if (i < shown.length - 1 || shown.length < known.length) marks.push(note(`term/plus${i}`, x + 39, y + 76, '+', { anchor: 'middle', mono: true, color: 'var(--ink3)' }));
  });
  if (shown.length < known.length) marks.push(note('term/more', shown.length * step, y + 76, '…', { mono: true, color: 'var(--ink3)' }));
  return marks;
}

const one = (value: number): Numbers => ({ shape: [], sent: [], values: [value], dtype: 'float32', windowed: false });

function lines(text: string, width: number): string[] {
  const most = Math.max(30, Math.floor(width / 7.9));
  const out: string[] = [''];
  for (const word of text.split(' ')) {
    if ((out.at(-1) + word).length > most) out.push('  ');
    out[out.length - 1] += (out.at(-1)!.trim() ? ' ' : '') + word;
  }
  return out;
}

function factLines(ask: Ask, isWindow: boolean): string[] {
  const ex = ask.op.explanation as { equation?: string; batch?: { aligned: number[][]; result: number[] | null }; kernel?: number[]; stride?: number[]; padding?: unknown[]; inner?: number; form?: string };
  const facts: string[] = [];
  if (isWindow) facts.push(ask.t('lab.stage.window', { kernel: (ex.kernel ?? []).join('×'), stride: (ex.stride ?? []).join('×'), padding: (ex.padding ?? []).join('×') }));
  else {
    if (ex.form) facts.push(ex.form);
    if (ex.equation) facts.push(ask.t('lab.stage.einsum', { equation: ex.equation }));
    if (ex.batch?.result) facts.push(ask.t('lab.stage.batch', { shapes: ex.batch.aligned.map(shapeText).join(', '), result: shapeText(ex.batch.result) }));
  }
  const place = ask.op.outputs[0] === undefined ? [] : unravel(ask.chosen, ask.answer.tensors[String(ask.op.outputs[0])]?.shape ?? []);
  if (place.length > 0) facts.push(ask.t('lab.stage.pickCell'));
  return facts;
}

/** Tensors too large to be drawn: their axes, aligned from the right, those that are summed over in the accent. */
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
  const facts = factLines(ask, isWindow).filter((line) => line !== ask.t('lab.stage.pickCell'));
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
