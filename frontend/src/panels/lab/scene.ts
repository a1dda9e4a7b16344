/** A picture as a list of keyed marks, and the picture between two of them: what has the same key travels. */
import type { Ref } from './trace';

/** A CSS color or one of the tokens, as `var(--…)`. */
export type Color = string;

export interface CellMark {
  kind: 'cell';
  key: string;
  x: number;
  y: number;
  w: number;
  h: number;
  fill?: Color;
  ink?: Color;
  text?: string;
  look?: 'plain' | 'ghost' | 'nan' | 'inf' | 'box' | 'strip' | 'open' | 'padding';
  stroke?: Color;
  small?: string;
  /** Steps back behind the others; its number stays legible. */
  dim?: boolean;
  ref?: Ref;
  opacity?: number;
}

export interface TextMark {
  kind: 'text';
  key: string;
  x: number;
  y: number;
  text: string;
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  color?: Color;
  mono?: boolean;
  bold?: boolean;
  opacity?: number;
}

export interface ArrowMark {
  kind: 'arrow';
  key: string;
  /** Points that the line runs through; three or more bend it. */
  points: readonly (readonly [number, number])[];
  color?: Color;
  dashed?: boolean;
  head?: boolean;
  width?: number;
  curved?: boolean;
  opacity?: number;
  /** What pressing it chooses. */
  pick?: string;
}

export interface RectMark {
  kind: 'rect';
  key: string;
  x: number;
  y: number;
  w: number;
  h: number;
  r?: number;
  fill?: Color;
  stroke?: Color;
  dashed?: boolean;
  width?: number;
  opacity?: number;
  pick?: string;
}

export interface CurveMark {
  kind: 'curve';
  key: string;
  points: readonly (readonly [number, number])[];
  color?: Color;
  dashed?: boolean;
  width?: number;
  opacity?: number;
}

export interface DotMark {
  kind: 'dot';
  key: string;
  x: number;
  y: number;
  r: number;
  color?: Color;
  ref?: Ref;
  opacity?: number;
}

/** A matrix as colors, each number a square of whole pixels. */
export interface PictureMark {
  kind: 'picture';
  key: string;
  x: number;
  y: number;
  w: number;
  h: number;
  columns: number;
  /** One color per number, row by row. */
  fills: readonly Color[];
  /** What a square stands for, where it can be chosen. */
  tensor?: number;
  index?: (row: number, column: number) => number;
  opacity?: number;
}

export type Mark = PictureMark | CellMark | TextMark | ArrowMark | RectMark | CurveMark | DotMark;

export interface Stage {
  /** Key of its name in the dictionary. */
  name: StageName;
  marks: readonly Mark[];
  /** The picture in words. */
  words: string;
}

export type StageName =
  | 'align' | 'stretch' | 'result' | 'backward' | 'source' | 'travel' | 'memory' | 'gather' | 'collapse' | 'operands'
  | 'sum' | 'before' | 'after' | 'sample' | 'histogram' | 'curve' | 'slope' | 'jacobian' | 'conflict'
  | 'closely' | 'picks' | 'shares' | 'statistics' | 'gradient';

export interface Size {
  width: number;
  height: number;
}

/** How much room marks take, from the origin. */
export function sizeOf(marks: readonly Mark[]): Size {
  let width = 0;
  let height = 0;
  const reach = (x: number, y: number) => {
    if (x > width) width = x;
    if (y > height) height = y;
  };
  for (const mark of marks) {
    switch (mark.kind) {
      case 'cell':
      case 'picture':
      case 'rect':
        reach(mark.x + mark.w, mark.y + mark.h);
        break;
      case 'text': {
        const wide = textWidth(mark.text, mark.size ?? 12, mark.mono);
        reach(mark.x + (mark.anchor === 'end' ? 0 : mark.anchor === 'middle' ? wide / 2 : wide), mark.y + 4);
        break;
      }
      case 'dot':
        reach(mark.x + mark.r, mark.y + mark.r);
        break;
      default:
        for (const [x, y] of mark.points) reach(x + 4, y + 4);
    }
  }
  return { width, height };
}

/** About how wide a text is: near enough to keep marks apart. */
export function textWidth(text: string, size: number, mono = false): number {
  let width = 0;
  for (const letter of text) width += letter.codePointAt(0)! > 0x2e80 ? 1 : mono ? 0.625 : 0.54;
  return width * size;
}

export function shift<T extends Mark>(marks: readonly T[], dx: number, dy: number): T[] {
  return marks.map((mark) =>
    'points' in mark
      ? { ...mark, points: mark.points.map(([x, y]) => [x + dx, y + dy] as const) }
      : { ...mark, x: mark.x + dx, y: mark.y + dy },
  );
}

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
/** cubic-bezier(.3, 0, .1, 1) is close to this. */
export const ease = (t: number): number => (t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2);

/** Share of a stage's time by which the last mark starts later than the first. */
const STAGGER = 0.45;

/** The picture at `t` (0..1) of the way from one list of marks to another. */
export function between(from: readonly Mark[], to: readonly Mark[], t: number): readonly Mark[] {
  if (t <= 0) return from;
  if (t >= 1) return to;
  const before = new Map(from.map((mark) => [mark.key, mark]));
  const after = new Set(to.map((mark) => mark.key));
  const made: Mark[] = [];
  for (const mark of from) if (!after.has(mark.key)) made.push({ ...mark, opacity: (mark.opacity ?? 1) * Math.max(0, 1 - t * 2.5) });
  const moving = to.filter((mark) => mark.kind === 'cell' && before.has(mark.key)).length;
  let order = 0;
  for (const mark of to) {
    const old = before.get(mark.key);
    if (!old || old.kind !== mark.kind) {
      made.push({ ...mark, opacity: (mark.opacity ?? 1) * Math.max(0, Math.min(1, t * 2.5 - 1.2)) });
      continue;
    }
    const delay = mark.kind === 'cell' && moving > 1 ? (STAGGER * order++) / (moving - 1) : 0;
    const local = ease(Math.min(1, Math.max(0, (t - delay) / (1 - STAGGER))));
    made.push(blend(old, mark, mark.kind === 'cell' && moving > 1 ? local : ease(t)));
  }
  return made;
}

function blend(a: Mark, b: Mark, t: number): Mark {
  const opacity = mix(a.opacity ?? 1, b.opacity ?? 1, t);
  if ((a.kind === 'cell' && b.kind === 'cell') || (a.kind === 'rect' && b.kind === 'rect'))
    return { ...(t < 0.5 && a.kind === 'cell' ? { ...b, ...textOf(a) } : b), x: mix(a.x, b.x, t), y: mix(a.y, b.y, t), w: mix(a.w, b.w, t), h: mix(a.h, b.h, t), opacity } as Mark;
  if ((a.kind === 'text' && b.kind === 'text') || (a.kind === 'dot' && b.kind === 'dot'))
    return { ...b, x: mix(a.x, b.x, t), y: mix(a.y, b.y, t), opacity } as Mark;
  return { ...b, opacity };
}

function textOf(cell: CellMark): Partial<CellMark> {
  return { text: cell.text, fill: cell.fill, ink: cell.ink, look: cell.look };
}
