/** Which row of the function tables a name in the code stands for: told by what ran there, never by the name alone. */
import type { Answer, LabFunction } from '../../panels/lab/trace';

/** Modules whose members have the tables' own names, and the other libraries' by their prefix there. */
const TORCH = /^(torch(\.(nn\.functional|linalg|special))?|F|nn\.functional)$/;
const OTHERS: Record<string, string> = { np: 'np', numpy: 'np', nd: 'mx', mx: 'mx', tf: 'tf', keras: 'keras', K: 'keras' };

/** The row for the word from `from` to `to` in a source. */
export function rowAt(rows: readonly LabFunction[], answer: Answer | null, source: string, from: number, to: number): LabFunction | undefined {
  if (source[from - 1] !== '.') return undefined;
  const name = source.slice(from, to);
  const head = /[\w.]*$/.exec(source.slice(0, from - 1))?.[0] ?? '';
  if (TORCH.test(head)) return rows.find((row) => row.name === name && row.function);
  const [first, ...rest] = head.split('.');
  const dialect = OTHERS[first ?? ''];
  if (dialect) {
    const path = [...rest, name].join('.');
    const called = rows.filter((row) => row.others[dialect] === path);
    return called.find((row) => row.name === name) ?? called[0];
  }
  // A method: of what ran there last, the one that this word called.
  if (!answer || answer.source !== source) return undefined;
  const before = source.slice(0, from).split('\n');
  const [line, column] = [before.length, before.at(-1)!.length + 1];
  const covering = answer.ops.filter((op) => op.span && covers(op.span, line, column));
  const op = covering.filter((each) => each.name.replace(/_$/, '') === name.replace(/_$/, '')).at(-1);
  return op?.row ? rows.find((row) => row.name === op.row) : undefined;
}

function covers([line, column, endLine, end]: readonly number[], atLine: number, at: number): boolean {
  if (atLine < line! || atLine > endLine!) return false;
  return (atLine > line! || at >= column!) && (atLine < endLine! || at < end!);
}
