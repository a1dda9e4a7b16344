/** What was found wrong with a snippet, by line, with its mend as a change of the text; as plain data. */
import type { Answer, Finding } from '../../panels/lab/trace';

export interface LineFinding {
  line: number;
  /** Where it begins in its line, and ends if in the same one; from 1. */
  column: number;
  end: number | null;
  severity: Finding['severity'];
  cause: string;
  mend: string;
  /** The whole finding, to be shown or mended. */
  finding: Finding;
  /** The text that its mend changes; null where it must be written by hand. */
  edit: NonNullable<Finding['edit']> | null;
}

const countLines = (text: string): number => text.split('\n').length;

export const keyOf = ({ finding }: LineFinding): string => `${finding.code} ${finding.line}`;

/** Those that may be seen: all of them, or while somebody types only those that stood there before. */
export const kept = (all: LineFinding[], before: readonly string[] | null): LineFinding[] => (before === null ? all : all.filter((each) => before.includes(keyOf(each))));

/** The findings of an answer. A mend is offered only for the very text that ran; of an answer to an older text they stay as long as its lines do. */
export function findingsOf(answer: Answer | null, text: string, stale = false): LineFinding[] {
  if (!answer || (stale && countLines(answer.source ?? '') !== countLines(text))) return [];
  return (answer.findings ?? []).map((finding): LineFinding => {
    const span = finding.op === null || finding.op === undefined ? null : answer.ops[finding.op]?.span;
    const here = span && span[0] === finding.line ? span : null;
    return {
      line: finding.line,
      column: here ? here[1]! : 1,
      end: here && here[2] === finding.line ? here[3]! : null,
      severity: finding.severity,
      cause: finding.cause,
      mend: finding.mend,
      finding,
      edit: answer.source === text ? (finding.edit ?? null) : null,
    };
  });
}

/** The place of a line and a column, which counts characters and not their halves, in a text. */
export function placeIn(text: string, line: number, column: number): number {
  const rows = text.split('\n');
  const before = rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
  return before + [...(rows[line - 1] ?? '')].slice(0, column - 1).join('').length;
}

/** A mend as a change of the text. */
export function changeOf(text: string, edit: { span: number[]; text: string }): { from: number; to: number; insert: string } {
  const [line, column, end, after] = edit.span as [number, number, number, number];
  return { from: placeIn(text, line, column), to: placeIn(text, end, after), insert: edit.text };
}
