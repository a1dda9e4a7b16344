import { describe, expect, it } from 'vitest';
import { axes, featureMap, featureWords } from './planeFeatures';

describe('features of the plane', () => {
  it('are computed as the dataset computes them, lowest y first', () => {
    const map = featureMap(['x1', 'x1_x2', 'sin_x2'], 1, [-2, 2], [-1, 3], 3)!;
    expect([...map]).toEqual([2, -0, -2, -2, 0, 2, -6, 0, 6]);
    expect(featureMap(['x1', 'x1_x2', 'sin_x2'], 2, [0, 1], [0, 1], 2)![2]).toBeCloseTo(Math.sin(1));
  });

  it('of any two columns are the two coordinates', () => {
    expect([...featureMap(['x0', 'x1'], 1, [0, 1], [5, 6], 2)!]).toEqual([5, 5, 6, 6]);
    expect([...featureMap(['width', 'height'], 0, [0, 1], [5, 6], 2)!]).toEqual([0, 1, 0, 1]);
    expect(featureMap(['a', 'b', 'c'], 0, [0, 1], [0, 1])).toBeNull();
    expect(axes(['x0', 'x1'])).toEqual(['x₀', 'x₁']);
    expect(axes(['sin_x1'])).toEqual(['x₁', 'x₂']);
    expect(axes(['width', 'height'])).toEqual(['width', 'height']);
    expect(featureWords('x2_squared')).toBe('x₂²');
    expect(featureWords('petal')).toBe('petal');
  });
});
