/** One metric of a job as a curve that can be drawn at any zoom: extremes and smoothing grow with the column. */
import type { Columns } from '../../state/columns';
import { Extremes } from './extremes';
import { Smoothed } from './smoothing';

/** What a chart needs to know of a line. */
export interface Drawable {
  readonly length: number;
  step(index: number): number;
  value(index: number): number;
  /** Last index whose step is at most `step`; -1 if there is none. */
  indexAt(step: number): number;
  readonly extremes: Extremes;
}

/** A column of the job's metrics, followed while it grows and while rewinds cut it. */
export class ColumnSeries implements Drawable {
  readonly extremes: Extremes;
  #columns: Columns | null = null;
  #values: Float32Array = new Float32Array(0);
  #steps: Int32Array = new Int32Array(0);
  #branch: unknown = null;
  #smooth: { line: Smoothed; extremes: Extremes } | null = null;

  constructor(readonly name: string) {
    this.extremes = new Extremes((i) => this.#values[i]!);
  }

  get length(): number {
    return this.#values.length;
  }

  step(index: number): number {
    return this.#steps[index]!;
  }

  value(index: number): number {
    return this.#values[index]!;
  }

  indexAt(step: number): number {
    return this.#columns?.indexAt(step) ?? -1;
  }

  /** Takes in what is new. `branch` changes with every rewind, after which nothing known may be trusted. */
  follow(columns: Columns, branch: unknown): this {
    if (columns !== this.#columns || branch !== this.#branch) {
      this.extremes.resize(0);
      this.#smooth = null;
    }
    this.#columns = columns;
    this.#branch = branch;
    this.#values = columns.column(this.name) ?? new Float32Array(0);
    this.#steps = columns.steps;
    this.extremes.resize(this.#values.length);
    return this;
  }

  /** The same curve after the bias-corrected exponential average; factor 0 is the curve itself. */
  smoothed(factor: number): Drawable {
    if (factor <= 0) return this;
    if (this.#smooth?.line.factor !== factor) {
      const line = new Smoothed((i) => this.#values[i]!, factor);
      this.#smooth = { line, extremes: new Extremes((i) => line.value(i)) };
    }
    const { line, extremes } = this.#smooth;
    line.resize(this.length);
    extremes.resize(this.length);
    return {
      length: this.length,
      step: (i) => this.step(i),
      value: (i) => line.value(i),
      indexAt: (step) => this.indexAt(step),
      extremes,
    };
  }
}

/** A few points with their steps: evaluations. */
export function sparse(points: readonly { step: number; value: number }[]): Drawable {
  const extremes = new Extremes((i) => points[i]!.value);
  extremes.resize(points.length);
  return {
    length: points.length,
    step: (i) => points[i]!.step,
    value: (i) => points[i]!.value,
    indexAt: (step) => points.findLastIndex((point) => point.step <= step),
    extremes,
  };
}
