/** Ridgelines: which moments to show, and each histogram as heights over one common axis. */

export interface Ridge {
  step: number;
  /** Heights 0..1 over the common axis; each row is scaled to its own peak. */
  heights: Float32Array;
}

export interface Histogram {
  step: number;
  low: number;
  high: number;
  counts: ArrayLike<number>;
}

/** At most `count` of the sorted steps, evenly spread, always with the first and the last. */
export function spreadSteps(steps: readonly number[], count: number): number[] {
  if (steps.length <= count) return [...steps];
  if (count < 2) return steps.length ? [steps.at(-1)!] : [];
  const first = steps[0]!;
  const last = steps.at(-1)!;
  const chosen = new Set<number>();
  let i = 0;
  for (let k = 0; k < count; k++) {
    const target = first + ((last - first) * k) / (count - 1);
    while (i + 1 < steps.length && Math.abs(steps[i + 1]! - target) <= Math.abs(steps[i]! - target)) i++;
    chosen.add(steps[i]!);
  }
  return [...chosen];
}

/** The common axis of several histograms: symmetric around zero, because zero is what people look for. */
export function symmetricRange(rows: readonly Histogram[]): number {
  let reach = 0;
  for (const { low, high, counts } of rows) {
    if (!hasCounts(counts)) continue;
    reach = Math.max(reach, Math.abs(low), Math.abs(high));
  }
  return reach || 1;
}

function hasCounts(counts: ArrayLike<number>): boolean {
  for (let i = 0; i < counts.length; i++) if (counts[i]) return true;
  return false;
}

/**
 * A histogram's density sampled at `samples` places of [-reach, reach]. Mass is spread evenly inside each bin, so
 * histograms of different widths can stand on the same axis; the peak becomes 1.
 */
export function ridge({ step, low, high, counts }: Histogram, reach: number, samples: number): Ridge {
  const heights = new Float32Array(samples);
  const cell = (2 * reach) / samples;
  const bins = counts.length;
  const width = (high - low) / bins;
  for (let b = 0; b < bins; b++) {
    const mass = counts[b]!;
    if (!mass) continue;
    const from = low + b * width;
    // All values equal: one needle.
    const to = width > 0 ? from + width : from;
    const a = Math.max(0, (from + reach) / cell);
    const z = Math.min(samples, (to + reach) / cell);
    if (z - a < 1e-9) {
      const i = Math.min(samples - 1, Math.max(0, Math.floor(a)));
      heights[i]! += mass;
      continue;
    }
    for (let i = Math.floor(a); i < Math.min(samples, Math.ceil(z)); i++) {
      const overlap = Math.min(z, i + 1) - Math.max(a, i);
      if (overlap > 0) heights[i]! += (mass * overlap) / (z - a);
    }
  }
  let peak = 0;
  for (const height of heights) peak = Math.max(peak, height);
  if (peak > 0) for (let i = 0; i < samples; i++) heights[i]! /= peak;
  return { step, heights };
}
