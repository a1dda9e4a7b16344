/** What the model is given of a point (x1, x2), by the names that the dataset uses, and how they are written. */

type Feature = (x: number, y: number) => number;

const FEATURES: Record<string, [words: string, value: Feature]> = {
  x0: ['x₀', (x) => x],
  x1: ['x₁', (x) => x],
  x2: ['x₂', (_, y) => y],
  x1_squared: ['x₁²', (x) => x * x],
  x2_squared: ['x₂²', (_, y) => y * y],
  x1_x2: ['x₁x₂', (x, y) => x * y],
  sin_x1: ['sin x₁', (x) => Math.sin(x)],
  sin_x2: ['sin x₂', (_, y) => Math.sin(y)],
};

export function featureWords(name: string): string {
  return FEATURES[name]?.[0] ?? name;
}

/** The two coordinates of the plane, in order. */
export function axes(names: readonly string[]): [string, string] {
  // Names of a plane that begins at x0 count from zero.
  return names.includes('x0') ? ['x₀', 'x₁'] : names.some((name) => name in FEATURES) ? ['x₁', 'x₂'] : [names[0] ?? 'x₁', names[1] ?? 'x₂'];
}

/** A feature over the plane, row 0 at the lowest y; null where the name says nothing about the coordinates. */
export function featureMap(
  names: readonly string[],
  index: number,
  [x0, x1]: readonly [number, number],
  [y0, y1]: readonly [number, number],
  side = 24,
): Float32Array | null {
  const name = names[index] ?? '';
  const known = FEATURES[name]?.[1];
  const plain: Feature | undefined = names.length === 2 ? (index === 0 ? (x) => x : (_, y) => y) : undefined;
  const feature = names.length === 2 && names[0] === 'x0' ? plain : (known ?? plain);
  if (!feature) return null;
  return Float32Array.from({ length: side * side }, (_, i) =>
    feature(x0 + ((i % side) / (side - 1)) * (x1 - x0), y0 + (Math.floor(i / side) / (side - 1)) * (y1 - y0)),
  );
}
