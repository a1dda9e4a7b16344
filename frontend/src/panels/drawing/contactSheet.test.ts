import { expect, it } from 'vitest';
import { sheetGrid } from './contactSheet';

it('fits all images into the box, at a whole-number scale where there is room', () => {
  for (const [count, width, height, side] of [[32, 640, 400, 28], [6, 300, 300, 5], [64, 300, 200, 28]] as const) {
    const { across, tile, pitch } = sheetGrid(count, width, height, side);
    const down = Math.ceil(count / across);
    expect(across * pitch - 6).toBeLessThanOrEqual(width);
    expect(down * pitch - 6).toBeLessThanOrEqual(height);
    if (tile >= side) expect(tile % side).toBe(0);
  }
});
