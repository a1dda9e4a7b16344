/** Tensors from the wire as typed arrays that panels can draw. */
import type { TensorData } from './index';

export type Numbers =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

type DType = TensorData['dtype'];

const known = new WeakMap<TensorData, Numbers>();

/** The bytes as numbers, aligned; int64 becomes float64, which holds every count and class exactly. */
function fromBytes(dtype: DType, bytes: Uint8Array): Numbers {
  // Typed arrays need an aligned start, which a slice of a message seldom has.
  const buffer = bytes.slice().buffer;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer);
  }
}

function fromList(dtype: DType, list: (number | null)[]): Numbers {
  const values = list.map((value) => (value === null ? NaN : Number(value)));
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint16':
      return Uint16Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    case 'float64':
    case 'int64':
      return Float64Array.from(values);
  }
}

/** The stored numbers in C order: for pictures the codes 0..255. Decoded once for each tensor. */
export function codes(tensor: TensorData): Numbers {
  let numbers = known.get(tensor);
  if (!numbers) {
    const { dtype, data } = tensor;
    numbers = data instanceof Uint8Array ? fromBytes(dtype, data) : fromList(dtype, data);
    known.set(tensor, numbers);
  }
  return numbers;
}

const decoded = new WeakMap<TensorData, Float32Array>();

/** The values that the tensor stands for, with `lo` and `hi` applied. */
export function values(tensor: TensorData): Numbers {
  const { lo, hi } = tensor;
  const stored = codes(tensor);
  if (lo === null || lo === undefined || hi === null || hi === undefined) return stored;
  let result = decoded.get(tensor);
  if (!result) {
    const scale = (hi - lo) / 255;
    result = Float32Array.from(stored, (code) => lo + code * scale);
    decoded.set(tensor, result);
  }
  return result;
}

/** How many numbers a shape holds. */
export function count(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
