/** Labels at the ends of lines: as near to their lines as they can be, and never closer than `gap` to each other. */

/**
 * New positions for `wanted` (any order) with at least `gap` between neighbors, inside [low, high] where they fit.
 * The sum of squared displacements is least: isotonic regression of `wanted[i] - i * gap` (Ayer et al., 1955).
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const blocks: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let block = { sum: wanted[index]! - rank * gap, count: 1 };
    for (let before = blocks.at(-1); before; before = blocks.at(-1)) {
      if (before.sum / before.count <= block.sum / block.count) break;
      block = { sum: before.sum + block.sum, count: before.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  });
  const top = Math.max(low, high - (wanted.length - 1) * gap);
  const result = new Array<number>(wanted.length);
  let rank = 0;
  for (const { sum, count } of blocks) {
    const base = Math.min(top, Math.max(low, sum / count));
    for (let i = 0; i < count; i++, rank++) result[order[rank]!] = base + rank * gap;
  }
  return result;
}
