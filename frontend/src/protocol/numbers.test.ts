import { expect, it } from 'vitest';
import type { TensorData } from './index';
import { codes, count, values } from './numbers';

/** Bytes at an odd offset, as a message slice would have them. */
function sliced(source: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const message = new Uint8Array(bytes.length + 1);
  message.set(bytes, 1);
  return message.subarray(1);
}

it.each([
  ['float32', Float32Array.of(1.5, -2)],
  ['float64', Float64Array.of(1e300, -2)],
  ['int32', Int32Array.of(-7, 3)],
  ['uint16', Uint16Array.of(65535, 1)],
  ['uint32', Uint32Array.of(4294967295, 2)],
  ['uint8', Uint8Array.of(0, 255)],
  ['bool', Uint8Array.of(0, 1)],
] as const)('reads %s from unaligned bytes', (dtype, source) => {
  expect([...codes({ dtype, shape: [2], data: sliced(source) })]).toEqual([...source]);
});

it('reads int64 as exact numbers', () => {
  const data = sliced(BigInt64Array.of(-3n, 2n ** 40n));
  expect([...codes({ dtype: 'int64', shape: [2], data })]).toEqual([-3, 2 ** 40]);
});

it('reads JSON lists, with NaN for null', () => {
  expect([...codes({ dtype: 'float32', shape: [2], data: [1, null] })]).toEqual([1, NaN]);
});

it('applies lo and hi to pictures and decodes once', () => {
  const picture: TensorData = { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 51, 255), lo: -1, hi: 4 };
  const decoded = values(picture);
  [-1, 0, 4].forEach((want, i) => expect(decoded[i]).toBeCloseTo(want, 6));
  expect(values(picture)).toBe(decoded);
});

it('counts elements, one for a scalar', () => {
  expect(count([2, 3, 4])).toBe(24);
  expect(count([])).toBe(1);
});
