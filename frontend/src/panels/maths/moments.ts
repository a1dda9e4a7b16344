/** Mean and standard deviation of a histogram, each bin standing for its middle. */

export function moments(low: number, high: number, counts: ArrayLike<number>): { mean: number; std: number } {
  const width = (high - low) / counts.length;
  let [total, sum, squares] = [0, 0, 0];
  for (let i = 0; i < counts.length; i++) {
    const middle = low + (i + 0.5) * width;
    total += counts[i]!;
    sum += counts[i]! * middle;
    squares += counts[i]! * middle * middle;
  }
  if (total === 0) return { mean: NaN, std: NaN };
  const mean = sum / total;
  return { mean, std: Math.sqrt(Math.max(0, squares / total - mean * mean)) };
}
