/** Writing in place: before, after, the version counter, and who else sees the change. */
import { paintOf } from '../cells';
import { fitCell, layoutGrid } from '../grid';
import type { Mark, Stage } from '../scene';
import { flatten, type Numbers } from '../trace';
import { nameOf, note, placeCells, textColor, title, titleWidth, type Ask } from './placing';

interface Inplace {
  before: unknown;
  after: unknown;
  version?: [number, number | null];
  tensors?: [number, number | null];
  shared_with?: number[];
}

const TOP = 34;

export function inplaceStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Inplace;
  const id = ex.tensors?.[0] ?? ask.op.inputs[0];
  if (id === undefined || id === null || ex.before === null || ex.before === undefined) return [];
  const shape = ask.answer.tensors[String(id)]?.shape ?? [];
  const dtype = ask.answer.tensors[String(id)]?.dtype ?? 'float32';
  const make = (data: unknown): Numbers => ({ shape, sent: shape, values: flatten(data), dtype, windowed: false });
  const before = make(ex.before);
  const after = ex.after === null || ex.after === undefined ? before : make(ex.after);
  const paint = paintOf([before.values, after.values]);
  const name = nameOf(ask, id, nameOf(ask, ex.tensors?.[1] ?? -1));
  const wide = (c: number) => Math.max(layoutGrid(shape, { cell: c }).width, titleWidth(name, shape));
  const cell = fitCell((c) => wide(c) * 2 + 80 <= ask.width && layoutGrid(shape, { cell: c }).height <= 240);
  const color = textColor(ask.names.get(id) ?? ask.names.get(ex.tensors?.[1] ?? -1));
  const left = placeCells({ key: 'in', x: 0, y: TOP, cell, numbers: before, paint, theme: ask.theme, tensor: id });
  const x = wide(cell) + 72;
  const right = placeCells({ key: 'out', x, y: TOP, cell, numbers: after, paint, theme: ask.theme, tensor: ex.tensors?.[1] ?? id });
  const changed = [...after.values.keys()].filter((index) => !Object.is(before.values[index], after.values[index]));
  const frames: Mark[] = changed.slice(0, 256).flatMap((index) => {
    const at = right.grid.at(index);
    return at ? [{ kind: 'rect', key: `changed/${index}`, x: x + at.x - 1, y: TOP + at.y - 1, w: cell + 2, h: cell + 2, r: 4, stroke: 'var(--accent)', width: 2 } as Mark] : [];
  });
  const others = [...new Set((ex.shared_with ?? []).filter((other) => (ask.answer.tensors[String(other)]?.statement ?? 0) <= ask.op.statement).map((other) => nameOf(ask, other)).filter((other) => other !== '' && other !== name))];
  const [from, to] = ex.version ?? [0, null];
  const facts = [
    ask.t('lab.stage.version', { from, to: to ?? from + 1 }),
    ask.t('lab.stage.changed', { count: changed.length }),
    ...(others.length > 0 ? [ask.t('lab.stage.alsoSeen', { names: others.join(', ') })] : []),
  ];
  const bottom = TOP + left.grid.height;
  const first: Mark[] = [...title('in', 0, 14, name, ask.t('lab.stage.before'), color), ...left.marks];
  const second: Mark[] = [
    ...first,
    ...title('out', x, 14, name, ask.t('lab.stage.after'), color),
    ...right.marks,
    ...frames,
    { kind: 'arrow', key: 'arrow', points: [[x - 58, TOP + Math.min(left.grid.height, 120) / 2], [x - 12, TOP + Math.min(left.grid.height, 120) / 2]], color: 'var(--accent)' },
    ...facts.map((text, i) => note(`fact${i}`, 0, bottom + 30 + i * 20, text, { color: i === 2 ? 'var(--warn)' : 'var(--ink2)', size: 13 })),
  ];
  return [
    { name: 'before', marks: first, words: ask.t('lab.words.before', { name }) },
    { name: 'after', marks: second, words: facts.join(' ') },
  ];
}
