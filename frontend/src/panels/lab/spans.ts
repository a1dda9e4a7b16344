/** What a tensor without a name is called: the expression that made it, as it stands in the snippet. */
import type { Answer, Op } from './trace';

const MIDDLE = '…';

/** The text of a span (line, column, end line, column after; from 1, in characters), its line breaks and runs of spaces closed up. */
export function textOf(source: string, span: readonly number[] | null | undefined): string | null {
  const [line, column, endLine, end] = span ?? [];
  if (line === undefined || column === undefined || endLine === undefined || end === undefined) return null;
  const rows = source.split('\n').slice(line - 1, endLine);
  if (rows.length < endLine - line + 1) return null;
  const cut = rows.map((row, i) => [...row].slice(i === 0 ? column - 1 : 0, i === rows.length - 1 ? end - 1 : undefined).join(''));
  return cut.join(' ').replace(/\s+/g, ' ').trim() || null;
}

/** A long text with its middle left out. */
export function shortened(text: string, most: number): string {
  const letters = [...text];
  if (letters.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - tail).join('').trimEnd()}${MIDDLE}${letters.slice(letters.length - tail).join('').trimStart()}`;
}

/** Whether an index or a dot may follow without brackets: `a`, `f(x)`, `x[1]`, but not `a + b`. */
export function isAtomic(text: string): boolean {
  let depth = 0;
  for (const letter of text) {
    if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter)) depth--;
    else if (depth === 0 && !/[\p{L}\p{N}_.…]/u.test(letter)) return false;
  }
  return depth === 0 && !/^[\d.]+$/.test(text);
}

interface Operand {
  tensor?: number;
  span?: number[];
  items?: Operand[];
}

const known = new WeakMap<Answer, Map<number, string>>();

/** Tensors by the expressions they come from: where they were made, else where they were first used. */
export function expressionsOf(answer: Answer): ReadonlyMap<number, string> {
  const before = known.get(answer);
  if (before) return before;
  const found = new Map<number, string>();
  const put = (id: number | undefined, span: readonly number[] | null | undefined) => {
    if (id === undefined || found.has(id)) return;
    const text = textOf(answer.source ?? '', span);
    if (text !== null) found.set(id, text);
  };
  for (const op of answer.ops) {
    for (const operand of flat(op.operands as Operand[] | undefined)) put(operand.tensor, operand.span);
    if (op.outputs.length === 1 && op.kind !== 'inplace') put(op.outputs[0], op.span);
  }
  known.set(answer, found);
  return found;
}

function flat(operands: readonly Operand[] | undefined): Operand[] {
  // Long runs send later operations without them.
  return (operands ?? []).flatMap((operand) => (operand.items ? flat(operand.items) : [operand]));
}

/** An operand of this very operation as it was written there, else the expression that made it. */
export function expressionOf(answer: Answer, op: Op | null, id: number): string | null {
  const here = op === null ? undefined : flat(op.operands as Operand[] | undefined).find((operand) => operand.tensor === id && operand.span);
  return (here && textOf(answer.source ?? '', here.span)) ?? expressionsOf(answer).get(id) ?? null;
}
