/** Movement and indexing: every result cell travels from the input cell it came from; then in which order memory is read. */
import { chosenBy, indexInputs } from '../picks';
import { textWidth, type CellMark, type Mark, type Stage } from '../scene';
import { shapeText, size, unravel, valueAt } from '../trace';
import { arrowBlock, column, fitted, flow, levelOf, lowered, row, tensorBlock, textBlock, TITLE, type Block } from './blocks';
import { cellLook, framed, nameOf, note, numbersFor, paintsFor, roomOf, textColor, type Ask } from './placing';

interface Movement {
  view?: boolean;
  strides?: { before: number[]; after: number[][] };
  offsets?: { before: number; after: number[] };
  contiguous?: { before: boolean; after: boolean[] };
  bytes?: { allocated: number; copied: number };
  sources?: { inputs: number[]; maps: { input: number[]; index: number[] }[] };
}

const MOST_OUTPUTS = 6;
/** Numbers in memory that are still drawn one by one. */
const MOST_MEMORY = 32;
const GAP = 20;

export function movementStages(ask: Ask): Stage[] {
  const ex = ask.op.explanation as unknown as Movement;
  const moved = (ex.sources?.inputs ?? ask.op.inputs.slice(0, 1)).filter((id, i, all) => all.indexOf(id) === i && numbersFor(ask, id));
  const picking = indexInputs(ask.answer, ask.op).filter((id) => numbersFor(ask, id));
  const outs = ask.op.outputs.slice(0, MOST_OUTPUTS).filter((id) => numbersFor(ask, id));
  if (moved.length === 0) return [];
  const picked = new Set<string>();
  for (const map of ex.sources?.maps ?? [])
    map.index.forEach((index, i) => {
      const from = map.input[i] ?? -1;
      if (from >= 0) picked.add(`${ex.sources!.inputs[from]}:${index}`);
    });
  const all = moved.every((id) => size(numbersFor(ask, id)!.shape) <= 1024);
  const dim = (id: number) => (index: number): boolean => all && picked.size > 0 && !picked.has(`${id}:${index}`);
  const facts = memoryBlock(ask, ex, outs);
  const failed = outs.length === 0;
  const why = failed ? failureBlock(ask, ex) : null;
  const plan = fitted(ask.width, roomOf(ask), (cell): Block => {
    const half = Math.max(120, (ask.width - 90) * 0.55);
    const tensors = [...moved.map((id, i) => tensorBlock(ask, { key: `in${i}`, id, cell, dim: dim(id) })), ...picking.map((id, i) => tensorBlock(ask, { key: `by${i}`, id, cell }))];
    const inputs = flow(tensors, half, 28);
    const right = why ?? flow(outs.map((id, i) => tensorBlock(ask, { key: `out${i}`, id, cell })), Math.max(140, ask.width - inputs.width - 100), 28);
    const arrow = lowered(arrowBlock('move/arrow', shortName(ask.op.name)), levelOf(cell));
    const between = failed ? [] : [arrow];
    const beside = inputs.width + arrow.width + right.width + 2 * GAP <= ask.width;
    const top = beside ? row([inputs, ...between, right], GAP) : column([inputs, ...between, right], 14);
    return facts ? column([top, facts], 22) : top;
  });
  const marks = plan.draw(0, 0);
  const starts = (mark: Mark, ...keys: string[]): boolean => keys.some((key) => mark.key.startsWith(key));
  const source = marks.filter((mark) => /^(in|by)\d/.test(mark.key));
  const memory = marks.filter((mark) => starts(mark, 'memory', 'fact'));
  if (failed) return [{ name: 'source', marks, words: failureWords(ask, ex) }];
  const rest = marks.filter((mark) => !memory.includes(mark));
  // Before they travel, cells of the result lie on those that they come from.
  const home = new Map<string, CellMark>();
  for (const mark of source) if (mark.kind === 'cell' && mark.ref && mark.key.startsWith('in')) home.set(`${mark.ref.tensor}:${mark.ref.index}`, mark);
  const parked: Mark[] = [];
  for (const mark of rest) {
    if (mark.kind !== 'cell' || !mark.ref || !mark.key.startsWith('out')) continue;
    const which = ask.op.outputs.indexOf(mark.ref.tensor);
    const map = ex.sources?.maps[which];
    const from = map?.input[mark.ref.index] ?? -1;
    const at = map && from >= 0 ? home.get(`${ex.sources!.inputs[from]}:${map.index[mark.ref.index]}`) : undefined;
    if (at) parked.push({ ...mark, x: at.x, y: at.y });
  }
  const frames = pickFrames(ask, source, picked, picking);
  const names = moved.map((id) => nameOf(ask, id, shapeText(numbersFor(ask, id)!.shape)));
  const stages: Stage[] = [{ name: 'source', marks: [...source.map((mark) => (mark.kind === 'cell' ? { ...mark, dim: false } : mark)), ...parked], words: ask.t('lab.words.sourceOf', { names: names.join(', '), shape: moved.map((id) => shapeText(numbersFor(ask, id)!.shape)).join(', ') }) }];
  if (picking.length > 0)
    stages.push({ name: 'picks', marks: [...source, ...frames, ...parked], words: ask.t('lab.words.picks', { index: picking.map((id) => nameOf(ask, id, ask.t('lab.stage.index'))).join(', '), count: picked.size, name: names.join(', ') }) });
  stages.push({ name: 'travel', marks: [...rest, ...frames], words: ask.t('lab.words.travel', { count: size(numbersFor(ask, outs[0]!)!.shape), shape: outs.map((id) => shapeText(numbersFor(ask, id)!.shape)).join(', ') }) });
  if (memory.length > 0) stages.push({ name: 'memory', marks: [...rest, ...frames, ...memory], words: factLines(ask, ex).join(' ') });
  return stages;
}

const shortName = (name: string): string => (name === 'getitem' ? '[ ]' : name.length > 14 ? '' : name);

/** Frames around what was picked, where something was picked at all. */
function pickFrames(ask: Ask, source: readonly Mark[], picked: ReadonlySet<string>, picking: readonly number[]): Mark[] {
  if (picking.length === 0) return [];
  const by = new Set<string>();
  for (const id of ask.op.outputs) {
    const count = Math.min(512, size(ask.answer.tensors[String(id)]?.shape ?? []));
    for (let index = 0; index < count; index++) for (const ref of chosenBy(ask.answer, ask.op, { tensor: id, index })) by.add(`${ref.tensor}:${ref.index}`);
  }
  return source.flatMap((mark): Mark[] => {
    if (mark.kind !== 'cell' || !mark.ref || mark.w < 10) return [];
    const key = `${mark.ref.tensor}:${mark.ref.index}`;
    // What is written into stays where it is; only what comes from elsewhere was picked.
    const stays = ask.op.name === 'where' || (/^(scatter|index_|masked_scatter|put_)/.test(ask.op.name) && ask.op.name !== 'index_select' && mark.ref.tensor === ask.op.inputs[0]);
    const isSource = picked.has(key) && mark.key.startsWith('in') && !stays;
    if (!isSource && !(by.has(key) && mark.key.startsWith('by'))) return [];
    return [framed(mark)];
  });
}

const list = (numbers: readonly number[]): string => shapeText(numbers);

function factLines(ask: Ask, ex: Movement): string[] {
  if (!ex.strides || ex.view === undefined) return [];
  const after = ex.strides.after[0] ?? [];
  const lines = [
    ex.view ? ask.t('lab.memory.view') : ask.t('lab.memory.copy', { bytes: ex.bytes?.allocated ?? 0 }),
    ask.t('lab.memory.strides', { before: list(ex.strides.before), after: ex.strides.after.slice(0, 3).map(list).join(', ') }) +
      (ex.offsets && ex.offsets.after.some((offset) => offset !== ex.offsets!.before) && ex.view ? ` ${ask.t('lab.memory.offset', { before: ex.offsets.before, after: ex.offsets.after.slice(0, 3).join(', ') })}` : ''),
  ];
  if (ex.contiguous && ex.contiguous.after[0] === false) lines.push(ask.t(after.includes(0) ? 'lab.memory.repeats' : 'lab.memory.notContiguous'));
  else if (ex.contiguous && !ex.contiguous.before && !ex.view && size(ask.answer.tensors[String(ask.op.outputs[0])]?.shape ?? []) > 1) lines.push(ask.t('lab.memory.inOrder'));
  if (ex.view && ex.bytes && ex.bytes.copied > 0) lines.push(ask.t('lab.memory.saved', { bytes: ex.bytes.copied }));
  return lines;
}

/** Facts about memory beside the memory itself: each number once, and beneath it when the tensors read it. */
function memoryBlock(ask: Ask, ex: Movement, outs: readonly number[]): Block | null {
  const lines = factLines(ask, ex);
  if (lines.length === 0) return null;
  const strip = memoryStrip(ask, ex, outs);
  const beside = strip !== null && strip.width + 40 + 260 <= ask.width;
  const within = beside ? ask.width - strip.width - 40 : ask.width;
  const words = column(lines.map((text, i) => textBlock(`fact${i}`, text, { within, color: i === 0 ? 'var(--ink)' : 'var(--ink2)', bold: i === 0 })), 0);
  if (!strip) return words;
  return beside ? row([strip, words], 40) : column([strip, words], 12);
}

/** Memory positions that a tensor reads, in reading order. */
function reads(shape: readonly number[], strides: readonly number[], offset: number): number[] {
  return Array.from({ length: size(shape) }, (_, index) => unravel(index, shape).reduce((sum, at, axis) => sum + at * strides[axis]!, offset));
}

interface Reader {
  id: number;
  name: string;
  places: number[];
}

function memoryStrip(ask: Ask, ex: Movement, outs: readonly number[]): Block | null {
  const source = ask.op.inputs[0];
  if (source === undefined || !ex.strides || !ex.offsets) return null;
  const shape = ask.answer.tensors[String(source)]?.shape ?? [];
  if (size(shape) > MOST_MEMORY || size(shape) === 0) return null;
  const reader = (id: number, strides: readonly number[] | undefined, offset: number | undefined, fallback: string): Reader | null => {
    const own = ask.answer.tensors[String(id)]?.shape ?? [];
    return strides && offset !== undefined && size(own) <= 2 * MOST_MEMORY ? { id, name: nameOf(ask, id, fallback), places: reads(own, strides, offset) } : null;
  };
  const mine = reader(source, ex.strides.before, ex.offsets.before, ask.t('lab.stage.source'));
  if (!mine) return null;
  const readers = outs.slice(0, 3).flatMap((id, i) => reader(id, ex.strides!.after[i], ex.offsets!.after[i], ask.t('lab.stage.result')) ?? []);
  // A copy of what already lay in reading order has nothing to tell.
  if (!ex.view && ex.contiguous?.before !== false) return null;
  const trips = ex.view ? [[mine, ...readers]] : [[mine], ...readers.slice(0, 1).map((each) => [each])];
  const room = ask.width;
  const strips = trips.map((each, i) => oneStrip(ask, `memory${i}`, each, room)).filter((strip): strip is Block => strip !== null);
  return strips.length === 0 ? null : column(strips, 12);
}

/** A stretch of memory: positions, the numbers there, and for each tensor the step at which it reads them. */
function oneStrip(ask: Ask, key: string, readers: readonly Reader[], room: number): Block | null {
  const low = Math.min(...readers.flatMap((reader) => reader.places));
  const high = Math.max(...readers.flatMap((reader) => reader.places));
  const count = high - low + 1;
  const label = Math.max(...readers.map((reader) => textWidth(ask.t('lab.stage.reads', { name: reader.name }), 12)), textWidth(ask.t('lab.stage.inMemory'), 12)) + 10;
  const cell = Math.min(28, Math.floor((Math.min(room, 560) - label) / count) - 2);
  if (count > MOST_MEMORY || cell < 18) return null;
  const values = new Map<number, number>();
  for (const reader of readers) {
    const numbers = numbersFor(ask, reader.id);
    if (numbers) reader.places.forEach((place, index) => values.set(place, valueAt(numbers, index)!));
  }
  const dtype = ask.answer.tensors[String(readers[0]!.id)]?.dtype ?? 'float32';
  const paint = paintsFor(ask, readers[0]!.id);
  const line = 18;
  return {
    width: label + count * (cell + 2),
    height: cell + 6 + readers.length * line,
    draw: (x, y) => {
      const marks: Mark[] = [note(`${key}/name`, x, y + cell / 2 + 4, ask.t('lab.stage.inMemory'), { color: 'var(--ink3)' })];
      for (let place = low; place <= high; place++) {
        const at = x + label + (place - low) * (cell + 2);
        marks.push({ kind: 'cell', key: `${key}/${place}`, x: at, y, w: cell, h: cell, ...cellLook(values.get(place), dtype, Math.max(cell, 22), paint, ask.theme) });
      }
      readers.forEach((reader, i) => {
        const top = y + cell + 16 + i * line;
        marks.push(note(`${key}/reads${i}`, x, top, ask.t('lab.stage.reads', { name: reader.name }), { color: textColor(ask.names.get(reader.id)) }));
        const turns = new Map<number, number[]>();
        reader.places.forEach((place, index) => turns.set(place, [...(turns.get(place) ?? []), index]));
        for (const [place, at] of turns) {
          const text = at.length === 1 ? String(at[0]) : at.length === 2 ? at.join(',') : `${at[0]}–${at.at(-1)}`;
          const jumps = at.some((turn) => turn > 0 && reader.places[turn - 1] !== place - 1 && reader.places[turn - 1] !== place);
          const wide = consecutive(at) || at.length < 3 ? text : `${at.length}×`;
          marks.push(note(`${key}/turn${i}/${place}`, x + label + (place - low) * (cell + 2) + cell / 2, top, wide, { anchor: 'middle', mono: true, size: 11, bold: jumps, color: jumps ? 'var(--ink)' : 'var(--ink3)' }));
        }
      });
      return marks;
    },
  };
}

const consecutive = (turns: readonly number[]): boolean => turns.every((turn, i) => i === 0 || turn === turns[i - 1]! + 1);

function failureLines(ask: Ask, ex: Movement): string[] {
  const lines: string[] = [];
  if (ex.strides) lines.push(ask.t('lab.memory.stridesNow', { before: list(ex.strides.before) }));
  if (ex.contiguous && !ex.contiguous.before) lines.push(ask.t('lab.memory.cannotView1'), ask.t('lab.memory.cannotView2'), ask.t('lab.memory.cannotView3'));
  if (lines.length < 2 && ask.op.error) lines.push(ask.op.error);
  return lines;
}

/** Why nothing came of it: the order in which memory is read, and what that rules out. */
function failureBlock(ask: Ask, ex: Movement): Block {
  const source = ask.op.inputs[0];
  const record = source === undefined ? undefined : ask.answer.tensors[String(source)];
  const within = Math.min(420, ask.width);
  const words = failureLines(ask, ex).map((text, i) => textBlock(`fail${i}`, text, { within, color: i === 1 ? 'var(--danger)' : 'var(--ink2)' }));
  const strip =
    record?.strides && size(record.shape) > 0 && size(record.shape) <= MOST_MEMORY
      ? oneStrip(ask, 'memory0', [{ id: record.id, name: nameOf(ask, record.id, ask.t('lab.stage.source')), places: reads(record.shape, record.strides, record.offset ?? 0) }], within)
      : null;
  return lowered(column([...(strip ? [strip] : []), ...words], strip ? 8 : 0), TITLE);
}

const failureWords = (ask: Ask, ex: Movement): string => failureLines(ask, ex).join(' ');

