/** Minimum and maximum of a growing series at every scale, so that a chart of a million points reads a few thousand. */

/** Values per bucket of the next coarser level. */
const FAN = 16;

/** Numbers that grow at the end and can be cut there. */
export class Growing {
  #data: Float32Array;
  length = 0;

  constructor(capacity = 256) {
    this.#data = new Float32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Float32Array(this.#data.length * 2);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }

  at(index: number): number {
    return this.#data[index]!;
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  cut(length: number): void {
    this.length = Math.min(this.length, length);
  }
}

/** A tree of bucket extremes over a series. What is not finite counts as not measured. */
export class Extremes {
  #levels: { min: Growing; max: Growing }[] = [];
  length = 0;

  constructor(private readonly at: (index: number) => number) {}

  /** Takes in everything before `length`; a smaller length forgets what is after it. */
  resize(length: number): void {
    if (length < this.length) this.#cut(length);
    for (let i = this.length; i < length; i++) this.#add(i, this.at(i));
    this.length = length;
  }

  #add(index: number, value: number): void {
    const finite = Number.isFinite(value);
    let position = index;
    for (let depth = 0; ; depth++) {
      const bucket = Math.floor(position / FAN);
      let level = this.#levels[depth];
      if (!level) {
        if (position < FAN) return;
        level = this.#grow(depth);
      }
      if (bucket === level.min.length) {
        level.min.push(finite ? value : Infinity);
        level.max.push(finite ? value : -Infinity);
      } else if (finite) {
        if (value < level.min.at(bucket)) level.min.set(bucket, value);
        if (value > level.max.at(bucket)) level.max.set(bucket, value);
      }
      position = bucket;
    }
  }

  /** The first bucket of a new level is what the level below held so far. */
  #grow(depth: number): { min: Growing; max: Growing } {
    const level = { min: new Growing(), max: new Growing() };
    const [low, high] = this.#scan(depth - 1, 0, FAN);
    level.min.push(low);
    level.max.push(high);
    this.#levels[depth] = level;
    return level;
  }

  #cut(length: number): void {
    this.length = length;
    let below = length;
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const { min, max } = this.#levels[depth]!;
      const whole = Math.floor(below / FAN);
      min.cut(whole);
      max.cut(whole);
      if (below % FAN) {
        const [low, high] = this.#scan(depth - 1, whole * FAN, below);
        min.push(low);
        max.push(high);
      }
      below = min.length;
      if (below === 0) {
        this.#levels.length = depth;
        return;
      }
    }
  }

  /** Extremes of entries `from` to `to` of one level; level -1 is the series itself. */
  #scan(depth: number, from: number, to: number): [number, number] {
    let low = Infinity;
    let high = -Infinity;
    if (depth < 0) {
      for (let i = from; i < to; i++) {
        const value = this.at(i);
        if (!Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    } else {
      const { min, max } = this.#levels[depth]!;
      for (let i = from; i < Math.min(to, min.length); i++) {
        if (min.at(i) < low) low = min.at(i);
        if (max.at(i) > high) high = max.at(i);
      }
    }
    return [low, high];
  }

  /** Exact extremes of the values `from` (inclusive) to `to` (exclusive); [Infinity, -Infinity] where none is finite. */
  range(from: number, to: number): [number, number] {
    let low = Infinity;
    let high = -Infinity;
    const take = (depth: number, a: number, b: number) => {
      const [l, h] = this.#scan(depth, a, b);
      if (l < low) low = l;
      if (h > high) high = h;
    };
    let a = Math.max(0, from);
    let b = Math.min(this.length, to);
    let depth = -1;
    while (a < b) {
      const up = this.#levels[depth + 1];
      const firstWhole = Math.ceil(a / FAN);
      const lastWhole = Math.floor(b / FAN);
      if (!up || firstWhole >= lastWhole) {
        take(depth, a, b);
        break;
      }
      take(depth, a, firstWhole * FAN);
      take(depth, lastWhole * FAN, b);
      a = firstWhole;
      b = lastWhole;
      depth += 1;
    }
    return [low, high];
  }
}

/** One column of pixels: what the series did inside it. */
export interface Column {
  /** Index of the first and of the last value in it. */
  from: number;
  to: number;
  first: number;
  last: number;
  min: number;
  max: number;
}

/**
 * Cuts `from..to` into at most `count` columns, each with its first, last, least and greatest finite value.
 * Columns in which nothing is finite are left out; the first and the last value of the range are always in one.
 */
export function columns(
  extremes: Extremes,
  at: (index: number) => number,
  from: number,
  to: number,
  count: number,
): Column[] {
  const result: Column[] = [];
  const total = to - from;
  if (total <= 0 || count <= 0) return result;
  const width = Math.max(1, total / count);
  for (let start = from, i = 1; start < to; i++) {
    const end = Math.min(to, Math.max(start + 1, Math.round(from + i * width)));
    const [min, max] = extremes.range(start, end);
    if (min <= max) {
      let first = start;
      while (!Number.isFinite(at(first))) first++;
      let last = end - 1;
      while (!Number.isFinite(at(last))) last--;
      result.push({ from: first, to: last, first: at(first), last: at(last), min, max });
    }
    start = end;
  }
  return result;
}
