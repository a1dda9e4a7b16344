/** Convolution and pooling: the window over the input, and the numbers under it in the window's own shape. */
import { paintOf, say } from '../cells';
import { addedNumber, batchOf, cornerOf, facetName, factorsOf, isInside, sentOf, sidesOf, type Looked, type Part } from '../looked';
import { explained, elementName } from '../relations';
import type { CellMark, Mark, Stage } from '../scene';
import { ravel, shapeText, toNumber } from '../trace';
import { blank, column, flow, largest, row, textBlock, TITLE, type Block } from './blocks';
import { chooser } from './batches';
import { around, cornersIn, matrix, only, pitchOf, READ, steady, type Area } from './parts';
import { cellLook, gradName, nameOf, note, roomOf, textColor, title, titleWidth, type Ask } from './placing';
import { cellRef, fittedText, shortLine } from './sums';

/** Channels whose numbers are written out; the others are told. */
const CHANNELS = 3;
const MAPS = [40, 34, 30, 26, 20, 16, 12, 10, 8, 6, 5, 4, 3, 2];
const CELLS = [40, 34, 30, 26];
const GAP = 32;
/** Room that the sum in one or two lines needs. */
const LINE = 420;
/** Cells of the maps for whose sake fewer channels are written out. */
const LEAST = 5;

export function windowStages(ask: Ask, looked: Looked): Stage[] {
  const facts = factsOf(ask, looked);
  const words = [`${ask.op.name}: ${looked.inputs.map((part) => shapeText(part.shape)).join(', ')} → ${shapeText(looked.output.shape)}`, ...facts].join('. ');
  const draw = planned(ask, looked, facts);
  const stages: Stage[] = [
    { name: 'operands', marks: draw('operands'), words },
    { name: 'result', marks: draw('result'), words: ask.t('lab.words.result', { shape: shapeText(looked.output.shape) }) },
    { name: 'sum', marks: draw('sum'), words: spoken(ask, looked) },
  ];
  const back = backward(ask, looked);
  if (back) stages.push(back);
  return stages;
}

type Shown = 'operands' | 'result' | 'sum';

/** One plan for all stages, so that nothing moves between them. */
function planned(ask: Ask, looked: Looked, facts: readonly string[]): (shown: Shown) => readonly Mark[] {
  const batches = chooser(ask, looked, [], ask.width / 2);
  const isBeside = batches.width > 0 && ask.width - batches.width - GAP >= LINE;
  const within = isBeside ? ask.width - batches.width - GAP : ask.width;
  const told = facts.map((text, i) => textBlock(`fact${i}`, text, { size: 12, color: 'var(--ink2)', within }));
  const head = column([...told, shortLine(ask, looked, within)], 3);
  const over = (block: Block): Block => (isBeside ? row([block, batches], GAP) : column([block, batches], 8));
  const body = planOf(ask, looked, roomOf(ask) - over(head).height - 16);
  return (shown) => steady(column([over(shown === 'sum' ? head : column(told, 3)), body(shown)], 14));
}

/** The numbers under the window stand between the input and the result where all three have room, else beneath them. */
function planOf(ask: Ask, looked: Looked, height: number): (shown: Shown) => Block {
  const channels = channelsOf(looked);
  const maps = MAPS.map((cell) => ({ cell, ...mapsOf(ask, looked, cell, 'sum') }));
  for (let most = Math.min(CHANNELS, channels.length); most > 0; most--) {
    const numbers = CELLS.map((size) => termsOf(ask, looked, channels, size, most));
    const fits: { cell: number; isBetween: boolean; terms: Block }[] = [];
    for (const isBetween of [true, false])
      search: for (const { cell, input, result } of maps)
        for (const terms of numbers) {
          if (cell < LEAST && most > 1) continue;
          const block = isBetween ? row([input, terms, result], GAP) : column([row([input, result], GAP), terms], 20);
          if (block.width > ask.width || block.height > height) continue;
          fits.push({ cell, isBetween, terms });
          break search;
        }
    const [first, second] = fits;
    const best = first && second && first.cell < READ && second.cell > first.cell ? second : first;
    if (!best) continue;
    return (shown) => {
      const { input, kernel, result } = mapsOf(ask, looked, best.cell, shown);
      const last = shown === 'operands' ? [] : [result];
      if (shown !== 'sum') return flow([input, kernel, ...last], ask.width, GAP, 16);
      return best.isBetween ? row([input, best.terms, result], GAP) : column([row([input, result], GAP), best.terms], 20);
    };
  }
  // No plan fits: the picture is as wide as there is room, and scrolled.
  const cell = Math.min(READ, maps.find((each) => each.input.width <= ask.width)?.cell ?? MAPS.at(-1)!);
  const terms = termsOf(ask, looked, channels, READ, CHANNELS);
  return (shown) => {
    const { input, kernel, result } = mapsOf(ask, looked, cell, shown);
    return flow([input, ...(shown === 'operands' ? [kernel] : [result]), ...(shown === 'sum' ? [terms] : [])], ask.width, 28, 20);
  };
}

const isPool = (looked: Looked): boolean => factorsOf(looked).factors.length < 2;

/** Input, kernel and result as matrices; of several channels the first that the cell reads. */
function mapsOf(ask: Ask, looked: Looked, cell: number, shown: Shown): { input: Block; kernel: Block; result: Block } {
  const [x, w] = looked.inputs as [Part, Part | undefined];
  const isSum = shown === 'sum';
  const around = ringOf(ask, x);
  const kernelCell = Math.max(cell, Math.min(32, 4 * READ));
  const filler = looked.how === 'max' ? '−∞' : '0';
  const showRing = around !== null && cell >= 8;
  return {
    input: matrix(ask, { key: 'in0', part: x, cell, name: nameOf(ask, x.tensor, 'x'), frames: isSum ? frameOf(x, showRing) : [], dim: isSum && cell >= READ, ...(showRing ? { padding: { before: around.before, after: around.after, text: filler } } : {}) }),
    kernel: w && !isPool(looked) ? kernels(ask, w, sidesOf(w)[0] * kernelCell > 200 ? cell : kernelCell) : blank(0),
    result: matrix(ask, { key: 'out', part: looked.output, cell, frames: isSum ? [only(cornerOf(looked.output, looked.cell))] : [], dim: isSum && cell >= READ }),
  };
}

function kernels(ask: Ask, w: Part, cell: number): Block {
  const shown = w.facets.slice(0, CHANNELS);
  const blocks = shown.map((_, i) => matrix(ask, { key: `in1/${i}`, part: w, facet: i, cell, name: nameOf(ask, w.tensor, 'weight') }));
  const more = w.reaches > shown.length ? textBlock('kernel/more', ask.t('look.moreChannels', { count: w.reaches - shown.length }), { size: 11, color: 'var(--ink3)' }) : blank(0);
  return column([...blocks, more], 10);
}

/** The padding around the input, where all of the input is drawn. */
function ringOf(ask: Ask, x: Part): { before: [number, number]; after: [number, number] } | null {
  const ex = explained(ask.op) as { padding?: number[]; after?: number[]; transposed?: boolean };
  if (!ex.padding || !ex.after || ex.transposed) return null;
  const [rows, columns] = sidesOf(x);
  // Of a sequence the rows are channels, which are not padded.
  const pair = (all: number[]): [number, number] => [all.length > 1 ? all.at(-2)! : 0, all.at(-1)!];
  const isWhole = sentOf(x)[0] === rows && sentOf(x)[1] === columns;
  const ring = { before: pair(ex.padding), after: pair(ex.after) };
  return isWhole && [...ring.before, ...ring.after].some((each) => each > 0) ? ring : null;
}

/** The window's frame, cut at the input's edge where the padding is not drawn; gaps of a dilated window are framed cell by cell. */
function frameOf(x: Part, ring: boolean): Area[] {
  const seen = cornersIn(x, ring);
  if (seen.length === 0) return [];
  const { area, isFilled } = around(seen);
  return isFilled ? [area] : [area, ...seen.map(only)];
}

interface Term {
  row: number;
  column: number;
  x: number;
  w: number | null;
  product: number | null;
  inside: boolean;
  place: number[];
}

/** The terms of one channel in the window's own shape. */
interface Channel {
  name: string;
  terms: Term[];
  rows: number;
  columns: number;
}

function channelsOf(looked: Looked): Channel[] {
  const [x, w] = looked.inputs as [Part, Part | undefined];
  const weighted = !isPool(looked) && w !== undefined;
  const order = weighted ? w : x;
  const groups = new Map<string, Term[]>();
  looked.terms.forEach((term, i) => {
    const place = x.picked[i]!;
    const [r, c] = cornerOf(order, order.picked[i]!);
    const batch = batchOf(x, place);
    const key = facetName(x, batch);
    const list = groups.get(key) ?? [];
    list.push({ row: r, column: c, x: toNumber(term[0]), w: weighted ? toNumber(term[1]) : null, product: weighted ? toNumber(looked.products[i]) : null, inside: isInside(x, place), place });
    groups.set(key, list);
  });
  return [...groups].map(([name, terms]) => {
    const rows = [...new Set(terms.map((each) => each.row))].sort((a, b) => a - b);
    const columns = [...new Set(terms.map((each) => each.column))].sort((a, b) => a - b);
    return { name, terms: terms.map((each) => ({ ...each, row: rows.indexOf(each.row), column: columns.indexOf(each.column) })), rows: rows.length, columns: columns.length };
  });
}

/** For each channel: the numbers under the window, the weights over them, and what they come to. */
function termsOf(ask: Ask, looked: Looked, channels: readonly Channel[], cell: number, most: number): Block {
  const shown = channels.slice(0, most);
  if (shown.length === 0) return blank(0);
  const [x, w] = looked.inputs as [Part, Part | undefined];
  const pitch = pitchOf(cell);
  const xPaint = paintOf([looked.terms.map((term) => toNumber(term[0]))]);
  const wPaint = paintOf([looked.terms.map((term) => toNumber(term[1]))]);
  const pPaint = paintOf([looked.products.map(toNumber)]);
  const largest = looked.how === 'max' ? toNumber(looked.value) : NaN;
  const weighted = w !== undefined && !isPool(looked);
  const blocks = shown.map((channel, i): Block => {
    const top = i === 0 ? TITLE : 17;
    const grid = (key: string, name: string, beside: string, color: string, value: (term: Term) => number | null, paint: typeof xPaint, own: boolean): Block => ({
      width: Math.max(channel.columns * pitch - 2, i === 0 || own ? titleWidth(name, beside) : 0),
      height: top + channel.rows * pitch - 2,
      draw: (x0, y0) => [
        ...(i === 0 || own ? title(key, x0, y0 + (i === 0 ? 12 : 10), name, beside, color) : []),
        ...channel.terms.map((term): CellMark => {
          const number = value(term);
          const at = { x: x0 + term.column * pitch, y: y0 + top + term.row * pitch };
          if (own && !term.inside) return { kind: 'cell', key: `${key}/${term.row},${term.column}`, ...at, w: cell, h: cell, look: 'padding', text: looked.how === 'max' ? '−∞' : '0', ink: 'var(--ink3)' };
          const look = cellLook(number ?? 0, 'float32', cell, paint, ask.theme);
          return { kind: 'cell', key: `${key}/${term.row},${term.column}`, ...at, w: cell, h: cell, ...look, ...(key.startsWith('terms/p') && number !== null ? { text: fittedText(number, cell) } : {}), ...(own && number === largest ? { stroke: 'var(--accent)' } : {}), ...(own ? { ref: { tensor: x.tensor, index: ravel(term.place, x.shape) } } : {}) };
        }),
      ],
    });
    const sign = (key: string, text: string): Block => ({ width: 16, height: top + (channel.rows * pitch) / 2 + 8, draw: (x0, y0) => [note(key, x0 + 8, y0 + top + (channel.rows * pitch) / 2 + 4, text, { anchor: 'middle', mono: true, size: 16 })] });
    const under = grid(`terms/x${i}`, channels.length > 1 ? '' : ask.t('look.under'), channels.length > 1 ? channel.name : '', textColor(ask.names.get(x.tensor)), (term) => term.x, xPaint, true);
    if (!weighted) return under;
    return row([under, sign(`terms/times${i}`, '×'), grid(`terms/w${i}`, nameOf(ask, w.tensor, 'weight'), '', textColor(ask.names.get(w.tensor)), (term) => term.w, wPaint, false), sign(`terms/is${i}`, '='), grid(`terms/p${i}`, ask.t('look.products'), '', 'var(--ink2)', (term) => term.product, pPaint, false)], 4);
  });
  const added = factorsOf(looked).added[0];
  const bias = added ? addedNumber(added) : undefined;
  const more = x.reaches > shown.length ? ask.t('look.moreChannels', { count: x.reaches - shown.length }) : '';
  const total = looked.how === 'sum' ? ask.t(shown.length > 1 || more ? 'look.sumChannels' : 'look.sumOf', { count: looked.count, value: say(toNumber(looked.value)) }) : looked.how === 'mean' ? ask.t('look.meanOf', { count: looked.count, value: say(toNumber(looked.value)) }) : ask.t('look.maxOf', { count: looked.count, value: say(toNumber(looked.value)) });
  const last = [more, bias === undefined ? '' : ask.t('look.bias', { value: say(bias) })].filter(Boolean).join('; ');
  const within = Math.max(200, blocks[0]!.width);
  return column([...blocks, column([...(last ? [textBlock('terms/more', last, { size: 12, color: 'var(--ink2)', within })] : []), textBlock('terms/total', total, { size: 13, bold: true, within })], 2)], 6);
}

function factsOf(ask: Ask, looked: Looked): string[] {
  const ex = explained(ask.op) as { kernel?: number[]; stride?: number[]; padding?: (number | string)[]; dilation?: number[]; groups?: number; transposed?: boolean; adaptive?: boolean };
  const facts: string[] = [];
  if (ex.kernel) facts.push(ask.t('lab.stage.window', { kernel: ex.kernel.join('×'), stride: (ex.stride ?? []).join('×'), padding: (ex.padding ?? []).join('×') }));
  const more = [
    ex.dilation?.some((each) => each > 1) ? ask.t('look.dilation', { dilation: ex.dilation.join('×') }) : '',
    (ex.groups ?? 1) > 1 ? ask.t('look.groups', { groups: ex.groups!, channels: looked.inputs[0]!.reaches }) : '',
    ex.transposed ? ask.t('look.transposed') : '',
    ex.adaptive ? ask.t('look.adaptive') : '',
  ].filter(Boolean);
  return [[...facts, ...more].join(' · ')].filter(Boolean);
}

function spoken(ask: Ask, looked: Looked): string {
  const outside = looked.inputs[0]!.picked.filter((place) => !isInside(looked.inputs[0]!, place)).length;
  const cell = elementName(ask.answer, ask.names, cellRef(looked));
  return [ask.t('look.words.window', { cell, value: say(toNumber(looked.value)), count: looked.count, channels: looked.inputs[0]!.reaches }), outside > 0 ? ask.t('look.words.padding', { count: outside }) : ''].filter(Boolean).join(' ').replace(/。 /g, '。');
}

/** What went back to the input and to the weights, beside what arrived. */
function backward(ask: Ask, looked: Looked): Stage | null {
  const parts = [looked.output, ...factorsOf(looked).factors].filter((part) => part.facets[0]?.grad);
  if (parts.length < 2 || !looked.output.facets[0]?.grad) return null;
  const words = ask.t(isPool(looked) ? (looked.how === 'max' ? 'look.back.max' : 'look.back.mean') : 'look.back.window');
  const head = textBlock('back/words', words, { size: 12, color: 'var(--ink2)', within: ask.width });
  const make = (cell: number): Block =>
    flow(
      parts.map((part, i) => matrix(ask, { key: `back${i}`, part, cell: part === looked.inputs[1] ? Math.max(cell, READ) : cell, gradient: true, name: gradName(ask, part.tensor, i === 0 ? 'y' : part === looked.inputs[1] ? 'weight' : 'x') })),
      ask.width, 40, 20,
    );
  return { name: 'backward', marks: column([head, largest(MAPS, ask.width, roomOf(ask) - head.height - 14, make)], 14).draw(0, 0), words };
}
