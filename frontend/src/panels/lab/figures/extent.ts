/** How far a mark reaches along both axes, and where no margin is wanted: at the foot of bars, around images. */
import { assertNever } from '../../../protocol';
import type { components } from '../../../protocol/schema.gen';
import { toNumber } from '../trace';
import type { FigureAxes } from './axis';

export type FigureMark = FigureAxes['marks'][number];
type Numbers = components['schemas']['LineMark']['x'];

export const numbers = (list: Numbers | null | undefined): number[] => (list ?? []).map(toNumber);
/** The number of a list that stands for one point: the only one, or its own. */
export const own = <T>(list: readonly T[], i: number): T => (list.length === 1 ? list[0]! : list[i]!);

export class Extent {
  low = Infinity;
  high = -Infinity;
  /** Numbers at which the axis ends without a margin. */
  readonly tight = new Set<number>();

  constructor(readonly isLog: boolean) {}

  add(values: Iterable<number>): void {
    for (const value of values) {
      if (!Number.isFinite(value) || (this.isLog && value <= 0)) continue;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
  }

  /** Both ends, a twentieth further out where there is room. */
  ends(): [number, number] {
    if (this.low > this.high) return this.isLog ? [1, 10] : [0, 1];
    let { low, high } = this;
    if (this.isLog) {
      const pad = (Math.log10(high) - Math.log10(low)) * 0.05 || 0.5;
      return [10 ** (Math.log10(low) - pad), 10 ** (Math.log10(high) + pad)];
    }
    const pad = (high - low) * 0.05 || Math.abs(high) * 0.055 || 0.055;
    if (!this.tight.has(low) || low === high) low -= pad;
    if (!this.tight.has(high) || this.low === high) high += pad;
    return [low, high];
  }
}

function* pairs(values: readonly number[], low: readonly number[], high: readonly number[]): Generator<number> {
  for (const [i, value] of values.entries()) {
    yield value - (low[i] ?? 0);
    yield value + (high[i] ?? 0);
  }
}

export function reach(mark: FigureMark, x: Extent, y: Extent): void {
  switch (mark.kind) {
    case 'line':
    case 'points':
    case 'area':
      x.add(numbers(mark.x));
      y.add(numbers(mark.y));
      return;
    case 'bars': {
      const [along, across] = mark.lying ? [y, x] : [x, y];
      const [start, width, base, height] = [mark.x, mark.width, mark.base, mark.height].map(numbers) as [number[], number[], number[], number[]];
      along.add(pairs(start, [], width));
      across.add(base);
      across.add(base.map((foot, i) => foot + height[i]!));
      for (const foot of base) across.tight.add(foot);
      return;
    }
    case 'image':
    case 'contour':
      for (const [axis, list] of [[x, numbers(mark.x)], [y, numbers(mark.y)]] as const) {
        axis.add(list);
        axis.tight.add(Math.min(...list)).add(Math.max(...list));
      }
      return;
    case 'surface':
      x.add(mark.x.flatMap(numbers));
      y.add(mark.y.flatMap(numbers));
      return;
    case 'errors':
      x.add(pairs(numbers(mark.x), numbers(mark.left), numbers(mark.right)));
      y.add(pairs(numbers(mark.y), numbers(mark.down), numbers(mark.up)));
      return;
    case 'rules': {
      const [along, across] = mark.axis === 'x' ? [x, y] : [y, x];
      along.add(numbers(mark.at));
      across.add([...numbers(mark.low), ...numbers(mark.high)]);
      return;
    }
    case 'words':
      if (mark.place === 'data' && mark.to) {
        x.add([toNumber(mark.x), toNumber(mark.to[0])]);
        y.add([toNumber(mark.y), toNumber(mark.to[1])]);
      }
      return;
    case 'stems':
      x.add(numbers(mark.x));
      y.add([...numbers(mark.y), mark.base]);
      return;
    case 'pie':
      for (const axis of [x, y]) {
        axis.add([-1.25, 1.25]);
        axis.tight.add(-1.25).add(1.25);
      }
      return;
    case 'boxes': {
      const [along, across] = mark.lying ? [y, x] : [x, y];
      along.add(numbers(mark.at).flatMap((at) => [at - 0.5, at + 0.5]));
      across.add(mark.boxes.flatMap((box) => [box.low, box.high, ...numbers(box.fliers)]));
      return;
    }
    case 'arrows': {
      const ends = (at: number[], by: number[]): number[] => at.flatMap((value, i) => (mark.exact ? [value, value + by[i]!] : [value]));
      x.add(ends(numbers(mark.x), numbers(mark.u)));
      y.add(ends(numbers(mark.y), numbers(mark.v)));
      return;
    }
    case 'note':
      return;
    default:
      assertNever(mark);
  }
}
