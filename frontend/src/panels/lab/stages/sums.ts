/** A looked-at cell written out: as one line, and as a tower of cells for each term, its numbers above what they come to. */
import { paintOf, say } from '../cells';
import { addedNumber, factorsOf, type Looked } from '../looked';
import { elementName, signOf } from '../relations';
import { ravel, size, toNumber, type Ref } from '../trace';
import type { Mark } from '../scene';
import { cellLook, note, type Ask } from './placing';
import { textBlock, type Block } from './blocks';

const LISTED = 8;
/** Terms that stand for a sum too long to be written in one line; the towers beneath go on. */
const SOME = 3;
const bracketed = (value: unknown): string => (toNumber(value) < 0 ? `(${say(toNumber(value))})` : say(toNumber(value)));

export const cellRef = (looked: Looked): Ref => ({ tensor: looked.output.tensor, index: ravel(looked.cell, looked.output.shape) });

/** `C[0, 1] = 0·1 + 1·3 + 2·5 = 13`; of a long sum the first terms, how many there are, and the total. */
export function sumLine(ask: Ask, looked: Looked, most = LISTED, some = SOME): string {
  const head = elementName(ask.answer, ask.names, cellRef(looked));
  const value = say(toNumber(looked.value));
  const texts = looked.terms.map((term) => term.map(bracketed).join('·'));
  const listed = looked.count <= most ? texts : [...texts.slice(0, some), '…'];
  const bare = looked.terms.map((term) => say(toNumber(term[0])));
  const given = looked.count <= most ? bare : [...bare.slice(0, some), '…'];
  const added = factorsOf(looked).added.map((part) => addedNumber(part)).filter((each): each is number => each !== undefined);
  const told = looked.count > most ? ` ${ask.t('look.terms', { count: looked.count })}` : '';
  switch (looked.how) {
    case 'sum':
      return `${head} = ${[...listed, ...added.map(bracketed)].join(' + ') || '0'}${looked.count + added.length > 1 || looked.products.length > 0 ? ` = ${value}` : ''}${told}`;
    case 'mean':
      return `${head} = (${listed.join(' + ')}) ÷ ${looked.count} = ${value}`;
    case 'max':
      return `${head} = max(${given.join(', ')}) = ${value}${told}`;
    case 'copy': {
      const part = looked.inputs[0];
      const place = part?.picked[0];
      return part && place ? `${head} = ${elementName(ask.answer, ask.names, { tensor: part.tensor, index: ravel(place, part.shape) })} = ${value}` : `${head} = ${value}`;
    }
    default: {
      const name = ask.op.name;
      const numbers = looked.terms[0]?.map(bracketed) ?? [];
      if (looked.terms.length === 0) return `${head} = ${value}`;
      if (looked.count > 1) return `${head} = ${name}(${given.join(', ')}) = ${value}${told}`;
      const sign = signOf(name);
      return numbers.length === 2 && !/^\w/.test(sign) ? `${head} = ${numbers[0]} ${sign} ${numbers[1]} = ${value}` : `${head} = ${name}(${looked.terms[0]!.map((each) => say(toNumber(each))).join(', ')}) = ${value}`;
    }
  }
}

const isWhole = (looked: Looked): boolean => looked.terms.flat().every((value) => Number.isInteger(toNumber(value)));

/** The line with room for any numbers that may stand in it, so that nothing moves while the cell does. */
export function lineBlock(ask: Ask, looked: Looked, within: number): Block {
  const look = { mono: true, size: 13, color: 'var(--ink)', within } as const;
  const block = textBlock('line', sumLine(ask, looked), look);
  if (isWhole(looked)) return block;
  const shown = looked.count <= LISTED ? looked.count : SOME + 1;
  const term = looked.terms[0]?.map(() => WIDEST).join('·') ?? WIDEST;
  const last = elementName(ask.answer, ask.names, { tensor: looked.output.tensor, index: size(looked.output.shape) - 1 });
  const widest = textBlock('', `${last} = ${Array.from({ length: shown + factorsOf(looked).added.length }, () => term).join(' + ')} = ${WIDEST}`, look);
  return { ...block, width: Math.max(block.width, widest.width), height: Math.max(block.height, widest.height) };
}

/** The sum in one line, with as many terms as find room. */
export function shortLine(ask: Ask, looked: Looked, within: number): Block {
  for (let some = LISTED; ; some--) {
    const text = sumLine(ask, looked, some, Math.max(1, some - 2));
    const block = textBlock('line', text, { mono: true, size: 13, color: 'var(--ink)' });
    if (block.width > within && some > 1) continue;
    if (block.width > within) return lineBlock(ask, looked, within);
    return { ...block, width: isWhole(looked) ? block.width : within };
  }
}

/** As long as a number of four digits gets. */
const WIDEST = '(−0.0000)';
const CELL = 38;
const STEP = CELL + 20;

/** As many towers as there is room for; what is left out is counted. */
export function towers(ask: Ask, looked: Looked, width: number, height: number): Block {
  const factors = looked.terms[0]?.length ?? 0;
  if (factors === 0) return { width: 0, height: 0, draw: () => [] };
  const isProduct = looked.products.length > 0;
  const tall = factors * (CELL + 3) + (isProduct ? 18 : 0);
  const across = Math.max(2, Math.floor((width + 20) / STEP));
  const down = Math.max(1, Math.floor((height + 14) / (tall + 14)));
  const added = factorsOf(looked).added;
  const slots = across * down - added.length;
  const all = looked.terms.length;
  const isCut = looked.count > slots;
  const shown = Math.min(all, isCut ? Math.max(1, slots - 2) : slots);
  const used = shown + added.length + (isCut ? 2 : 0);
  const paint = paintOf([looked.terms.flat().map(toNumber)]);
  const rows = Math.ceil(used / across);
  return {
    width: Math.min(used, across) * STEP - 20,
    height: rows * (tall + 14) - 14,
    draw: (x, y) => {
      const marks: Mark[] = [];
      const at = (slot: number) => ({ x: x + (slot % across) * STEP, y: y + Math.floor(slot / across) * (tall + 14) });
      const sign = looked.how === 'sum' || looked.how === 'mean' ? '+' : ',';
      for (let i = 0; i < shown; i++) {
        const slot = at(i);
        looked.terms[i]!.forEach((value, k) =>
          marks.push({ kind: 'cell', key: `term/${i}/${k}`, x: slot.x, y: slot.y + k * (CELL + 3), w: CELL, h: CELL, ...cellLook(toNumber(value), 'float32', CELL, paint, ask.theme) }),
        );
        if (isProduct) marks.push(note(`term/p${i}`, slot.x + CELL / 2, slot.y + tall - 3, fittedText(toNumber(looked.products[i]), CELL + 8, 3), { anchor: 'middle', mono: true, size: 11, color: 'var(--ink)' }));
        if (i < looked.count - 1 || added.length > 0) marks.push(note(`term/sign${i}`, slot.x + CELL + 10, isProduct ? slot.y + tall - 3 : slot.y + CELL / 2 + 4, sign, { anchor: 'middle', mono: true, size: 11, color: 'var(--ink3)' }));
      }
      added.forEach((part, i) => {
        const slot = at(shown + (isCut ? 2 : 0) + i);
        const value = addedNumber(part);
        if (value === undefined) return;
        marks.push({ kind: 'cell', key: `term/added${i}`, x: slot.x, y: slot.y, w: CELL, h: CELL, ...cellLook(value, 'float32', CELL, paintOf([[value]]), ask.theme) });
        marks.push(note(`term/addedName${i}`, slot.x + CELL / 2, slot.y + CELL + 14, ask.t('look.added'), { anchor: 'middle', size: 11 }));
      });
      if (isCut) {
        const slot = at(shown);
        const rest = shown === all && looked.rest !== null && looked.rest !== undefined ? ` = ${say(toNumber(looked.rest))}` : '';
        marks.push(note('term/more', slot.x, isProduct ? slot.y + tall - 3 : slot.y + CELL / 2 + 4, `… ${ask.t('look.more', { count: looked.count - shown })}${rest}`, { size: 11 }));
      }
      return marks;
    },
  };
}

/** A number with as many decimals as fit into a cell of that many pixels. */
export function fittedText(value: number, cell: number, most = 2): string {
  const room = Math.max(4, Math.floor((cell - 1) / 6.1));
  if (!Number.isFinite(value) || Number.isInteger(value)) return say(value);
  const texts = Array.from({ length: most + 1 }, (_, i) => most - i).map((digits) => (Number(value.toFixed(digits)) === 0 ? '0' : value.toFixed(digits).replace('-', '−')));
  return texts.find((text) => text.length <= room) ?? say(Number(value.toPrecision(1)));
}
