/** Where a person looks: one step under the pointer, one zoom and one smoothing for every chart of the page. */

/** Least number of steps a chart shows. */
const CLOSEST = 4;

/** From how many steps on which factor: about a fiftieth of the job is averaged, in few jumps. */
const FACTORS = [
  [0, 0],
  [40, 0.5],
  [200, 0.8],
  [500, 0.9],
  [1500, 0.97],
] as const;

export class Focus {
  /** The step under the pointer, in any chart or map. */
  cursor = $state<number | null>(null);
  /** Steps shown, from and to; null is everything so far. */
  zoom = $state.raw<readonly [number, number] | null>(null);
  /** Factor of the exponential average that the person has chosen; null leaves it to the length of the job. */
  chosen = $state<number | null>(null);
  /** The layer whose distributions are shown, by position among those with weights. */
  layer = $state<number | null>(null);

  /** The factor in force; 0 shows the measured values alone. Few steps are smoothed less, or the line would lag. */
  smoothing(live: number): number {
    return this.chosen ?? FACTORS.findLast(([steps]) => live >= steps)?.[1] ?? 0;
  }

  /** The steps that a chart shows when the job has come to `live`. */
  window(live: number): readonly [number, number] {
    return this.zoom ?? [0, Math.max(1, live)];
  }

  /** Brings `share` times as many steps into view, with the step at the pointer staying where it is. */
  scale(share: number, at: number, live: number): void {
    const [from, to] = this.window(live);
    const span = Math.max(CLOSEST, (to - from) * share);
    if (span >= live) {
      this.zoom = null;
      return;
    }
    this.#set(at - ((at - from) / (to - from)) * span, span, live);
  }

  pan(steps: number, live: number): void {
    if (!this.zoom) return;
    const [from, to] = this.zoom;
    this.#set(from + steps, to - from, live);
  }

  select(a: number, b: number, live: number): void {
    const [from, to] = a < b ? [a, b] : [b, a];
    this.#set(from, Math.max(CLOSEST, to - from), live);
  }

  reset(): void {
    this.zoom = null;
  }

  #set(from: number, span: number, live: number): void {
    const start = Math.min(Math.max(0, from), Math.max(0, live - span));
    this.zoom = [start, start + span];
  }
}
