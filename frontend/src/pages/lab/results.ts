/** What stands beside each statement: shape, dtype, whose view it is, a mini grid or the value; as plain data. */
import { paintOf, say, type Paint } from '../../panels/lab/cells';
import { paintOver } from '../../panels/lab/ranges';
import { explained } from '../../panels/lab/relations';
import { flatten, headEnd, shapeText, size, type Answer, type Identity, type LabProblem, type Statement, type Value } from '../../panels/lab/trace';

export interface MiniGrid {
  rows: number[][];
  paint: Paint;
}

export interface LineResult {
  /** The last line of the statement, from 1. */
  line: number;
  statement: number;
  shape: string | null;
  dtype: string | null;
  view: Identity | null;
  mini: MiniGrid | null;
  text: string | null;
  /** What a statement without a value did: names it filled, what it wrote into. */
  did: { kind: 'fills' | 'writes' | 'count'; names: string[] } | null;
  /** How often a statement inside of another one ran; 1 elsewhere. */
  runs: number;
}

const MINI_ROWS = 3;
const MINI_COLUMNS = 8;
const LONGEST = 12;

const holds = (value: Value): boolean => value.kind === 'tensor' || value.kind === 'ndarray' || value.kind === 'variable';

export function miniGrid(value: { shape?: readonly number[] | null; data?: unknown; windowed?: boolean; tensor?: number | null }, answer: Answer | null = null): MiniGrid | null {
  const shape = value.shape ?? [];
  if (shape.length === 0 || size(shape) === 0) return null;
  let data: unknown = value.data;
  for (let depth = shape.length; depth > 2; depth--) data = Array.isArray(data) ? data[0] : data;
  if (!Array.isArray(data)) return null;
  const rows = (shape.length === 1 ? [data] : data.slice(0, MINI_ROWS)).map((row) => flatten(row).slice(0, MINI_COLUMNS));
  const values = flatten(value.data);
  return { rows, paint: answer ? paintOver(answer, value.tensor, values) : paintOf([values]) };
}

/** The value in at most twelve letters, or null. */
export function shortValue(value: Value): string | null {
  if (holds(value)) {
    const count = size(value.shape ?? []);
    if (count !== 1 || (value.shape ?? []).length > 1) return null;
    return say(flatten(value.data)[0]);
  }
  if (value.kind === 'none') return null;
  const text = value.kind === 'str' ? JSON.stringify(value.data) : value.kind === 'float' ? say(Number(value.data)) : value.repr || String(value.data ?? '');
  return text.length <= LONGEST ? text : null;
}

function viewOf(value: Value, answer: Answer, names: ReadonlyMap<number, Identity>, own: string | undefined, statement: Statement): Identity | null {
  if (value.storage === null || value.storage === undefined) return null;
  const made = statement.ops.map((id) => answer.ops[id]).find((op) => op?.outputs.includes(value.tensor ?? -1));
  const from = made && explained(made).type === 'movement' && (made.explanation as { view?: boolean }).view ? made.inputs[0] : undefined;
  const direct = from === undefined ? undefined : names.get(from);
  if (direct && direct.name !== own) return direct;
  const storage = answer.storages[String(value.storage)];
  for (const id of storage?.tensors ?? []) {
    const identity = names.get(id);
    if (id < (value.tensor ?? -1) && identity && identity.name !== own) return identity;
  }
  return null;
}

/** One result for every line that has something to show: of statements, and of those in the bodies of others. */
export function resultsOf(answer: Answer | null, names: ReadonlyMap<number, Identity>): LineResult[] {
  if (!answer) return [];
  const inner = answer.inner ?? [];
  const whole = answer.statements.map((statement): LineResult => {
    // What has a body says what it did beside its head; the lines of the body speak for themselves.
    const line = headEnd(statement, inner);
    return { line, statement: statement.index, runs: 1, ...shownOf(statement.value, answer, names, statement, did(statement, answer, names)) };
  });
  const within = inner.map((each): LineResult => {
    const statement = answer.statements.find((one) => one.index === each.statement);
    return { line: each.end_line, statement: each.statement, runs: each.runs, ...shownOf(each.target.length > 0 ? each.value : null, answer, names, statement, null) };
  });
  const taken = new Set(whole.filter((each) => !isEmpty(each)).map((each) => each.line));
  return [...whole.filter((each) => !isEmpty(each)), ...within.filter((each) => !isEmpty(each) && !taken.has(each.line))];
}

const isEmpty = (result: LineResult): boolean => result.shape === null && result.text === null && result.did === null && result.dtype === null && result.runs < 2;

type Shown = Omit<LineResult, 'line' | 'statement' | 'runs'>;

function shownOf(value: Value | null, answer: Answer, names: ReadonlyMap<number, Identity>, statement: Statement | undefined, did: LineResult['did']): Shown {
  const base: Shown = { shape: null, dtype: null, view: null, mini: null, text: null, did };
  if (!value || value.kind === 'none' || did?.kind === 'writes') return base;
  if (holds(value)) {
    const own = value.tensor === null || value.tensor === undefined ? statement?.target[0] : names.get(value.tensor)?.name;
    base.shape = shapeText(value.shape ?? []);
    base.dtype = value.dtype ?? null;
    base.view = statement ? viewOf(value, answer, names, own, statement) : null;
    base.text = shortValue(value);
    base.mini = base.text === null ? miniGrid(value, answer) : null;
    return base;
  }
  const items = value.kind === 'tuple' || value.kind === 'list' ? (value.items ?? []) : [];
  if (items.length > 0 && items.length <= 3 && items.every(holds)) {
    base.shape = items.map((item) => shapeText(item.shape ?? [])).join(' ');
    const dtypes = new Set(items.map((item) => item.dtype));
    base.dtype = dtypes.size === 1 ? (items[0]!.dtype ?? null) : null;
    base.text = items.length === 1 ? shortValue(items[0]!) : null;
    base.mini = items.length === 1 && base.text === null ? miniGrid(items[0]!, answer) : null;
    return base;
  }
  base.text = shortValue(value);
  if (base.text === null) base.dtype = value.kind === 'nn_module' ? 'Module' : value.kind;
  return base;
}

function did(statement: Statement, answer: Answer, names: ReadonlyMap<number, Identity>): LineResult['did'] {
  const ops = statement.ops.map((id) => answer.ops[id]).filter((op) => op !== undefined);
  if (ops.some((op) => op.name === 'backward')) {
    const leaves = (answer.graph?.nodes ?? []).filter((node) => node.kind === 'leaf' && node.grad !== null && node.grad !== undefined);
    const filled = leaves.map((node) => node.names[0] ?? (typeof node.tensor === 'number' ? names.get(node.tensor)?.name : undefined)).filter((name): name is string => name !== undefined);
    if (filled.length > 0 && filled.length <= 3) return { kind: 'fills', names: filled.map((name) => `${name}.grad`) };
  }
  const writer = ops.find((op) => op.name === 'setitem' && explained(op).type === 'inplace');
  if (writer) {
    const target = explained(writer).tensors?.[0];
    const own = target === null || target === undefined ? undefined : names.get(target)?.name;
    const shared = ((writer.explanation as { shared_with?: number[] }).shared_with ?? []).filter((id) => (answer.tensors[String(id)]?.statement ?? 0) <= writer.statement).map((id) => names.get(id)?.name).filter((name): name is string => name !== undefined && name !== own);
    return { kind: 'writes', names: [...new Set(shared)].slice(0, 3) };
  }
  return ops.length > 12 ? { kind: 'count', names: [String(ops.length)] } : null;
}

export interface LineProblem {
  line: number;
  column: number;
  problem: LabProblem;
  /** Said in words; until then, while somebody types, it is only underlined. */
  settled: boolean;
}

export function problemsOf(answer: Answer | null, settled = true): LineProblem[] {
  if (!answer) return [];
  const own = answer.statements.flatMap((statement) => (statement.error ? [{ line: statement.error.line ?? statement.line, column: statement.error.column ?? 1, problem: statement.error, settled }] : []));
  if (own.length > 0) return own;
  return answer.error ? [{ line: answer.error.line ?? 1, column: answer.error.column ?? 1, problem: answer.error, settled }] : [];
}

/** The last line that results speak of: all of them where the run came to its end. */
export function untilOf(answer: Answer | null): number {
  if (!answer || answer.status === 'ok') return Infinity;
  return Math.max(0, ...answer.statements.map((statement) => statement.end_line));
}
