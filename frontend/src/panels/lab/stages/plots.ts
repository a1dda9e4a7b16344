/** Axes, curves and bars for the explanations: functions with the values on them, histograms, the softmax's Jacobian, losses. */
import { linearTicks } from '../../maths/ticks';
import { paintOf, say } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import type { Mark, Stage } from '../scene';
import { shapeText, size, toNumber, type Numbers } from '../trace';
import { elementwiseStages } from './elementwise';
import { nameOf, note, numbersFor, placeCells, textColor, title, type Ask } from './placing';

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

function axes(key: string, box: Box, xs: readonly [number, number], ys: readonly [number, number]): { marks: Mark[]; at: (x: number, y: number) => [number, number] } {
  const at = (x: number, y: number): [number, number] => [box.x + ((x - xs[0]) / (xs[1] - xs[0] || 1)) * box.w, box.y + box.h - ((y - ys[0]) / (ys[1] - ys[0] || 1)) * box.h];
  const marks: Mark[] = [];
  for (const tick of linearTicks(ys[0], ys[1], 4)) {
    const [, y] = at(xs[0], tick);
    marks.push({ kind: 'arrow', key: `${key}/y${tick}`, points: [[box.x, y], [box.x + box.w, y]], color: tick === 0 ? 'var(--line2)' : 'var(--line)', head: false });
    marks.push(note(`${key}/ty${tick}`, box.x - 6, y + 4, say(tick), { anchor: 'end', size: 11, mono: true, color: 'var(--ink3)' }));
  }
  for (const tick of linearTicks(xs[0], xs[1], 5)) {
    const [x] = at(tick, ys[0]);
    marks.push(note(`${key}/tx${tick}`, x, box.y + box.h + 16, say(tick), { anchor: 'middle', size: 11, mono: true, color: 'var(--ink3)' }));
  }
  return { marks, at };
}

export function activationStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as { curve?: string; jacobian?: { axis: number; row: unknown[]; matrix: unknown[][] } };
  const stages = elementwiseStages(ask).filter((stage) => stage.name !== 'align');
  if (ex.curve) stages.unshift(...curveStages(ask, ex.curve));
  if (ex.jacobian) stages.push(jacobianStage(ask, ex.jacobian));
  return stages;
}

export function curveStages(ask: Ask, name: string): Stage[] {
  const curve = ask.answer.curves[name];
  const input = ask.op.inputs.at(-1);
  const out = ask.op.outputs[0];
  if (!curve || input === undefined || out === undefined) return [];
  const xs = curve.x.map(toNumber);
  const ys = curve.y.map(toNumber);
  const slope = curve.slope?.map(toNumber) ?? null;
  const inputs = numbersFor(ask, input);
  const outputs = numbersFor(ask, out);
  const values = inputs && outputs && inputs.values.length === outputs.values.length ? inputs.values.map((x, i) => [x, outputs.values[i]!] as const).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)) : [];
  const finite = ys.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(1, ...finite);
  const box = { x: 40, y: 24, w: Math.min(460, ask.width - 80), h: 190 };
  const spanX: [number, number] = [xs[0]!, xs.at(-1)!];
  const pad = (high - low) * 0.06;
  const frame = axes('curve', box, spanX, [low - pad, high + pad]);
  const inside = values.filter(([x, y]) => x >= spanX[0] && x <= spanX[1] && y >= low - pad && y <= high + pad);
  const base: Mark[] = [
    ...frame.marks,
    { kind: 'curve', key: 'curve/f', points: xs.flatMap((x, i) => (Number.isFinite(ys[i]!) ? [frame.at(x, ys[i]!)] : [])), color: 'var(--ink)', width: 1.75 },
    note('curve/name', box.x + box.w + 8, frame.at(spanX[1], ys.at(-1)!)[1] + 4, `${name}(x)`, { mono: true, color: 'var(--ink)' }),
    ...inside.slice(0, 200).map(([x, y], i) => {
      const [px, py] = frame.at(x, y);
      return { kind: 'dot', key: `curve/dot${i}`, x: px, y: py, r: 4, color: 'var(--id3)', ref: { tensor: out, index: values.findIndex(([a, b]) => a === x && b === y) } } as Mark;
    }),
    ...(values.length > 0 ? [note('curve/count', box.x, box.y + box.h + 40, ask.t('lab.stage.onCurve', { shown: inside.length, total: values.length }))] : []),
  ];
  const stages: Stage[] = [{ name: 'curve', marks: base, words: ask.t('lab.words.curve', { name, count: values.length }) }];
  if (slope) {
    const points = xs.flatMap((x, i) => (Number.isFinite(slope[i]!) && slope[i]! >= low - pad && slope[i]! <= high + pad ? [frame.at(x, slope[i]!)] : []));
    stages.push({
      name: 'slope',
      marks: [...base, { kind: 'curve', key: 'curve/d', points, color: 'var(--accent)', dashed: true, width: 1.75 }, note('curve/dname', box.x + box.w + 8, (points.at(-1)?.[1] ?? 0) + (Math.abs((points.at(-1)?.[1] ?? 0) - frame.at(spanX[1], ys.at(-1)!)[1]) < 14 ? 20 : 4), `${name}′(x)`, { mono: true, color: 'var(--accent)' })],
      words: ask.t('lab.words.slope', { name }),
    });
  }
  return stages;
}

function jacobianStage(ask: Ask, jacobian: { axis: number; row: unknown[]; matrix: unknown[][] }): Stage {
  const row = jacobian.row.map(toNumber);
  const values = jacobian.matrix.flat().map(toNumber);
  const n = row.length;
  const paint = paintOf([values], true);
  const cell = fitCell((c) => n * (c + 2) <= Math.min(420, ask.width - 160));
  const marks: Mark[] = [
    note('jac/title', 0, 12, ask.t('lab.stage.jacobian'), { color: 'var(--ink2)' }),
    ...placeCells({ key: 'jac/p', x: 0, y: 48, cell, numbers: column(row), paint: paintOf([row]), theme: ask.theme }).marks,
    note('jac/pname', 0, 40, 'p', { mono: true, bold: true, color: 'var(--ink)' }),
    note('jac/name', cell + 60, 40, '∂p[i] / ∂x[j]', { mono: true, bold: true, color: 'var(--ink)' }),
    ...placeCells({ key: 'jac', x: cell + 60, y: 48, cell, numbers: { shape: [n, n], sent: [n, n], values, dtype: 'float32', windowed: false }, paint, theme: ask.theme }).marks,
  ];
  const y = 48 + n * (cell + 2) + 26;
  const first = `i = j = 0:  p₀ (1 − p₀) = ${say(row[0])} · ${say(1 - row[0]!)} = ${say(values[0])}`;
  const second = n > 1 ? `i = 0, j = 1:  −p₀ p₁ = −${say(row[0])} · ${say(row[1])} = ${say(values[1])}` : '';
  marks.push(note('jac/a', 0, y, first, { mono: true, color: 'var(--ink)' }), note('jac/b', 0, y + 20, second, { mono: true, color: 'var(--ink)' }));
  return { name: 'jacobian', marks, words: `${ask.t('lab.stage.jacobian')} ${first}. ${second}` };
}

const column = (values: readonly number[]): Numbers => ({ shape: [values.length, 1], sent: [values.length, 1], values, dtype: 'float32', windowed: false });

/** Created tensors as they are; random ones beside the histogram of their elements. */
export function creationStages(ask: Ask): Stage[] {
  const out = ask.op.outputs[0];
  const numbers = out === undefined ? null : numbersFor(ask, out);
  if (out === undefined || !numbers) return [];
  const ex = ask.op.explanation as { distribution?: Record<string, unknown>; histogram?: { edges: number[]; counts: number[] } | null };
  const paint = paintOf([numbers.values]);
  const cell = fitCell((c) => layoutGrid(numbers.shape, { cell: c, most: c >= 24 ? 12 : 40 }).width <= ask.width - 20 && layoutGrid(numbers.shape, { cell: c, most: c >= 24 ? 12 : 40 }).height <= 320);
  const placed = placeCells({ key: 'out', x: 0, y: 34, cell, numbers, paint, theme: ask.theme, tensor: out });
  const sample: Mark[] = [...title('out', 0, 14, nameOf(ask, out), numbers.shape, textColor(ask.names.get(out))), ...placed.marks];
  const words = ask.t('lab.words.created', { name: ask.op.name, shape: shapeText(numbers.shape) });
  const stages: Stage[] = [{ name: 'sample', marks: sample, words }];
  if (ex.histogram) stages.push(histogramStage(ask, ex.histogram, ex.distribution, size(numbers.shape)));
  return stages;
}

function histogramStage(ask: Ask, histogram: { edges: number[]; counts: number[] }, distribution: Record<string, unknown> | undefined, count: number): Stage {
  const { edges, counts } = histogram;
  const box = { x: 44, y: 26, w: Math.min(460, ask.width - 80), h: 180 };
  const low = edges[0]!;
  const high = edges.at(-1)! === low ? low + 1 : edges.at(-1)!;
  const binWidth = (high - low) / counts.length;
  const density = densityOf(distribution);
  const tops = counts.map((value) => value / (count * binWidth));
  const peak = Math.max(...tops, ...(density ? edges.map(density) : [0])) * 1.08 || 1;
  const frame = axes('hist', box, [low, high], [0, peak]);
  const marks: Mark[] = [
    ...frame.marks,
    ...tops.map((top, i): Mark => {
      const [x, y] = frame.at(edges[i]!, top);
      const [right, bottom] = frame.at(edges[i + 1] ?? high, 0);
      return { kind: 'rect', key: `hist/${i}`, x: x + 0.5, y, w: Math.max(1, right - x - 1), h: bottom - y, fill: 'var(--id3)', opacity: 0.75 };
    }),
    note('hist/note', box.x, box.y + box.h + 40, ask.t('lab.stage.histogram', { count })),
  ];
  const name = String(distribution?.name ?? '');
  const parameters = Object.entries(distribution ?? {}).filter(([key, value]) => key !== 'name' && typeof value === 'number').map(([key, value]) => `${key} ${say(value as number)}`);
  if (density) {
    const points = Array.from({ length: 81 }, (_, i) => low + ((high - low) * i) / 80).map((x) => frame.at(x, density(x)));
    marks.push({ kind: 'curve', key: 'hist/density', points, color: 'var(--ink)', width: 1.75 });
  }
  if (name) marks.push(note('hist/name', box.x + box.w, 14, [name, ...parameters].join(', '), { anchor: 'end', mono: true }));
  return { name: 'histogram', marks, words: ask.t('lab.words.histogram', { name: name || ask.op.name, count }) };
}

function densityOf(distribution: Record<string, unknown> | undefined): ((x: number) => number) | null {
  if (!distribution) return null;
  const given = (distribution.parameters as number[] | undefined) ?? [];
  if (distribution.name === 'normal') {
    const mean = Number(distribution.mean ?? given[0] ?? 0);
    const std = Number(distribution.std ?? given[1] ?? 1);
    return (x) => Math.exp(-((x - mean) ** 2) / (2 * std * std)) / (std * Math.sqrt(2 * Math.PI));
  }
  if (distribution.name === 'uniform') {
    const low = Number(distribution.low ?? given[0] ?? 0);
    const high = Number(distribution.high ?? given[1] ?? 1);
    return (x) => (x >= low && x <= high ? 1 / (high - low) : 0);
  }
  return null;
}

/** A loss: prediction beside target, and whether their shapes stretched each other. */
export function lossStages(ask: Ask): Stage[] {
  const [a, b] = ask.op.inputs;
  const out = ask.op.outputs[0];
  const ex = ask.op.explanation as { reduction?: string; warning?: string; shapes?: number[][]; result?: number[] | null };
  const parts = [a, b].flatMap((id) => {
    const numbers = id === undefined ? null : numbersFor(ask, id);
    return numbers && id !== undefined ? [{ id, numbers }] : [];
  });
  if (parts.length === 0 || out === undefined) return [];
  const paint = paintOf(parts.map((part) => part.numbers.values));
  const cell = fitCell((c) => parts.reduce((sum, part) => sum + layoutGrid(part.numbers.shape, { cell: c }).width + 70, 90) <= ask.width && Math.max(...parts.map((part) => layoutGrid(part.numbers.shape, { cell: c }).height)) <= 260);
  const marks: Mark[] = [];
  let x = 0;
  let bottom = 0;
  for (const [i, part] of parts.entries()) {
    marks.push(...title(`in${i}`, x, 14, nameOf(ask, part.id, ask.t(i === 0 ? 'lab.prediction' : 'lab.target')), part.numbers.shape, textColor(ask.names.get(part.id))));
    const placed = placeCells({ key: `in${i}`, x, y: 34, cell, numbers: part.numbers, paint, theme: ask.theme, tensor: part.id });
    marks.push(...placed.marks);
    bottom = Math.max(bottom, placed.bottom);
    x += Math.max(placed.grid.width, 110) + 44;
  }
  const value = numbersFor(ask, out)?.values[0];
  marks.push({ kind: 'arrow', key: 'arrow', points: [[x - 36, 54], [x - 6, 54]], color: 'var(--accent)' }, ...title('out', x + 8, 14, nameOf(ask, out, ask.op.name), ex.reduction ?? '', textColor(ask.names.get(out))), note('value', x + 8, 60, say(value), { mono: true, size: 16, color: 'var(--ink)' }));
  if (ex.warning) marks.push(note('warn', 0, bottom + 28, ask.t('lab.detective.loss', { shapes: (ex.shapes ?? []).map(shapeText).join(` ${ask.t('lab.and')} `), result: ex.result ? shapeText(ex.result) : '–' }), { color: 'var(--warn)', size: 13 }));
  return [{ name: 'result', marks, words: ask.t('lab.words.loss', { name: ask.op.name, value: say(value) }) }];
}
