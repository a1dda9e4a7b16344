/** Which elements made an element, as the explanation of the operation tells; and the sum written out in numbers. */
import { say, signed } from './cells';
import { chosenBy } from './picks';
import { expressionOf, expressionsOf, isAtomic, shortened, textOf } from './spans';
import { numbersOf, ravel, refKey, shapeText, size, unravel, valueAt, type Answer, type Identity, type Op, type Ref } from './trace';

/** How operators are written; other operations are written as calls. */
const SIGNS: Record<string, string> = {
  add: '+', sub: '−', subtract: '−', mul: '×', multiply: '×', div: '÷', divide: '÷', true_divide: '÷', truediv: '÷', pow: '**', power: '**',
  floor_divide: '//', remainder: '%', eq: '==', ne: '≠', lt: '<', le: '≤', gt: '>', ge: '≥', maximum: 'max', minimum: 'min',
  equal: '==', greater: '>', less: '<', add_: '+', sub_: '−', mul_: '×', div_: '÷', matmul: '@',
};
export const signOf = (name: string): string => SIGNS[name] ?? name;

interface Explained {
  type?: string;
  aligned?: number[][];
  result?: number[] | null;
  axes?: number[];
  shape?: number[];
  keepdim?: boolean;
  sources?: { inputs: number[]; maps: { input: number[]; index: number[] }[] };
  equation?: string;
  kernel?: number[];
  stride?: number[];
  padding?: (number | string)[];
  dilation?: number[];
  groups?: number;
  reduce?: string;
  tensors?: (number | null)[];
  operands?: number[];
  added?: number | null;
  last?: boolean;
  transposed?: boolean;
}

export const explained = (op: Op): Explained => (op.explanation ?? {}) as Explained;

/** A place of the broadcast result as the place of an input that was aligned with it. */
export function broadcastPlace(index: number, result: readonly number[], aligned: readonly number[]): number {
  const place = unravel(index, result);
  return ravel(
    place.map((at, axis) => (aligned[axis] === 1 ? 0 : at)),
    aligned,
  );
}

/** The input places that each output place gathers when these axes collapse. */
export function gathered(outIndex: number, shape: readonly number[], axes: readonly number[]): number[] {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const outer = unravel(
    outIndex,
    kept.map((axis) => shape[axis]!),
  );
  const inner = axes.map((axis) => shape[axis]!);
  return Array.from({ length: size(inner) }, (_, n) => {
    const along = unravel(n, inner);
    const place = new Array<number>(shape.length);
    kept.forEach((axis, i) => (place[axis] = outer[i]!));
    axes.forEach((axis, i) => (place[axis] = along[i]!));
    return ravel(place, shape);
  });
}

/** Whether every element keeps a result of its own: a sum or product that runs along an axis. */
const isRunning = (ex: Explained): boolean => ex.result !== undefined && ex.result !== null && ex.shape !== undefined && size(ex.result) === size(ex.shape) && size((ex.axes ?? []).map((axis) => ex.shape![axis]!)) > 1;

/** The input places that a result of a reduction took: all along its axes, or of one that runs, those up to it. */
export function gatheredBy(op: Op, outIndex: number): number[] {
  const ex = explained(op);
  if (!isRunning(ex)) return gathered(outIndex, ex.shape!, ex.axes!);
  const place = unravel(outIndex, ex.shape!);
  const axis = ex.axes![0] ?? 0;
  return Array.from({ length: (place[axis] ?? 0) + 1 }, (_, along) => ravel(place.map((at, i) => (i === axis ? along : at)), ex.shape!));
}

/** The one input place that an argmax or argmin points at. */
export function takes(answer: Answer, op: Op, out: Ref): number | null {
  const ex = explained(op);
  const map = ex.sources?.maps[Math.max(0, op.outputs.indexOf(out.tensor))];
  if (map) return map.index[out.index] ?? null;
  if (!/^(nan)?arg(max|min)$/.test(op.name) || !ex.shape || !ex.axes) return null;
  const at = elementValue(answer, out);
  return at === undefined ? null : (gathered(out.index, ex.shape, ex.axes)[at] ?? null);
}

/** An einsum equation with its letters told apart: operands, result, and how long each letter's axis is. */
export interface Equation {
  operands: string[][];
  result: string[];
  sizes: Map<string, number>;
  summed: string[];
}

export function readEquation(equation: string, shapes: readonly (readonly number[])[]): Equation | null {
  const [left, right] = equation.replaceAll(' ', '').split('->');
  if (left === undefined) return null;
  const parts = left.split(',');
  if (parts.length > shapes.length) return null;
  const sizes = new Map<string, number>();
  let outer: string[] = [];
  const spell = (part: string, rank: number): string[] => {
    const at = part.search(/…|\.\.\./);
    if (at < 0) return [...part];
    const before = [...part.slice(0, at)];
    const after = [...part.slice(at).replace(/^(…|\.\.\.)/, '')];
    const count = rank - before.length - after.length;
    const letters = Array.from({ length: Math.max(0, count) }, (_, i) => `#${i - count}`);
    if (letters.length > outer.length) outer = letters;
    return [...before, ...letters, ...after];
  };
  const operands = parts.map((part, i) => spell(part, shapes[i]!.length));
  for (const [i, letters] of operands.entries()) {
    if (letters.length !== shapes[i]!.length) return null;
    letters.forEach((letter, axis) => sizes.set(letter, Math.max(sizes.get(letter) ?? 1, shapes[i]![axis]!)));
  }
  const all = operands.flat();
  const spelled =
    right === undefined
      ? [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort()
      : [...right.replace(/…|\.\.\./, '\u0000')].flatMap((letter) => (letter === '\u0000' ? outer : [letter]));
  return { operands, result: spelled, sizes, summed: [...sizes.keys()].filter((letter) => !spelled.includes(letter)) };
}

/** For one output place: per term, the place in each operand. */
export function einsumTerms(equation: Equation, shapes: readonly (readonly number[])[], outIndex: number, most = 4096): number[][] {
  const outShape = equation.result.map((letter) => equation.sizes.get(letter)!);
  const at = new Map<string, number>();
  unravel(outIndex, outShape).forEach((value, i) => at.set(equation.result[i]!, value));
  const inner = equation.summed.map((letter) => equation.sizes.get(letter)!);
  const count = Math.min(most, size(inner));
  return Array.from({ length: count }, (_, n) => {
    unravel(n, inner).forEach((value, i) => at.set(equation.summed[i]!, value));
    return equation.operands.map((letters, i) =>
      // A batch axis of one is shared by all.
      ravel(letters.map((letter, axis) => (shapes[i]![axis] === 1 ? 0 : at.get(letter)!)), shapes[i]!),
    );
  });
}

/** Operands of a contraction in the order its equation names them (a layer lists its weights before its input), and what is added once. */
export function contractionInputs(op: Op): { ids: number[]; bias: number | null } {
  const ex = explained(op);
  return { ids: ex.operands ?? op.inputs, bias: ex.added ?? null };
}

/** The window of a convolution or pooling over one output place: input places (-1 in the padding) beside weight places. */
export function windowTerms(op: Op, answer: Answer, outIndex: number): { input: number; x: number[]; weight: number | null; w: number[] } | null {
  const ex = explained(op);
  const out = ex.result;
  if (!out || !ex.kernel || !ex.stride || !ex.padding || !ex.dilation || out.length < 3 || ex.last || ex.transposed) return null;
  if (ex.padding.some((p) => typeof p !== 'number')) return null;
  const ids = windowInputs(op);
  const xShape = answer.tensors[String(ids.x)]?.shape;
  if (!xShape) return null;
  const axes = ex.kernel.length;
  const outPlace = unravel(outIndex, out);
  const spatial = outPlace.slice(-axes);
  const outChannel = outPlace[outPlace.length - axes - 1] ?? 0;
  const batch = outPlace.slice(0, outPlace.length - axes - 1);
  const channels = xShape[xShape.length - axes - 1] ?? 1;
  const wShape = ids.w === null ? null : (answer.tensors[String(ids.w)]?.shape ?? null);
  const perGroup = wShape ? wShape[1]! : 1;
  const groups = Number(ex.groups ?? 1);
  const first = wShape ? Math.floor(outChannel / ((out[out.length - axes - 1] ?? 1) / groups)) * perGroup : outChannel;
  const x: number[] = [];
  const w: number[] = [];
  for (let c = 0; c < (wShape ? perGroup : 1); c++)
    for (let k = 0; k < size(ex.kernel); k++) {
      const kernelPlace = unravel(k, ex.kernel);
      const place = kernelPlace.map((at, axis) => spatial[axis]! * ex.stride![axis]! - (ex.padding![axis] as number) + at * ex.dilation![axis]!);
      const inside = place.every((at, axis) => at >= 0 && at < xShape[xShape.length - axes + axis]!);
      x.push(inside && first + c < channels ? ravel([...batch, first + c, ...place], xShape) : -1);
      if (wShape) w.push(ravel([outChannel, c, ...kernelPlace], wShape));
    }
  return { input: ids.x, x, weight: ids.w, w };
}

/** Which inputs of a window operation are the picture, the weights and the bias. */
export function windowInputs(op: Op): { x: number; w: number | null; b: number | null } {
  const ex = explained(op);
  return { x: ex.operands?.[0] ?? op.inputs[0]!, w: ex.operands?.[1] ?? null, b: ex.added ?? null };
}

/** The elements that one output element was made from, in order. */
export function sourcesOf(answer: Answer, op: Op, out: Ref): Ref[] {
  const which = op.outputs.indexOf(out.tensor);
  if (which < 0) return [];
  const ex = explained(op);
  switch (ex.type) {
    case 'elementwise':
    case 'activation':
    case 'loss':
      if (!ex.aligned || !ex.result || out.index >= size(ex.result)) return [];
      if (ex.type === 'loss' && answer.tensors[String(out.tensor)]?.shape.join() !== ex.result.join()) return [];
      return ex.aligned.map((aligned, i) => ({ tensor: op.inputs[i]!, index: broadcastPlace(out.index, ex.result!, aligned) }));
    case 'movement':
    case 'reduction': {
      const map = ex.sources?.maps[which];
      if (map && ex.sources) {
        const from = map.input[out.index];
        const index = map.index[out.index];
        return from === undefined || index === undefined || from < 0 ? [] : [{ tensor: ex.sources.inputs[from]!, index }];
      }
      if (ex.type === 'movement' || !ex.shape || !ex.axes) return [];
      return gatheredBy(op, out.index).map((index) => ({ tensor: op.inputs[0]!, index }));
    }
    case 'contraction': {
      if (!ex.equation) return [];
      const { ids, bias } = contractionInputs(op);
      const shapes = ids.map((id) => answer.tensors[String(id)]?.shape ?? []);
      const equation = readEquation(ex.equation, shapes);
      if (!equation) return [];
      const found = einsumTerms(equation, shapes, out.index, 256).flatMap((places) => places.map((index, i) => ({ tensor: ids[i]!, index })));
      const outShape = answer.tensors[String(out.tensor)]?.shape ?? [];
      if (bias !== null) found.push({ tensor: bias, index: unravel(out.index, outShape).at(-1) ?? 0 });
      return found;
    }
    case 'window': {
      const window = windowTerms(op, answer, out.index);
      if (!window) return [];
      return [
        ...window.x.filter((index) => index >= 0).map((index) => ({ tensor: window.input, index })),
        ...(window.weight === null ? [] : window.w.map((index) => ({ tensor: window.weight!, index }))),
      ];
    }
    case 'inplace': {
      const before = ex.tensors?.[0];
      return before === null || before === undefined ? [] : [{ tensor: before, index: out.index }];
    }
    default:
      return [];
  }
}

/** Everything that lights up with an element: its sources if it is a result, what it went into if it is an input. */
export function related(answer: Answer, op: Op | null, at: Ref | null): Set<string> {
  const found = new Set<string>();
  if (!at) return found;
  found.add(refKey(at));
  if (!op) return found;
  if (op.outputs.includes(at.tensor)) for (const ref of [...sourcesOf(answer, op, at), ...chosenBy(answer, op, at)]) found.add(refKey(ref));
  if (op.inputs.includes(at.tensor) || explained(op).tensors?.includes(at.tensor))
    for (const out of op.outputs) {
      const count = Math.min(1024, size(answer.tensors[String(out)]?.shape ?? []));
      for (let index = 0; index < count; index++)
        if ([...sourcesOf(answer, op, { tensor: out, index }), ...chosenBy(answer, op, { tensor: out, index })].some((ref) => ref.tensor === at.tensor && ref.index === at.index))
          found.add(refKey({ tensor: out, index }));
    }
  return found;
}

/** An element as a person would write it: `c[2, 1]`. */
export function elementName(answer: Answer, names: ReadonlyMap<number, Identity>, ref: Ref): string {
  const shape = answer.tensors[String(ref.tensor)]?.shape ?? [];
  const own = names.get(ref.tensor)?.name;
  const written = own === undefined ? expressionsOf(answer).get(ref.tensor) : undefined;
  const name = own ?? (written === undefined ? '·' : shortened(written, 22));
  if (shape.length === 0) return name;
  return `${written === undefined || isAtomic(name) ? name : `(${name})`}[${unravel(ref.index, shape).join(', ')}]`;
}

export function elementValue(answer: Answer, ref: Ref): number | undefined {
  const record = answer.tensors[String(ref.tensor)];
  const numbers = record ? numbersOf(record) : null;
  return numbers ? valueAt(numbers, ref.index) : undefined;
}

const MOST_TERMS = 12;

function joined(parts: readonly string[], glue: string): string {
  return parts.length <= MOST_TERMS ? parts.join(glue) : [...parts.slice(0, MOST_TERMS - 2), '…', parts.at(-1)!].join(glue);
}

/** A result's element as an equation in numbers: `c[2, 1] = 2 + 1 = 3`. */
export function writtenOut(answer: Answer, op: Op, names: ReadonlyMap<number, Identity>, out: Ref): string {
  const head = elementName(answer, names, out);
  const value = say(elementValue(answer, out));
  const ex = explained(op);
  const from = sourcesOf(answer, op, out);
  const numbers = from.map((ref) => signed(say(elementValue(answer, ref))));
  switch (ex.type) {
    case 'elementwise': {
      const written = operandTexts(op, (i) => numbers[i] ?? '…');
      const sign = signOf(op.name);
      const text = written.length === 2 && !/^\w/.test(sign) ? `${written[0]} ${sign} ${written[1]}` : `${op.name}(${written.join(', ')})`;
      return `${head} = ${text} = ${value}`;
    }
    case 'activation':
      return numbers.length === 1 ? `${head} = ${op.name}(${numbers[0]}) = ${value}` : `${head} = ${value}`;
    case 'movement':
      return from[0] && from.length === 1 ? `${head} = ${elementName(answer, names, from[0])} = ${value}` : `${head} = ${value}`;
    case 'reduction': {
      if (ex.sources && ex.shape && ex.axes && op.inputs[0] !== undefined) {
        const row = gatheredBy(op, out.index).map((index) => signed(say(elementValue(answer, { tensor: op.inputs[0]!, index }))));
        return `${head} = ${op.name}(${joined(row, ', ')}) = ${value}${from[0] ? `  ←  ${elementName(answer, names, from[0])}` : ''}`;
      }
      const name = op.name.replace(/^reduce_/, '');
      if (/^(nan)?(sum|cumsum)$/.test(name)) return `${head} = ${joined(numbers, ' + ')}${numbers.length > 1 ? ` = ${value}` : ''}`;
      if (/^(nan)?mean$/.test(name)) return `${head} = (${joined(numbers, ' + ')}) ÷ ${numbers.length} = ${value}`;
      if (name === 'prod' || name === 'cumprod') return `${head} = ${joined(numbers, ' × ')}${numbers.length > 1 ? ` = ${value}` : ''}`;
      if (name === 'norm' && isEuclidean(op)) return `${head} = √(${joined(numbers.map((number) => `${number}²`), ' + ')}) = ${value}`;
      if (name === 'logsumexp') return `${head} = log(${joined(numbers.map((number) => `exp ${number}`), ' + ')}) = ${value}`;
      const at = takes(answer, op, out);
      if (at !== null && op.inputs[0] !== undefined) return `${head} = ${op.name}(${joined(numbers, ', ')}) = ${value}  →  ${elementName(answer, names, { tensor: op.inputs[0], index: at })} = ${say(elementValue(answer, { tensor: op.inputs[0], index: at }))}`;
      return `${head} = ${op.name}(${joined(numbers, ', ')}) = ${value}`;
    }
    case 'contraction': {
      if (!ex.equation) return `${head} = ${value}`;
      const { ids, bias } = contractionInputs(op);
      const terms: string[] = [];
      for (let i = 0; i + ids.length <= from.length - (bias === null ? 0 : 1); i += ids.length) terms.push(numbers.slice(i, i + ids.length).join('·'));
      if (bias !== null) terms.push(numbers.at(-1)!);
      return `${head} = ${joined(terms, ' + ')} = ${value}`;
    }
    case 'window': {
      const window = windowTerms(op, answer, out.index);
      if (!window) return `${head} = ${value}`;
      const xs = window.x.map((index) => (index < 0 ? '0' : signed(say(elementValue(answer, { tensor: window.input, index })))));
      if (window.weight === null) {
        const inside = window.x.filter((index) => index >= 0);
        // A mean may count the padding's zeros.
        const counts = ex.reduce === 'mean' && !isMean(elementValue(answer, out), inside.map((index) => elementValue(answer, { tensor: window.input, index })));
        return `${head} = ${ex.reduce}(${joined(counts ? xs : xs.filter((_, i) => window.x[i]! >= 0), ', ')}) = ${value}`;
      }
      const bias = windowInputs(op).b;
      const terms = xs.map((x, i) => `${x}·${signed(say(elementValue(answer, { tensor: window.weight!, index: window.w[i]! })))}`);
      if (bias !== null) {
        const out4 = unravel(out.index, ex.result!);
        terms.push(signed(say(elementValue(answer, { tensor: bias, index: out4[out4.length - 1 - ex.kernel!.length] ?? 0 }))));
      }
      return `${head} = ${joined(terms, ' + ')} = ${value}`;
    }
    default:
      return `${head} = ${value}`;
  }
}

const isMean = (value: number | undefined, of: readonly (number | undefined)[]): boolean => {
  const mean = of.reduce<number>((sum, each) => sum + (each ?? NaN), 0) / of.length;
  return value !== undefined && Math.abs(mean - value) <= 1e-4 * Math.abs(mean);
};

/** Whether a norm is the root of the sum of squares: the one that is taken where nothing else is said. */
function isEuclidean(op: Op): boolean {
  const said = op.operands.slice(1).filter((operand) => !('name' in operand) || operand.name === 'p' || operand.name === 'ord');
  const first = said[0] as { value?: unknown } | undefined;
  return first === undefined || first.value === 2 || first.value === 'fro';
}

/** What was passed, as text: tensors by what `of` says of the i-th of them, numbers as they are. */
export function operandTexts(op: Op, of: (input: number) => string): string[] {
  let seen = 0;
  const texts: string[] = [];
  for (const operand of op.operands) {
    if ('name' in operand && !('tensor' in operand)) continue;
    if ('tensor' in operand) texts.push(of(seen++));
    else if ('value' in operand && typeof operand.value !== 'boolean') texts.push(typeof operand.value === 'number' ? say(operand.value) : String(operand.value));
  }
  return texts.length > 0 ? texts : op.inputs.map((_, i) => of(i));
}

/** The call as it stands in the snippet, with the name that its result got; else as a line of mathematics: `a (3, 1) + b (1, 2)`. */
export function callText(answer: Answer, op: Op, names: ReadonlyMap<number, Identity>, most = 64): string {
  const written = textOf(answer.source ?? '', op.span);
  if (written !== null) {
    const target = targetOf(answer, op, written);
    return target === '' ? shortened(written, most) : `${target} = ${shortened(written, most - target.length - 3)}`;
  }
  const of = (i: number) => {
    const id = op.inputs[i];
    if (id === undefined) return '·';
    const shape = answer.tensors[String(id)]?.shape ?? [];
    return names.get(id)?.name ?? expressionOf(answer, op, id) ?? (shape.length === 0 ? say(elementValue(answer, { tensor: id, index: 0 })) : shapeText(shape));
  };
  const texts = operandTexts(op, of);
  const sign = signOf(op.name);
  if (texts.length === 2 && !/^\w/.test(sign)) return `${texts[0]} ${sign} ${texts[1]}`;
  const named = op.operands.flatMap((operand) => ('name' in operand && 'value' in operand ? [`${String(operand.name)}=${String(operand.value)}`] : []));
  return `${op.name}(${[...texts, ...named].join(', ')})`;
}

/** What a statement calls the result of this operation: its targets, where the operation is all of what they are given. */
function targetOf(answer: Answer, op: Op, written: string): string {
  const statement = answer.statements.find((each) => each.index === op.statement);
  const whole = statement?.source.replace(/\s+/g, ' ').trim() ?? '';
  const at = whole.indexOf(' = ');
  if (at > 0 && whole.slice(at + 3) === written) return whole.slice(0, at);
  return '';
}
