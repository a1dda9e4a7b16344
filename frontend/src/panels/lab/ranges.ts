/**
 * The one range of colors that a tensor has, wherever on the page it is drawn.
 *
 * The rule: tensors whose numbers may be compared share a range. Views and copies of the same elements do, and what was written
 * in place; what is added, subtracted or compared does with its result, as do the largest, the smallest and the mean of a
 * tensor with it, unless one is so much larger that the other's colors would fade. Everything else has a range of its own.
 * Gradients never share one with values: their map is always signed, their range that of the picture they stand in.
 */
import { paintOf, type Paint } from './cells';
import { numbersOf, type Answer, type Op } from './trace';

/** How many times larger the largest number may be and still leave the other tensor its colors. */
const APART = 8;
const COMPARED = new Set([
  'add', 'sub', 'subtract', 'rsub', 'neg', 'negative', 'abs', 'absolute', 'maximum', 'minimum', 'clamp', 'clip', 'relu', 'ReLU', 'fmax', 'fmin', 'lerp',
  'round', 'floor', 'ceil', 'trunc', 'max', 'min', 'amax', 'amin', 'mean', 'median', 'reduce_max', 'reduce_min', 'reduce_mean', 'nanmean', 'kthvalue',
]);

const known = new WeakMap<Answer, Map<number, Paint>>();

export function paintFor(answer: Answer, id: number): Paint {
  let paints = known.get(answer);
  if (!paints) known.set(answer, (paints = paintsOf(answer)));
  return paints.get(id) ?? { signed: false, max: 0 };
}

/** That range, or a wider one where these numbers, newer or older than those of the trace, leave it. */
export function paintOver(answer: Answer, id: number | null | undefined, values: readonly number[]): Paint {
  const own = paintOf([values]);
  const known = typeof id === 'number' ? paintFor(answer, id) : own;
  return known.max >= own.max && (known.signed || !own.signed) ? known : own;
}

function paintsOf(answer: Answer): Map<number, Paint> {
  const own = new Map<number, Paint>();
  const parent = new Map<number, number>();
  const storages = new Map<number, number>();
  const root = (id: number): number => {
    let at = id;
    while (parent.get(at) !== at) at = parent.get(at)!;
    return at;
  };
  const join = (a: number | null | undefined, b: number | null | undefined, always: boolean): void => {
    if (typeof a !== 'number' || typeof b !== 'number' || !own.has(a) || !own.has(b)) return;
    const [left, right] = [root(a), root(b)];
    if (left === right) return;
    const [p, q] = [own.get(left)!, own.get(right)!];
    const [small, large] = [Math.min(p.max, q.max), Math.max(p.max, q.max)];
    if (!always && small > 0 && large > APART * small) return;
    parent.set(right, left);
    own.set(left, { signed: p.signed || q.signed, max: large });
  };
  for (const record of Object.values(answer.tensors)) {
    const numbers = numbersOf(record);
    const ends = [record.stats?.finite_min ?? record.stats?.min, record.stats?.finite_max ?? record.stats?.max].filter((end): end is number => typeof end === 'number');
    own.set(record.id, record.dtype === 'bool' ? { signed: false, max: 1 } : paintOf([numbers?.values ?? [], ends]));
    parent.set(record.id, record.id);
    if (typeof record.storage !== 'number' || record.dtype === 'bool') continue;
    const first = storages.get(record.storage);
    if (first === undefined) storages.set(record.storage, record.id);
    else join(first, record.id, true);
  }
  for (const op of answer.ops) joinOf(op, (a, b, always) => {
    const isBool = (id: number | null | undefined) => typeof id === 'number' && answer.tensors[String(id)]?.dtype === 'bool';
    if (!isBool(a) && !isBool(b)) join(a, b, always);
  });
  return new Map([...own.keys()].map((id) => [id, own.get(root(id))!]));
}

/** Which tensors of an operation may be compared. */
function joinOf(op: Op, join: (a: number | null | undefined, b: number | null | undefined, always: boolean) => void): void {
  const ex = op.explanation as { type?: string; sources?: { inputs: number[] }; tensors?: (number | null)[] } | null;
  switch (ex?.type) {
    case 'movement':
      for (const id of ex.sources?.inputs ?? op.inputs.slice(0, 1)) join(op.outputs[0], id, true);
      for (const id of /^(split|chunk|unbind|unstack|tensor_split|array_split|hsplit|vsplit)/.test(op.name) ? op.outputs : []) join(op.outputs[0], id, true);
      break;
    case 'inplace':
      join(ex.tensors?.[0], ex.tensors?.[1], true);
      break;
    default:
      if (COMPARED.has(op.name)) for (const id of op.inputs) join(op.outputs[0], id, false);
      else if (/^(eq|ne|lt|le|gt|ge|equal|not_equal|less|greater|less_equal|greater_equal|isclose)$/.test(op.name)) join(op.inputs[0], op.inputs[1], false);
  }
}
