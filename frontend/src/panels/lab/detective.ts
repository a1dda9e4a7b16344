/** Which operation wrote over a value that a later backward needed. */
import { explained } from './relations';
import type { Answer, Identity, Op } from './trace';

export interface Overwritten {
  op: Op;
  statement: number;
  maker: Op | null;
  name: string;
  version: number;
  expected: number;
}

const BROKEN = /modified by an inplace operation.*?output \d+ of (\w+?)(?:Backward\d*)?, is at version (\d+); expected version (\d+)/s;

/** Which operation wrote over a value that backward needed, and which operation had made it. */
export function overwritten(answer: Answer, names: ReadonlyMap<number, Identity>): Overwritten | null {
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
    return { op: writer, statement: writer.statement, maker, name: names.get(target!)?.name ?? '', version: Number(match?.[2] ?? 1), expected: Number(match?.[3] ?? 0) };
  }
  return null;
}
