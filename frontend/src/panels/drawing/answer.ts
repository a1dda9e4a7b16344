/** What the whole net answers: the plane with the data on it, bars of classes, or one value. */
import { colorAt, toCss } from '../../design/colormaps';
import { identityColor } from '../../design/palette';
import { measured, shortNumber } from '../../components/number';
import { t } from '../../i18n/index.svelte';
import type { Activations, Boundary } from '../../protocol';
import { values, type Numbers } from '../../protocol/numbers';
import type { Job } from '../../state/job.svelte';
import { reach } from '../maths/netLayout';
import { bitmap, flipped, place } from './bitmap';
import { drawBars } from './bars';
import { drawPoints, type Points } from './points';
import { mark, measure, roundedPath, text, type Box, type Pen } from './pen';

interface Plane {
  kind: 'plane';
  task: 'binary' | 'multiclass' | 'regression';
  boundary: Boundary;
  classes: readonly string[];
  points: Points | null;
  /** End of the scale, and whether the map goes beyond it. */
  max: number;
  clipped: boolean;
}

interface Shares {
  kind: 'shares';
  names: readonly string[];
  shares: readonly number[];
  target: number | null;
}

interface Value {
  kind: 'value';
  value: number;
  target: number | null;
}

export type Answer = Plane | Shares | Value;

/** From a mark's name to what stands left of the mark, in pixels. */
const MARK = 22;

/** Beyond this a logit means certainty: 0.9975. */
const CERTAIN = 6;

export function outputOf(job: Job, boundary: Boundary | null, activations: Activations | null): Answer | null {
  const started = job.started;
  if (!started) return null;
  if (boundary) {
    const data = job.data;
    const points =
      data && data.inputs.shape.length === 2 && data.inputs.shape[1] === 2
        ? { inputs: values(data.inputs), targets: values(data.targets), splits: values(data.splits), count: data.inputs.shape[0]! }
        : null;
    const most = reach(values(boundary.output));
    const task = started.task;
    const max = task === 'regression' ? Math.max(most, points ? reach(points.targets) : 0) : Math.min(CERTAIN, most);
    return { kind: 'plane', task, boundary, classes: started.classes, points, max, clipped: task !== 'regression' && most > CERTAIN };
  }
  if (!activations) return null;
  const target = activations.target ?? null;
  if (started.task === 'regression') return { kind: 'value', value: activations.outputs[0] ?? NaN, target };
  const names = activations.outputs.map((_, i) => started.classes[i] ?? String(i));
  return { kind: 'shares', names, shares: activations.outputs, target };
}

export function drawAnswer(
  pen: Pen,
  { left, top, size }: { left: number; top: number; size: number },
  answer: Answer,
  axes: readonly [string, string],
): void {
  const { palette } = pen;
  const box = { left, top, right: left + size, bottom: top + size };
  switch (answer.kind) {
    case 'plane':
      drawPlane(pen, box, answer, axes);
      return;
    case 'shares': {
      // Beside the middle of the net, where its last links end.
      const room = Math.min(size, answer.names.length * 19);
      const start = top + (size - room) / 2;
      text(pen, t('answer.probabilities'), left, start - 11, { font: 'caption', color: palette.ink2 });
      drawBars(pen, { ...box, top: start, bottom: start + room }, answer);
      return;
    }
    case 'value': {
      const middle = top + size / 2;
      text(pen, t('answer.prediction'), left + 8, middle - 30, { font: 'caption', color: palette.ink2 });
      text(pen, measured(answer.value, 4), left + 8, middle - 10, { font: 'number', color: palette.ink });
      if (answer.target !== null) {
        text(pen, t('answer.target'), left + 8, middle + 16, { font: 'caption', color: palette.ink2 });
        text(pen, measured(answer.target, 4), left + 8, middle + 36, { font: 'number', color: palette.ink });
      }
    }
  }
}

const fields = new WeakMap<Numbers, Map<string, HTMLCanvasElement>>();

/** Regions of more than two classes: the winner's color, paler the less sure it is. */
function regions(output: Numbers, classes: number, side: number, theme: Pen['theme'], paper: string): HTMLCanvasElement {
  let known = fields.get(output);
  if (!known) fields.set(output, (known = new Map()));
  const done = known.get(theme);
  if (done) return done;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const ctx = canvas.getContext('2d');
  if (ctx) {
    const image = ctx.createImageData(side, side);
    const plane = side * side;
    const rgb = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    const colors = Array.from({ length: classes }, (_, c) => rgb(identityColor(theme, c)));
    const ground = rgb(paper);
    const maps = Array.from({ length: classes }, (_, c) => flipped(output.subarray(c * plane, (c + 1) * plane), side, side));
    for (let i = 0; i < plane; i++) {
      let best = 0;
      for (let c = 1; c < classes; c++) if (maps[c]![i]! > maps[best]![i]!) best = c;
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += Math.exp(maps[c]![i]! - maps[best]![i]!);
      // From even odds to certainty; the inner part of the color leaves the points visible.
      const sure = (0.12 + 0.5 * ((1 / sum - 1 / classes) / (1 - 1 / classes)));
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = ground[k]! + (colors[best]![k]! - ground[k]!) * sure;
      image.data[4 * i + 3] = 255;
    }
    ctx.putImageData(image, 0, 0);
  }
  known.set(theme, canvas);
  return canvas;
}

function drawPlane(pen: Pen, box: Box, plane: Plane, [across, up]: readonly [string, string]): void {
  const { ctx, palette, theme } = pen;
  const { boundary, task, classes, points, max } = plane;
  const [n, high, wide] = boundary.output.shape as [number, number, number];
  const output = values(boundary.output);
  const several = task === 'multiclass';
  const image = several
    ? regions(output, n, wide, theme, palette.surface)
    : bitmap(output, wide, high, { map: 'signed', theme, max, flip: true, field: true });
  ctx.save();
  roundedPath(ctx, box.left, box.top, box.right - box.left, box.bottom - box.top, 6);
  ctx.clip();
  // Samples stand at the corners and edges of the plane; half of a border pixel lies outside of it.
  const [dx, dy] = [(box.right - box.left) / (wide - 1) / 2, (box.bottom - box.top) / (high - 1) / 2];
  place(ctx, image, { left: box.left - dx, top: box.top - dy, right: box.right + dx, bottom: box.bottom + dy }, true);
  if (points)
    drawPoints(
      pen,
      box,
      { x: boundary.x as [number, number], y: boundary.y as [number, number] },
      points,
      task === 'regression' ? { kind: 'values', max } : { kind: 'classes', count: several ? n : 2 },
    );
  ctx.restore();
  roundedPath(ctx, box.left + 0.5, box.top + 0.5, box.right - box.left - 1, box.bottom - box.top - 1, 6);
  ctx.strokeStyle = palette.line2;
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  ctx.stroke();

  const head = box.top - 11;
  const words = task === 'regression' ? t('answer.value') : t(several ? 'answer.classes' : 'answer.logit');
  // On a small map both marks matter more than their full names.
  const wordings = [
    [words, t('split.validation')],
    [words, t('split.short.validation')],
    [t('answer.value'), t('split.short.validation')],
    ['', t('split.short.validation')],
  ] as const;
  const length = (parts: readonly string[]) => parts.reduce((sum, part) => sum + measure(pen, part, 'caption'), 0);
  const room = box.right - box.left - measure(pen, t('split.train'), 'caption') - 2 * MARK;
  const [title, validation] = wordings.find((parts) => length(parts) <= room) ?? wordings[3];
  text(pen, title, box.left, head, { font: 'caption', color: palette.ink2 });
  let at = box.right;
  for (const [kind, name] of [['◇', validation], ['●', t('split.train')]] as const) {
    at -= measure(pen, name, 'caption');
    text(pen, name, at, head, { font: 'caption', color: palette.ink2 });
    mark(pen, kind, at - 10, head, 6.5, palette.ink3);
    at -= MARK;
  }
  nameAxis(pen, across, box.right - 8 - measure(pen, across), box.bottom - 13);
  nameAxis(pen, up, box.left + 8, box.top + 13);
  if (several) legendOfClasses(pen, box, classes, n);
  else legendOfRange(pen, box, plane, classes);
}

function nameAxis(pen: Pen, words: string, x: number, y: number): void {
  roundedPath(pen.ctx, x - 4, y - 8, measure(pen, words) + 8, 16, 3);
  pen.ctx.fillStyle = pen.palette.surface;
  pen.ctx.globalAlpha = 0.85;
  pen.ctx.fill();
  pen.ctx.globalAlpha = 1;
  text(pen, words, x, y, { color: pen.palette.ink });
}

function legendOfClasses(pen: Pen, box: Box, classes: readonly string[], n: number): void {
  let at = box.left;
  for (let c = 0; c < n; c++) {
    const words = classes[c] ?? String(c);
    const width = 14 + measure(pen, words, 'caption') + 12;
    if (at + width > box.right + 20) break;
    mark(pen, '●', at + 5, box.bottom + 16, 8, identityColor(pen.theme, c));
    text(pen, words, at + 14, box.bottom + 16, { font: 'caption', color: pen.palette.ink2 });
    at += width;
  }
}

function legendOfRange(pen: Pen, box: Box, { max, clipped, task }: Plane, classes: readonly string[]): void {
  const { ctx, theme } = pen;
  const width = box.right - box.left;
  for (let i = 0; i < width; i++) {
    ctx.fillStyle = toCss(colorAt('signed', theme, 0.15 + 0.7 * (i / width)));
    ctx.fillRect(box.left + i, box.bottom + 10, 1.5, 7);
  }
  const y = box.bottom + 28;
  const words = shortNumber(max, 3);
  const [low, high] = clipped ? [`≤ −${words}`, `≥ +${words}`] : [`−${words}`, `+${words}`];
  text(pen, low, box.left, y);
  text(pen, high, box.right, y, { align: 'right' });
  text(pen, '0', box.left + width / 2, y, { align: 'center' });
  // On a small map the ends alone must do.
  if (task !== 'binary' || width < 230) return;
  text(pen, t('answer.class', { name: classes[0] ?? '0' }), box.left + width * 0.27, y, { font: 'label', align: 'center', color: pen.palette.ink2 });
  text(pen, t('answer.class', { name: classes[1] ?? '1' }), box.left + width * 0.73, y, { font: 'label', align: 'center', color: pen.palette.ink2 });
}

export interface Reading {
  left: number;
  top: number;
  lines: string[];
}

/** What the big map says under a point of the canvas. */
export function readPlane(
  answer: Answer,
  { left, top, size }: { left: number; top: number; size: number },
  { x, y }: { x: number; y: number },
  [across, up]: readonly [string, string],
): Reading | null {
  if (answer.kind !== 'plane' || x < left || x > left + size || y < top || y > top + size) return null;
  const { boundary, task, classes } = answer;
  const [n, high, wide] = boundary.output.shape as [number, number, number];
  const [u, v] = [(x - left) / size, 1 - (y - top) / size];
  const column = Math.min(wide - 1, Math.round(u * (wide - 1)));
  const row = Math.min(high - 1, Math.round(v * (high - 1)));
  const [x0, x1] = boundary.x as [number, number];
  const [y0, y1] = boundary.y as [number, number];
  const output = values(boundary.output);
  const at = (c: number) => output[(c * high + row) * wide + column]!;
  const lines = [
    `${across} ${shortNumber(x0 + (column / (wide - 1)) * (x1 - x0))}`,
    `${up} ${shortNumber(y0 + (row / (high - 1)) * (y1 - y0))}`,
  ];
  if (task === 'multiclass') {
    let best = 0;
    for (let c = 1; c < n; c++) if (at(c) > at(best)) best = c;
    lines.push(t('answer.class', { name: classes[best] ?? String(best) }));
  } else lines.push(`${t(task === 'regression' ? 'answer.value' : 'answer.logit')} ${shortNumber(at(0))}`);
  return { left: x, top: y, lines };
}

