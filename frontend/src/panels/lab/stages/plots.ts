/** Axes, curves and bars for the explanations: functions with the values on them, histograms, the softmax's Jacobian. */
import { linearTicks } from '../../maths/ticks';
import { paintOf, say } from '../cells';
import { textWidth, type Mark, type Stage } from '../scene';
import { dense, flatten, shapeText, size, toNumber, unravel } from '../trace';
import { arrowBlock, column, fitted, flow, levelOf, lowered, row, tensorBlock, textBlock, wrapped, type Block } from './blocks';
import { elementwiseStages } from './elementwise';
import { gradName, note, numbersFor, roomOf, type Ask } from './placing';

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
  const curve = ex.curve ? curveStages(ask, ex.curve) : [];
  const stages = curve.length > 0 ? curve : elementwiseStages(ask).filter((stage) => stage.name !== 'align');
  if (ex.jacobian) stages.push(jacobianStage(ask, ex.jacobian));
  return stages;
}

/** The element that is looked at: the one under the pointer, else the one that was pressed. */
function lookedAt(ask: Ask, input: number, out: number, count: number): { index: number; isPointed: boolean } {
  const at = ask.hover;
  if (at && (at.tensor === input || at.tensor === out) && at.index < count) return { index: at.index, isPointed: true };
  return { index: Math.min(ask.chosen, count - 1), isPointed: ask.chosen > 0 };
}

/** A function of one number: its curve with the tensor's elements on it, its derivative with a tangent, and the gradient that it lets through. */
export function curveStages(ask: Ask, name: string): Stage[] {
  const curve = ask.answer.curves[name];
  const input = ask.op.inputs.at(-1);
  const out = ask.op.outputs[0];
  const inputs = input === undefined ? null : numbersFor(ask, input);
  const outputs = out === undefined ? null : numbersFor(ask, out);
  if (!curve || input === undefined || out === undefined || !inputs || !outputs || inputs.values.length !== outputs.values.length) return [];
  const xs = curve.x.map(toNumber);
  const ys = curve.y.map(toNumber);
  const slope = curve.slope?.map(toNumber) ?? null;
  const ex = ask.op.explanation as { backward?: { partial?: unknown; contribution?: unknown }[]; slopes?: unknown };
  const partial = flatten(ex.backward?.[0]?.partial ?? ex.slopes);
  const arrives = ask.grads.get(out);
  const passes = flatten(ex.backward?.[0]?.contribution);
  const isBack = arrives !== undefined && passes.length === inputs.values.length && passes.length <= 64;
  const wide = ask.width >= 620;
  const chartWidth = Math.min(430, wide ? ask.width * 0.54 : ask.width);
  const chartHeight = Math.min(wide ? 320 : 230, Math.max(190, roomOf(ask) - 30));
  const { index, isPointed } = lookedAt(ask, input, out, inputs.values.length);
  const chart = curveChart(ask, { name, xs, ys, slope, values: inputs.values.map((x, i) => [x, outputs.values[i]!] as const), out, width: chartWidth, height: chartHeight, index, isPointed, partial });
  const grads = isBack ? gradientBlocks(ask, input, out, arrives, passes, partial, index) : null;
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const arrow: Block = { width: 60, height: 18, draw: (x, y) => [{ kind: 'arrow', key: 'maps', points: [[x + 12, y], [x + 12, y + 18]], color: 'var(--accent)' }, note('maps/name', x + 22, y + 13, name, { mono: true, color: 'var(--accent)' })] };
    const tensors = column([tensorBlock(ask, { key: 'in', id: input, cell }), arrow, tensorBlock(ask, { key: 'out', id: out, cell }), ...(grads ? [grads] : [])], 10);
    return wide ? row([chart, tensors], 36) : column([tensors, chart], 18);
  });
  const marks = plan.draw(0, 0);
  const without = (...starts: string[]): Mark[] => marks.filter((mark) => !starts.some((start) => mark.key.startsWith(start)));
  const stages: Stage[] = [{ name: 'curve', marks: without('slope', 'back'), words: ask.t('lab.words.curve', { name, count: inputs.values.length }) }];
  if (slope) stages.push({ name: 'slope', marks: without('back'), words: ask.t('lab.words.slope', { name }) });
  if (grads) stages.push({ name: 'backward', marks, words: passed(ask, input, arrives!, partial, passes, index) });
  return stages;
}

/** One element's gradient as a product: what arrived, times the derivative there. */
function passed(ask: Ask, input: number, arrives: readonly number[], partial: readonly number[], passes: readonly number[], index: number): string {
  const shape = ask.answer.tensors[String(input)]?.shape ?? [];
  const place = shape.length === 0 ? '' : `[${unravel(index, shape).join(', ')}]`;
  return `${gradName(ask, input)}${place} = ${say(arrives[index])} · ${say(partial[index])} = ${say(passes[index])}`;
}

function gradientBlocks(ask: Ask, input: number, out: number, arrives: readonly number[], passes: readonly number[], partial: readonly number[], index: number): Block {
  const paint = paintOf([arrives, passes], true);
  const shape = ask.answer.tensors[String(input)]!.shape;
  const grid = (key: string, id: number, values: readonly number[]): Block => tensorBlock(ask, { key, id, cell: 28, numbers: dense(shape, values), paint, name: gradName(ask, id), beside: '' });
  return column([flow([grid('back/in', input, passes), grid('back/out', out, arrives)], Math.max(200, ask.width * 0.42), 28, 10), textBlock('back/line', passed(ask, input, arrives, partial, passes, index), { mono: true, size: 12, color: 'var(--ink)', within: Math.max(220, ask.width * 0.42) })], 8);
}

interface CurveChart {
  name: string;
  xs: readonly number[];
  ys: readonly number[];
  slope: readonly number[] | null;
  values: readonly (readonly [number, number])[];
  out: number;
  width: number;
  height: number;
  index: number;
  isPointed: boolean;
  partial: readonly number[];
}

function curveChart(ask: Ask, { name, xs, ys, slope, values, out, width, height, index, isPointed, partial }: CurveChart): Block {
  return {
    width,
    height: height + 10,
    draw: (left, top) => {
      const finite = ys.filter(Number.isFinite);
      const low = Math.min(0, ...finite);
      const high = Math.max(1, ...finite);
      const pad = (high - low) * 0.06;
      const room = textWidth(`${name}′(x)`, 12, true) + 10;
      const box = { x: left + 36, y: top + 6, w: width - 36 - room, h: height - 76 };
      const spanX: [number, number] = [xs[0]!, xs.at(-1)!];
      const spanY: [number, number] = [low - pad, high + pad];
      const frame = axes('curve', box, spanX, spanY);
      const isInside = ([x, y]: readonly [number, number]): boolean => x >= spanX[0] && x <= spanX[1] && y >= spanY[0] && y <= spanY[1];
      const inside = values.filter(isInside).length;
      const end = frame.at(spanX[1], ys.at(-1)!)[1];
      const marks: Mark[] = [
        ...frame.marks,
        { kind: 'curve', key: 'curve/f', points: xs.flatMap((x, i) => (Number.isFinite(ys[i]!) ? [frame.at(x, ys[i]!)] : [])), color: 'var(--ink)', width: 1.75 },
        note('curve/name', box.x + box.w + 6, end + 4, `${name}(x)`, { mono: true, color: 'var(--ink)' }),
      ];
      if (slope) {
        const points = xs.flatMap((x, i) => (Number.isFinite(slope[i]!) && slope[i]! >= spanY[0] && slope[i]! <= spanY[1] ? [frame.at(x, slope[i]!)] : []));
        const at = points.at(-1)?.[1] ?? 0;
        marks.push({ kind: 'curve', key: 'slope/d', points, color: 'var(--accent)', dashed: true, width: 1.75 });
        marks.push(note('slope/name', box.x + box.w + 6, at + (Math.abs(at - end) < 14 ? (at < end ? -10 : 18) : 4), `${name}′(x)`, { mono: true, color: 'var(--accent)' }));
        const here = values[index];
        const steep = partial[index];
        if (here && isInside(here) && steep !== undefined && Number.isFinite(steep)) {
          const reach = (spanX[1] - spanX[0]) * 0.16;
          // No longer than the frame is high.
          const half = Math.min(reach, Math.abs(steep) > 1e-9 ? ((spanY[1] - spanY[0]) * 0.45) / Math.abs(steep) : reach);
          marks.push({ kind: 'curve', key: 'slope/tangent', points: [frame.at(here[0] - half, here[1] - half * steep), frame.at(here[0] + half, here[1] + half * steep)], color: 'var(--accent)', width: 2.5 });
          wrapped(ask.t('lab.stage.tangent', { x: `x = ${say(here[0])}`, slope: say(steep) }) + (isPointed ? '' : ` · ${ask.t('lab.stage.touch')}`), width - 36, 12).forEach((text, i) => marks.push(note(`slope/said${i}`, left + 36, top + height - 26 + i * 16, text, { color: 'var(--accent)' })));
        }
      }
      values.slice(0, 256).forEach((point, i) => {
        if (!isInside(point)) return;
        const [x, y] = frame.at(point[0], point[1]);
        marks.push({ kind: 'dot', key: `curve/dot${i}`, x, y, r: 4.5, color: 'var(--id3)', ref: { tensor: out, index: i } });
      });
      if (inside < values.length) marks.push(note('curve/count', left + 36, top + height + 6, ask.t('lab.stage.onCurve', { shown: inside, total: values.length })));
      return marks;
    },
  };
}

function jacobianStage(ask: Ask, jacobian: { axis: number; row: unknown[]; matrix: unknown[][] }): Stage {
  const probabilities = jacobian.row.map(toNumber);
  const values = jacobian.matrix.flat().map(toNumber);
  const n = probabilities.length;
  const out = ask.op.outputs[0]!;
  const first = `i = j = 0:  p₀ (1 − p₀) = ${say(probabilities[0])} · ${say(1 - probabilities[0]!)} = ${say(values[0])}`;
  const second = n > 1 ? `i = 0, j = 1:  −p₀ p₁ = −${say(probabilities[0])} · ${say(probabilities[1])} = ${say(values[1])}` : '';
  const said = (key: string, text: string): Block => textBlock(key, text, { mono: true, size: 12, color: 'var(--ink)', within: ask.width });
  const plan = fitted(ask.width, roomOf(ask), (cell): Block =>
    column(
      [
        textBlock('jac/title', ask.t('lab.stage.jacobian'), { color: 'var(--ink2)', within: ask.width }),
        row(
          [
            tensorBlock(ask, { key: 'jac/p', id: out, still: true, cell, numbers: dense([n, 1], probabilities), name: 'p', beside: '' }),
            tensorBlock(ask, { key: 'jac/m', id: out, still: true, cell, numbers: dense([n, n], values), paint: paintOf([values], true), name: '∂p[i] / ∂x[j]', beside: '' }),
          ],
          48,
        ),
        said('jac/a', first),
        ...(second ? [said('jac/b', second)] : []),
      ],
      12,
    ),
  );
  return { name: 'jacobian', marks: plan.draw(0, 0), words: `${ask.t('lab.stage.jacobian')} ${first}. ${second}` };
}

/** Created tensors as they are; random ones beside the histogram of their elements. */
export function creationStages(ask: Ask): Stage[] {
  const out = ask.op.outputs[0];
  const numbers = out === undefined ? null : numbersFor(ask, out);
  if (out === undefined || !numbers) return [];
  const ex = ask.op.explanation as { distribution?: Record<string, unknown>; histogram?: { edges: number[]; counts: number[] } | null };
  const source = ask.op.inputs.find((id) => numbersFor(ask, id)?.shape.join() === numbers.shape.join());
  const histogram = ex.histogram && source === undefined ? ex.histogram : null;
  const wide = ask.width >= 640;
  const chart = histogram ? histogramBlock(ask, histogram, ex.distribution, size(numbers.shape), Math.min(440, wide ? ask.width * 0.52 : ask.width), Math.min(wide ? 300 : 230, roomOf(ask) - 10)) : null;
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const sample = tensorBlock(ask, { key: 'out', id: out, cell });
    if (source !== undefined) {
      const parts = [tensorBlock(ask, { key: 'in', id: source, cell }), lowered(arrowBlock('arrow', ask.op.name), levelOf(cell)), sample];
      return flow(parts, ask.width, 20);
    }
    return chart === null ? sample : wide ? row([sample, chart], 44) : column([sample, chart], 20);
  });
  const marks = plan.draw(0, 0);
  const words = ask.t('lab.words.created', { name: ask.op.name, shape: shapeText(numbers.shape) });
  const stages: Stage[] = [{ name: 'sample', marks: marks.filter((mark) => !mark.key.startsWith('hist')), words }];
  const name = String(ex.distribution?.name ?? ask.op.name);
  if (chart) stages.push({ name: 'histogram', marks, words: ask.t('lab.words.histogram', { name, count: size(numbers.shape) }) });
  return stages;
}

function histogramBlock(ask: Ask, histogram: { edges: number[]; counts: number[] }, distribution: Record<string, unknown> | undefined, count: number, width: number, height: number): Block {
  const { edges, counts } = histogram;
  const low = edges[0]!;
  const high = edges.at(-1)! === low ? low + 1 : edges.at(-1)!;
  const binWidth = (high - low) / counts.length;
  const density = densityOf(distribution);
  const tops = counts.map((value) => value / (count * binWidth));
  const peak = Math.max(...tops, ...(density ? edges.map(density) : [0])) * 1.08 || 1;
  const name = String(distribution?.name ?? '');
  const parameters = Object.entries(distribution ?? {}).filter(([key, value]) => key !== 'name' && typeof value === 'number').map(([key, value]) => `${key} ${say(value as number)}`);
  const rows = wrapped(ask.t(density ? 'lab.stage.histogram' : 'lab.stage.bins', { count }), width - 40, 12);
  return {
    width,
    height,
    draw: (left, top) => {
      const box = { x: left + 40, y: top + 26, w: width - 44, h: height - 52 - rows.length * 17 };
      const frame = axes('hist', box, [low, high], [0, peak]);
      const marks: Mark[] = [...frame.marks];
      tops.forEach((value, i) => {
        const [x, y] = frame.at(edges[i]!, value);
        const [right, bottom] = frame.at(edges[i + 1] ?? high, 0);
        marks.push({ kind: 'rect', key: `hist/${i}`, x: x + 0.5, y, w: Math.max(1, right - x - 1), h: bottom - y, fill: 'var(--id3)', opacity: 0.75 });
      });
      rows.forEach((text, i) => marks.push(note(`hist/note${i}`, left + 40, box.y + box.h + 36 + i * 17, text)));
      if (density) {
        const points = Array.from({ length: 81 }, (_, i) => low + ((high - low) * i) / 80).map((x) => frame.at(x, density(x)));
        marks.push({ kind: 'curve', key: 'hist/density', points, color: 'var(--ink)', width: 1.75 });
      }
      if (name) marks.push(note('hist/name', left + 40, top + 12, [name, ...parameters].join(', '), { mono: true }));
      return marks;
    },
  };
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

