/** A drawing as MNIST would have it: fitted into 20 by 20, centered by mass in 28 by 28, values 0 to 255. */

/** Side of an MNIST image, and of the box that its digit is fitted into (LeCun et al., 1998). */
const SIDE = 28;
const FIT = 20;

/** Sums of everything above and to the left, so that any area is four look-ups. */
function sums(ink: ArrayLike<number>, width: number, height: number): Float64Array {
  const table = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += ink[y * width + x]!;
      table[(y + 1) * (width + 1) + x + 1] = table[y * (width + 1) + x + 1]! + row;
    }
  }
  return table;
}

/**
 * `ink` holds width * height values 0..255, 0 where nothing was drawn. Returns 28 * 28 values, or null for an empty sheet.
 */
export function normalizeDigit(ink: ArrayLike<number>, width: number, height: number): Float32Array | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  let [mass, mx, my] = [0, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x]!;
      if (!value) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += value;
      mx += value * (x + 0.5);
      my += value * (y + 0.5);
    }
  if (right < 0) return null;
  const [cx, cy] = [mx / mass, my / mass];
  /** Source pixels per target pixel. */
  const zoom = Math.max(right - left + 1, bottom - top + 1) / FIT;
  const table = sums(ink, width, height);
  const stride = width + 1;
  /** The table between its entries is bilinear, which makes every area exact. */
  const at = (x: number, y: number) => {
    const u = Math.min(width, Math.max(0, x));
    const v = Math.min(height, Math.max(0, y));
    const [i, j] = [Math.min(width - 1, Math.floor(u)), Math.min(height - 1, Math.floor(v))];
    const [f, g] = [u - i, v - j];
    const k = j * stride + i;
    return (
      table[k]! * (1 - f) * (1 - g) +
      table[k + 1]! * f * (1 - g) +
      table[k + stride]! * (1 - f) * g +
      table[k + stride + 1]! * f * g
    );
  };
  const image = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const x0 = cx + (column - SIDE / 2) * zoom;
      const y0 = cy + (row - SIDE / 2) * zoom;
      const [x1, y1] = [x0 + zoom, y0 + zoom];
      const inside = at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0);
      image[row * SIDE + column] = Math.min(255, inside / (zoom * zoom));
    }
  return image;
}
