/** Writing in place: before, after, the version counter, and who else sees the change. */
import type { CellMark, Mark, Stage } from '../scene';
import { dense, flatten, shapeText, type Numbers } from '../trace';
import { arrowBlock, column, fitted, flow, levelOf, lowered, row, tensorBlock, textBlock, type Block } from './blocks';
import { framed, nameOf, numbersFor, paintsFor, roomOf, type Ask } from './placing';

interface Inplace {
  before: unknown;
  after: unknown;
  version?: [number, number | null];
  tensors?: [number, number | null];
  shared_with?: number[];
}

/** A write; `why` says what it broke. */
export function inplaceStages(ask: Ask, why: readonly string[] = []): Stage[] {
  const ex = ask.op.explanation as unknown as Inplace;
  const id = ex.tensors?.[0] ?? ask.op.inputs[0];
  if (id === undefined || id === null || ex.before === null || ex.before === undefined) return [];
  const now = ex.tensors?.[1] ?? id;
  const shape = ask.answer.tensors[String(id)]?.shape ?? [];
  const dtype = ask.answer.tensors[String(id)]?.dtype ?? 'float32';
  const make = (data: unknown): Numbers => dense(shape, flatten(data), dtype);
  const before = make(ex.before);
  const after = ex.after === null || ex.after === undefined ? before : make(ex.after);
  const name = nameOf(ask, id, nameOf(ask, now));
  const changed = new Set([...after.values.keys()].filter((index) => !Object.is(before.values[index], after.values[index])));
  const others = [...new Set((ex.shared_with ?? []).filter((other) => (ask.answer.tensors[String(other)]?.statement ?? 0) <= ask.op.statement))];
  const called = (other: number): string => ask.names.get(other)?.name ?? '';
  const sharing = [...new Set(others.map(called))].filter((other) => other !== '' && other !== name);
  const [from, to] = ex.version ?? [0, null];
  const facts = [
    ask.t('lab.stage.version', { from, to: to ?? from + 1 }),
    ask.t('lab.stage.changed', { count: changed.size }),
    ...why,
    ...(sharing.length > 0 ? [ask.t('lab.stage.alsoSeen', { names: sharing.join(', ') })] : []),
  ];
  // What was written, where it is a tensor of its own.
  const written = ask.op.inputs.filter((input) => input !== id && input !== now && numbersFor(ask, input));
  const paint = paintsFor(ask, now);
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const level = levelOf(cell);
    const left = tensorBlock(ask, { key: 'in', id, cell, numbers: before, paint, name, beside: `${shapeText(shape)} ${ask.t('lab.stage.before')}` });
    const right = tensorBlock(ask, { key: 'out', id: now, cell, numbers: after, paint, name, beside: ask.t('lab.stage.after') });
    const writing = flow(
      written.map((input, i) => tensorBlock(ask, { key: `by${i}`, id: input, cell })),
      ask.width,
      20,
    );
    const top = flow([left, row([lowered(arrowBlock('arrow', ask.op.name), level), right], 18), writing], ask.width, 18);
    return column([top, column(facts.map((text, i) => textBlock(`fact${i}`, text, { within: ask.width, color: why.includes(text) ? 'var(--danger)' : i > 1 ? 'var(--warn)' : 'var(--ink2)' })), 2)], 20);
  });
  const marks = plan.draw(0, 0);
  const frames: Mark[] = marks
    .filter((mark): mark is CellMark => mark.kind === 'cell' && mark.key.startsWith('out/') && changed.has(Number(mark.key.slice(4))) && mark.w >= 6)
    .map((mark) => framed(mark));
  return [
    { name: 'before', marks: marks.filter((mark) => /^(in|by\d)(\/|$)/.test(mark.key)), words: ask.t('lab.words.before', { name }) },
    { name: 'after', marks: [...marks, ...frames], words: facts.join(' ') },
  ];
}
