/** Products: a's row and b's column meet in the result's cell; the batch that is meant, and the sum beside them. */
import { cornerOf, facetName, factorsOf, isTurned, lettersOf, outerAxes, rowsOf, sentOf, turned, type Looked, type Part } from '../looked';
import { textWidth, type Mark, type Stage } from '../scene';
import { shapeText, size } from '../trace';
import { blank, column, flow, largest, row, textBlock, TITLE, type Block } from './blocks';
import { chooser } from './batches';
import { around, besideOf, cornersIn, matrix, only, partName, pitchOf, READ, steady, type Area, type Matrix } from './parts';
import { gradName, nameOf, note, roomOf, textColor, titleWidth, type Ask } from './placing';
import { lineBlock, sumLine, towers } from './sums';

const GAP = 14;
const SIGN = 34;
const CELLS = [46, 40, 34, 30, 26, 12, 10, 8, 7, 6, 5, 4, 3, 2.5, 2];
/** Room that the sum beside the matrices needs. */
const BESIDE = 250;
const BETWEEN = 32;

interface Facing {
  /** Columns of the first operand are rows of the second, as in a matrix product. */
  meets: boolean;
  summed: Set<string>;
}

function facing(looked: Looked): Facing {
  const { operands, result } = lettersOf(looked.equation ?? '');
  const [a, b] = looked.inputs;
  const letter = (letters: string | undefined, axis: number | null | undefined) => (axis === null || axis === undefined ? '' : (letters?.[axis] ?? ''));
  const summed = new Set([...operands.join('')].filter((each) => !result.includes(each)));
  const meets =
    operands.length === 2 && a !== undefined && b !== undefined &&
    letter(operands[0], a.axes[1]) === letter(operands[1], b.axes[0]) &&
    letter(operands[0], a.axes[0]) === letter(result, looked.output.axes[0]) &&
    letter(operands[1], b.axes[1]) === letter(result, looked.output.axes[1]);
  return { meets, summed };
}

export function productStages(ask: Ask, looked: Looked): Stage[] {
  const plan = planOf(ask, looked);
  const line = sumLine(ask, looked);
  const words = [`${ask.op.name}: ${factorsOf(looked).factors.map((part) => shapeText(part.shape)).join(', ')} → ${shapeText(looked.output.shape)}`, ...factsOf(ask)].join('. ');
  const stages: Stage[] = [
    { name: 'operands', marks: plan.draw('operands'), words },
    { name: 'result', marks: plan.draw('result'), words: ask.t('lab.words.result', { shape: shapeText(looked.output.shape) }) },
    { name: 'sum', marks: plan.draw('sum'), words: `${line}. ${spoken(ask, looked)}` },
  ];
  const back = backward(ask, looked);
  if (back) stages.push(back);
  return stages;
}

type Shown = 'operands' | 'result' | 'sum';

function planOf(ask: Ask, looked: Looked): { draw: (shown: Shown) => Mark[] } {
  const { factors } = factorsOf(looked);
  const parts = factors.length > 0 ? factors : looked.inputs.slice(0, 2);
  const facts = factsOf(ask);
  const room = roomOf(ask);
  const sizeWith = (cell: number, isCrossed: boolean): number => (isCrossed ? crossedWidth(ask, parts as [Part, Part], looked.output, cell) : lineWidth(ask, parts, looked.output, cell));
  const assemble = ({ cell, isCrossed, isBeside }: Plan, shown: Shown): Block => {
    const matrices = isCrossed ? crossed(ask, looked, parts as [Part, Part], cell, shown) : inLine(ask, looked, parts, cell, shown);
    const within = isBeside ? ask.width - sizeWith(cell, isCrossed) - BETWEEN : ask.width;
    const head = column([letters(ask, looked, within), ...facts.map((text, i) => textBlock(`fact${i}`, text, { within, size: 12, color: 'var(--ink2)' }))], 2);
    const line = shown === 'sum' ? lineBlock(ask, looked, within) : blank(0);
    const said = column([head, chooser(ask, looked, parts, within), line], 12);
    const left = isBeside ? room - said.height - 14 : Math.max(0, room - matrices.height - said.height - 30);
    const beside = column([said, shown === 'sum' ? towers(ask, looked, within, left) : blank(0)], 14);
    return isBeside ? row([matrices, beside], BETWEEN) : column([matrices, beside], 16);
  };
  const best = (isCrossed: boolean): Plan | null => {
    for (const cell of CELLS)
      for (const isBeside of [true, false]) {
        if (isBeside && ask.width - sizeWith(cell, isCrossed) - BETWEEN < BESIDE) continue;
        const block = assemble({ cell, isCrossed, isBeside }, 'sum');
        if (block.width <= ask.width && block.height <= room) return { cell, isCrossed, isBeside };
      }
    return null;
  };
  // Small matrices stand in a line as they are written; of pictures the second stands above the result, unless they would shrink for it.
  const inOne = best(false);
  const over = facing(looked).meets ? best(true) : null;
  const isOver = over !== null && (inOne === null || (inOne.cell >= READ ? over.cell > inOne.cell : over.cell >= 0.6 * inOne.cell));
  const plan = (isOver ? over : inOne) ?? scrolled(ask, facing(looked).meets, sizeWith);
  return { draw: (shown) => steady(assemble(plan, shown)) };
}

interface Plan {
  cell: number;
  isCrossed: boolean;
  isBeside: boolean;
}

/** Where the height is not enough, the largest cells that keep to the width. */
function scrolled(ask: Ask, meets: boolean, sizeWith: (cell: number, isCrossed: boolean) => number): Plan {
  const cell = CELLS.find((each) => each <= READ && sizeWith(each, meets) <= ask.width) ?? CELLS.at(-1)!;
  return { cell, isCrossed: meets, isBeside: false };
}

function areas(looked: Looked, part: Part): Area[] {
  const corners = cornersIn(part, true);
  if (corners.length === 0) return [];
  const [rows, columns] = [corners.map(([r]) => r), corners.map(([, c]) => c)];
  const [sentRows, sentColumns] = sentOf(part);
  const { area: full, isFilled } = around(corners);
  const cut = (area: Area): Area | null => {
    const [r, c, lr, lc] = area;
    const [or, oc] = part.origin as [number, number];
    const made: Area = [Math.max(r, or), Math.max(c, oc), Math.min(lr, or + sentRows - 1), Math.min(lc, oc + sentColumns - 1)];
    return made[0] <= made[2] && made[1] <= made[3] ? made : null;
  };
  // A long row or column goes on beyond the terms that were listed.
  const longer: Area = looked.count > looked.terms.length && rows.length > 1 ? [full[0], full[1], rows[0] === rows.at(-1) ? full[2] : part.origin[0]! + sentRows - 1, columns[0] === columns.at(-1) ? full[3] : part.origin[1]! + sentColumns - 1] : full;
  return (isFilled ? [longer] : corners.map(only)).map(cut).filter((each): each is Area => each !== null);
}

function part(ask: Ask, looked: Looked, each: Part, key: string, cell: number, shown: Shown, overhang = 0): Matrix {
  const isSum = shown === 'sum';
  const index = looked.inputs.indexOf(each);
  const frames = isSum ? areas(looked, each) : [];
  return matrix(ask, { key, part: each, cell, name: nameOf(ask, each.tensor, key === 'out' ? '' : 'abc'[index] ?? ''), frames, dim: isSum && cell >= READ, overhang });
}

const titled = (ask: Ask, each: Part, index: number): number => titleWidth(partName(each, nameOf(ask, each.tensor, 'abc'[index] ?? '')), besideOf(each));

function sides(each: Part, cell: number): [number, number] {
  const [rows, columns] = sentOf(each);
  const pitch = pitchOf(cell);
  return [Math.max(columns * pitch, 12), Math.max(rows * pitch, 12)];
}

function crossedWidth(ask: Ask, [a, b]: [Part, Part], out: Part, cell: number): number {
  return Math.max(sides(a, cell)[0], titled(ask, a, 0)) + GAP + Math.max(sides(out, cell)[0], titled(ask, b, 1), titled(ask, out, 2));
}

/** The second operand above the result, the first to its left: a's row runs into b's column at the cell. */
function crossed(ask: Ask, looked: Looked, [first, second]: [Part, Part], cell: number, shown: Shown): Block {
  // A name longer than its matrix is wide ends where the matrix does: to the right of it stands the other one.
  const a = part(ask, looked, first, 'in0', cell, shown, Math.max(0, titled(ask, first, 0) - sides(first, cell)[0]));
  const b = part(ask, looked, second, 'in1', cell, shown);
  const out = matrix(ask, { key: 'out', part: looked.output, cell, frames: shown === 'sum' ? areas(looked, looked.output) : [], dim: shown === 'sum' && cell >= READ, untitled: true });
  const left = Math.max(a.width, titled(ask, first, 0)) + GAP;
  const top = b.height + GAP;
  const name = nameOf(ask, looked.output.tensor);
  const beside = besideOf(looked.output);
  const aTop = Math.max(0, top - TITLE);
  return {
    width: left + Math.max(out.width, b.width, titleWidth(name, beside)),
    height: top + Math.max(out.height, a.height - TITLE) + 26,
    draw: (x, y) => [
      ...b.draw(x + left, y),
      ...a.draw(x + left - GAP - a.columns * a.pitch, y + aTop),
      ...(shown === 'operands' ? [] : out.draw(x + left, y + top)),
      ...(shown === 'operands'
        ? []
        : [note('out/name', x + left, y + top + out.height + 16, name, { mono: true, bold: true, size: 13, color: textColor(ask.names.get(looked.output.tensor)) }), note('out/shape', x + left + (name ? name.length * 8 + 8 : 0), y + top + out.height + 16, beside, { mono: true })]),
    ],
  };
}

function lineWidth(ask: Ask, parts: readonly Part[], out: Part, cell: number): number {
  return [...parts, out].reduce((sum, each, i) => sum + Math.max(sides(each, cell)[0], titled(ask, each, i)), 0) + SIGN * parts.length;
}

function inLine(ask: Ask, looked: Looked, parts: readonly Part[], cell: number, shown: Shown): Block {
  const sign = (text: string, i: number): Block => ({ width: SIGN - 12, height: TITLE + 40, draw: (x, y) => [note(`sign${i}`, x + (SIGN - 12) / 2, y + TITLE + 26, text, { anchor: 'middle', size: 18, mono: true })] });
  const { meets } = facing(looked);
  const blocks = parts.flatMap((each, i) => [part(ask, looked, each, `in${i}`, cell, shown), sign(i === parts.length - 1 ? '=' : meets ? '@' : '·', i)]);
  return row([...blocks, ...(shown === 'operands' ? [] : [part(ask, looked, looked.output, 'out', cell, shown)])], 6);
}

// ------------------------------------------------------------ what is said beside
/** The equation with the letters that are summed over in the accent. */
function letters(ask: Ask, looked: Looked, within: number): Block {
  const text = looked.equation;
  if (!text) return blank(0);
  const { summed } = facing(looked);
  const head = ask.t('look.letters');
  const tail = summed.size > 0 ? textBlock('letters/tail', ask.t('look.summed', { letters: [...summed].join(', ') }), { size: 12, color: 'var(--accent)' }) : blank(0);
  const WIDE = 8.6;
  const spelled: Block = {
    width: textWidth(head, 12) + 8 + (text.length + 2) * WIDE,
    height: 20,
    draw: (x, y) => {
      const start = x + textWidth(head, 12) + 8;
      let at = start;
      const marks: Mark[] = [note('letters/head', x, y + 13, head)];
      for (const [i, sign] of [...text.replace('->', ' → ')].entries()) {
        const isSummed = summed.has(sign);
        marks.push(note(`letters/${i}`, at, y + 13, sign, { mono: true, size: 14, bold: isSummed, color: isSummed ? 'var(--accent)' : 'var(--ink)' }));
        at += sign === '→' ? 2 * WIDE : WIDE;
      }
      return marks;
    },
  };
  return flow([spelled, tail], within, 12, 0);
}

export function factsOf(ask: Ask): string[] {
  const ex = ask.op.explanation as { batch?: { aligned: number[][]; result: number[] | null }; form?: string };
  const facts: string[] = [];
  if (ex.form) facts.push(ex.form);
  if (ex.batch?.result) facts.push(ask.t('lab.stage.batch', { shapes: ex.batch.aligned.map(shapeText).join(', '), result: shapeText(ex.batch.result) }));
  return facts;
}

function spoken(ask: Ask, looked: Looked): string {
  const { factors } = factorsOf(looked);
  const names = factors.map((each, i) => `${nameOf(ask, each.tensor, 'abc'[i] ?? '')}${facetName(each, each.facets[0]?.batch ?? [])}`);
  const [r, c] = cornerOf(looked.output, looked.cell);
  if (!facing(looked).meets || names.length !== 2) return ask.t('look.words.sum', { count: looked.count });
  return ask.t('look.words.product', { left: names[0]!, right: names[1]!, row: r, column: c, count: looked.count });
}

// ------------------------------------------------------------ backward
interface Turn {
  part: Part;
  gradient: boolean;
}

/** The gradient of each operand as a product again, in numbers or pictures. */
function backward(ask: Ask, looked: Looked): Stage | null {
  const { factors } = factorsOf(looked);
  const ex = ask.op.explanation as { backward?: string[] } | null;
  const [a, b] = factors;
  const out = looked.output;
  if (!a || !b || factors.length !== 2 || !facing(looked).meets || !out.facets[0] || !rowsOf(out.facets[0], true)) return null;
  const known = [a, b].filter((each) => each.facets[0] && rowsOf(each.facets[0], true));
  if (known.length === 0) return null;
  const names = [a, b].map((each, i) => nameOf(ask, each.tensor, 'abc'[i]!));
  const outName = gradName(ask, out.tensor, 'out');
  // Each gradient as three matrices in a line: the result's times the other operand, in the order that gives this operand's own shape.
  const lines = known.map((each): [Turn, Turn, Part] => {
    const arrived: Turn = { part: out, gradient: true };
    const other: Turn = { part: turned(each === a ? b : a), gradient: false };
    const [left, right] = each === a ? [arrived, other] : [other, arrived];
    if (!isTurned(each)) return [left, right, each];
    const over = (one: Turn): Turn => ({ ...one, part: turned(one.part) });
    return [over(right), over(left), turned(each)];
  });
  const draw = (cell: number): Block => {
    const one = ({ part, gradient }: Turn, key: string): Block =>
      matrix(ask, { key, part, cell, gradient, bare: true, name: gradient ? gradName(ask, part.tensor, 'out') : nameOf(ask, part.tensor, 'abc'[looked.inputs.findIndex((input) => input.tensor === part.tensor)] ?? '') });
    const sign = (key: string, text: string): Block => ({ width: 22, height: TITLE + 34, draw: (x, y) => [note(key, x + 11, y + TITLE + 22, text, { anchor: 'middle', size: 17, mono: true })] });
    return flow(
      lines.map(([left, right, made], i) => flow([one(left, `back${i}/l`), sign(`back${i}/at`, '@'), one(right, `back${i}/r`), sign(`back${i}/is`, '='), matrix(ask, { key: `back${i}/made`, part: made, cell, gradient: true, bare: true, name: gradName(ask, made.tensor, names[i]!) })], ask.width, 4, 10)).concat(
        added.map((each) => matrix(ask, { key: 'back/added', part: each, cell, gradient: true, bare: true, name: gradName(ask, each.tensor, 'b') })),
      ),
      ask.width, 44, 20,
    );
  };
  const added = factorsOf(looked).added.filter((each) => each.facets[0]?.grad);
  const texts = known.map((each) => {
    const i = each === a ? 0 : 1;
    const formula = ex?.backward?.[i] ?? (each === a ? 'g @ b.T' : 'a.T @ g');
    return `${gradName(ask, each.tensor, names[i]!)} = ${formula.replace(/[gabwx]\b(?!\w|\()/g, (sign) => (sign === 'g' ? outName : sign === 'a' || sign === 'x' ? names[0]! : names[1]!))}`;
  });
  if (added[0] && ex?.backward?.[2]) texts.push(`${gradName(ask, added[0].tensor, 'b')} = ${ex.backward[2].replace(/\bg\b/, outName)}`);
  const stretched = known.filter((each) => outerAxes(out).length > 0 && size(outerAxes(each).map((axis) => each.shape[axis]!)) < size(outerAxes(out).map((axis) => out.shape[axis]!)));
  const facts = [...stretched.map((each) => ask.t('look.backBatch', { name: nameOf(ask, each.tensor, '') })), ...(a.tensor === b.tensor ? [ask.t('look.backTwice', { name: names[0]! })] : [])];
  const head = column([...texts.map((text, i) => textBlock(`back/text${i}`, text, { mono: true, size: 13, color: 'var(--accent)', within: ask.width })), ...facts.map((text, i) => textBlock(`back/fact${i}`, text, { size: 12, color: 'var(--ink2)', within: ask.width }))], 2);
  return { name: 'backward', marks: column([head, largest(CELLS, ask.width, roomOf(ask) - head.height - 14, draw)], 14).draw(0, 0), words: [...texts, ...facts].join('. ') };
}
