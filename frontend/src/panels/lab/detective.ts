/** What is quietly wrong or has just broken: a loss over stretched shapes, a backward whose value was overwritten. */
import { explained } from './relations';
import { shapeText, size, type Answer, type Identity, type Op } from './trace';

export type Finding =
  | { kind: 'stretchedLoss'; op: Op; statement: number; shapes: string[]; result: string; count: number; wanted: number }
  | { kind: 'overwritten'; op: Op; statement: number; maker: Op | null; name: string; version: number; expected: number };

/** Two vectors of equal length that stretch each other into a square, which a mean or sum then hides. */
export function stretchedLosses(answer: Answer): Finding[] {
  const found: Finding[] = [];
  for (const op of answer.ops) {
    const ex = explained(op);
    if (ex.type === 'loss' && (op.explanation as { warning?: string }).warning === 'shapes_differ') {
      const shapes = (op.explanation as { shapes: number[][] }).shapes;
      if (ex.result) found.push(finding(op, shapes, ex.result));
      continue;
    }
    if (ex.type !== 'elementwise' || !/^(sub|subtract|rsub|__sub__)/.test(op.name) || !ex.aligned || ex.aligned.length !== 2 || !ex.result) continue;
    const [a, b] = ex.aligned as [number[], number[]];
    const sizes = [size(a), size(b)];
    const total = size(ex.result);
    if (sizes[0] !== sizes[1] || total <= sizes[0]!) continue;
    if (!reduces(answer, op, new Set())) continue;
    found.push(finding(op, (op.explanation as { shapes: number[][] }).shapes, ex.result));
  }
  return found;
}

function finding(op: Op, shapes: number[][], result: readonly number[]): Finding {
  return { kind: 'stretchedLoss', op, statement: op.statement, shapes: shapes.map(shapeText), result: shapeText(result), count: size(result), wanted: Math.max(...shapes.map(size)) };
}

/** Whether what an operation gave ends in one number. */
function reduces(answer: Answer, op: Op, seen: Set<number>): boolean {
  if (seen.has(op.id)) return false;
  seen.add(op.id);
  return answer.ops.some((next) => {
    if (next.id <= op.id || !next.inputs.some((id) => op.outputs.includes(id))) return false;
    if (explained(next).type === 'reduction' && explained(next).axes?.length === explained(next).shape?.length) return true;
    return reduces(answer, next, seen);
  });
}

const BROKEN = /modified by an inplace operation.*?output \d+ of (\w+?)(?:Backward\d*)?, is at version (\d+); expected version (\d+)/s;

/** Which operation wrote over a value that backward needed, and which operation had made it. */
export function overwritten(answer: Answer, names: ReadonlyMap<number, Identity>): Finding | null {
  const problem = answer.statements.find((statement) => statement.error)?.error ?? answer.error;
  if (!problem || !/modified by an inplace operation/.test(problem.message)) return null;
  const match = BROKEN.exec(problem.message);
  const wanted = match?.[1]?.toLowerCase();
  const writers = answer.ops.filter((op) => explained(op).type === 'inplace');
  for (const writer of writers.reverse()) {
    const target = explained(writer).tensors?.[0];
    const record = target === null || target === undefined ? undefined : answer.tensors[String(target)];
    if (!record) continue;
    const maker = answer.ops.find((op) => op.outputs.some((id) => id === target || answer.tensors[String(id)]?.storage === record.storage) && (wanted === undefined || (answer.tensors[String(op.outputs[0])]?.grad_fn ?? '').toLowerCase().startsWith(wanted))) ?? null;
    if (wanted !== undefined && maker === null) continue;
    return { kind: 'overwritten', op: writer, statement: writer.statement, maker, name: names.get(target!)?.name ?? '', version: Number(match?.[2] ?? 1), expected: Number(match?.[3] ?? 0) };
  }
  return null;
}

export function findings(answer: Answer | null, names: ReadonlyMap<number, Identity>): Finding[] {
  if (!answer) return [];
  const broken = overwritten(answer, names);
  return [...(broken ? [broken] : []), ...stretchedLosses(answer)];
}
