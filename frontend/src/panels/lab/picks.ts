/** Operations that look places up: which elements of the index tensor chose an element, checked against where it really came from. */
import { explained } from './relations';
import { numbersOf, ravel, size, unravel, valueAt, type Answer, type Op, type Ref } from './trace';

/** Tensors that say which elements are taken: inputs that give no element themselves. */
export function indexInputs(answer: Answer, op: Op): number[] {
  const ex = explained(op);
  if (ex.type !== 'movement' || !ex.sources) return [];
  return [...new Set(op.inputs)].filter((id) => !ex.sources!.inputs.includes(id) && /^(u?int|bool|long)/.test(answer.tensors[String(id)]?.dtype ?? ''));
}

/** The elements of the index tensors that chose an element of the result. */
export function chosenBy(answer: Answer, op: Op, out: Ref): Ref[] {
  const ex = explained(op);
  const which = op.outputs.indexOf(out.tensor);
  const map = ex.sources?.maps[which];
  if (!map) return [];
  const from = map.input[out.index] ?? -1;
  const source = from < 0 ? undefined : ex.sources!.inputs[from];
  const outShape = answer.tensors[String(out.tensor)]?.shape ?? [];
  return indexInputs(answer, op).flatMap((id): Ref[] => {
    const record = answer.tensors[String(id)];
    const numbers = record ? numbersOf(record) : null;
    if (!record || !numbers) return [];
    const place = source === undefined ? null : unravel(map.index[out.index]!, answer.tensors[String(source)]?.shape ?? []);
    const found = candidates(record.shape, outShape, out.index, record.dtype === 'bool' ? place : null, op, answer, source);
    const fits = found.filter((index) => {
      const value = valueAt(numbers, index);
      if (value === undefined) return false;
      if (record.dtype === 'bool') return op.name === 'where' || value === 1;
      return place === null || /^scatter/.test(op.name) || pointsAt(value, place, answer.tensors[String(source)]?.shape ?? [], map.index[out.index]!);
    });
    return fits.slice(0, 1).map((index) => ({ tensor: id, index }));
  });
}

/** Whether an index that was looked up is really where the element came from, along one axis or in reading order. */
function pointsAt(value: number, place: readonly number[], shape: readonly number[], flat: number): boolean {
  return place.some((at, axis) => at === value || at === value + (shape[axis] ?? 0)) || flat === value;
}

/** Places in the index tensor that may belong to a place of the result, the likeliest first. */
function candidates(shape: readonly number[], outShape: readonly number[], index: number, masked: readonly number[] | null, op: Op, answer: Answer, source: number | undefined): number[] {
  const place = unravel(index, outShape);
  const found: number[] = [];
  if (masked && op.name !== 'where') {
    if (shape.length <= masked.length) found.push(ravel(masked.slice(0, shape.length), shape));
    return found;
  }
  if (/^scatter/.test(op.name)) {
    const ex = explained(op);
    const at = ex.sources?.maps[0]?.index[index];
    const sourceShape = source === undefined ? [] : (answer.tensors[String(source)]?.shape ?? []);
    return source === ex.sources?.inputs[0] || at === undefined || size(sourceShape) !== size(shape) ? [] : [at];
  }
  // The same place; as torch.where, stretched to it.
  if (shape.length <= outShape.length) {
    const tail = place.slice(outShape.length - shape.length);
    if (tail.every((_, axis) => shape[axis] === 1 || shape[axis] === outShape[outShape.length - shape.length + axis])) found.push(ravel(tail.map((at, axis) => (shape[axis] === 1 ? 0 : at)), shape));
  }
  // Its axes stand somewhere among the result's.
  for (let axis = 0; axis + shape.length <= outShape.length; axis++)
    if (shape.every((length, i) => length === outShape[axis + i])) found.push(ravel(place.slice(axis, axis + shape.length), shape));
  return found;
}
