/** The dive line: loss over it, ticks for keyframes, ■ checkpoints, ◇ commands, △ diagnoses, ● where the page is. */
import { shortNumber } from '../../components/number';
import type { Job } from '../../state/job.svelte';
import { changesByStep } from '../changes';
import { columns } from '../maths/extremes';
import { tick } from '../maths/numbers';
import type { Drawable } from '../maths/series';
import { mark, measure, rule, text, type Pen } from './pen';

export interface Mark {
  kind: 'checkpoint' | 'command' | 'diagnosis';
  step: number;
  words: string;
}

export interface Timeline {
  loss: Drawable;
  live: number;
  now: number;
  frozen: boolean;
  cursor: number | null;
  keyframes: readonly number[];
  marks: readonly Mark[];
  ended: boolean;
  compact: boolean;
  /** Room at both ends for the dot. */
  side: number;
  words: { live: string; checkpoint: string };
}

/** What stands on the line. Only commands that changed something are marks; pauses and steps are not. */
export function marksOf(job: Job): Mark[] {
  const marks: Mark[] = [];
  for (const { step } of job.checkpoints) marks.push({ kind: 'checkpoint', step, words: '' });
  for (const { step, changes } of changesByStep(job.commands)) {
    const words = changes.map(({ name, now }) => `${name.replace('_', ' ')} ${shortNumber(now)}`);
    marks.push({ kind: 'command', step, words: words.join(', ') });
  }
  for (const { step, code } of job.diagnoses) marks.push({ kind: 'diagnosis', step, words: code.replace('_', ' ') });
  return marks;
}

export function drawTimeline(pen: Pen, timeline: Timeline): void {
  const { ctx, palette, width, height } = pen;
  const { loss, live, now, frozen, cursor, keyframes, compact, side, words } = timeline;
  const line = compact ? Math.round(height / 2) : 36;
  const x = (step: number) => side + (step / live) * (width - 2 * side);

  if (!compact) drawLoss(pen, loss, x, line - 5);
  rule(pen, [side, line, width - side, line], palette.line2, [], 2);
  rule(pen, [side, line, x(now), line], palette.accent, [], 2);

  ctx.fillStyle = palette.line2;
  let lastTick = -Infinity;
  for (const step of keyframes) {
    const at = Math.round(x(step));
    if (at - lastTick < 3) continue;
    lastTick = at;
    ctx.fillRect(at, line + 5, 1, 4);
  }

  const order = { checkpoint: 0, command: 1, diagnosis: 2 };
  const marks = timeline.marks.toSorted((a, b) => order[a.kind] - order[b.kind] || a.step - b.step);
  let lastBox = -Infinity;
  for (const { kind, step } of marks) {
    const at = x(step);
    if (kind === 'checkpoint') {
      if (at - lastBox < 12 || at > width - side - 10) continue;
      lastBox = at;
      ctx.fillStyle = palette.surface;
      ctx.strokeStyle = palette.ink3;
      ctx.lineWidth = 1.5;
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.roundRect(at - 4, line - 4, 8, 8, 1.5);
      ctx.fill();
      ctx.stroke();
    } else mark(pen, kind === 'diagnosis' ? '△' : '◇', at, line, 9, kind === 'diagnosis' ? palette.warn : palette.accent);
  }

  const dot = x(now);
  ctx.beginPath();
  ctx.arc(dot, line, 8, 0, 2 * Math.PI);
  ctx.fillStyle = palette.accent;
  ctx.fill();
  ctx.beginPath();
  ctx.arc(dot, line, 3, 0, 2 * Math.PI);
  ctx.fillStyle = palette.surface;
  ctx.fill();

  if (cursor !== null && cursor <= live) rule(pen, [x(cursor), compact ? 4 : 4, x(cursor), line + 10], palette.ink);
  if (!compact) drawWords(pen, timeline, x, line + 22, words);
  else if (frozen) return;
}

function drawLoss(pen: Pen, loss: Drawable, x: (step: number) => number, foot: number): void {
  const { ctx, palette, width } = pen;
  const parts = columns(loss.extremes, (i) => loss.value(i), 0, loss.length, Math.round(width));
  if (parts.length < 2) return;
  const positive = parts.filter((part) => part.min > 0);
  const [low, high] = [Math.min(...positive.map((p) => p.min)), Math.max(...positive.map((p) => p.max))];
  const span = Math.log(high / low) || 1;
  const y = (value: number) => foot - (Math.log(Math.max(value, low) / low) / span) * (foot - 3);
  ctx.beginPath();
  parts.forEach((part, i) => {
    const at = x(loss.step(part.from));
    if (i === 0) ctx.moveTo(at, y(part.first));
    ctx.lineTo(at, y(part.min));
    ctx.lineTo(at, y(part.max));
    ctx.lineTo(x(loss.step(part.to)), y(part.last));
  });
  ctx.strokeStyle = palette.edge;
  ctx.lineWidth = 1;
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.stroke();
}

/** Words under the marks where there is room; what a person did or what went wrong before what the server did. */
function drawWords(
  pen: Pen,
  { marks, live, now, frozen, ended, side }: Timeline,
  x: (step: number) => number,
  y: number,
  words: Timeline['words'],
): void {
  const { palette, width } = pen;
  const taken: [number, number][] = [];
  const put = (label: string, at: number, color: string, font: 'tick' | 'label') => {
    const half = measure(pen, label, font) / 2;
    const center = Math.min(width - side - half + 8, Math.max(side + half - 8, at));
    if (taken.some(([from, to]) => center + half + 6 > from && center - half - 6 < to)) return;
    taken.push([center - half, center + half]);
    text(pen, label, center, y, { font, color, align: 'center' });
  };
  // Where the page is comes first; an end of the line that has no room beside it is left out.
  if (frozen) put(tick(now), x(now), palette.accent, 'tick');
  put(ended ? tick(live) : words.live, width - side, frozen ? palette.ink3 : palette.ink2, 'tick');
  put('0', side, palette.ink3, 'tick');
  for (const kind of ['diagnosis', 'command'] as const)
    for (const item of marks) if (item.kind === kind) put(item.words, x(item.step), palette.ink2, 'label');
  for (const item of marks) if (item.kind === 'checkpoint') put(words.checkpoint, x(item.step), palette.ink3, 'label');
}
