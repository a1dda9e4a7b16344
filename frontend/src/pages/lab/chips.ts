/** What stands beside one line, as short pieces with their widths, and which of them fit the room that the code leaves. */
import type { LineResult, MiniGrid } from './results';

export interface ChipWords {
  viewOf: (name: string) => string;
  fills: (names: string) => string;
  writes: (names: string) => string;
  operations: (count: string) => string;
}

export interface Chip {
  kind: 'did' | 'runs' | 'shape' | 'view' | 'dtype' | 'text' | 'mini';
  text: string;
  /** Pixels across, with its frame. */
  width: number;
  /** Identity color, or -1. */
  color: number;
  mini?: MiniGrid;
}

const GAP = 6;
/** The most that is kept free for a result on a line whose code would fill the whole width. */
const MOST_KEPT = 128;
/** What goes first where the code leaves little room; the last piece always stays. */
const LEAVES: readonly Chip['kind'][] = ['dtype', 'mini', 'view', 'runs', 'did', 'shape', 'text'];
export const MINI_CELL = 9;

const mono = (text: string, frame: number): number => text.length * 7.25 + frame;

/** About how wide a text of the interface is. */
function sans(text: string): number {
  let width = 0;
  for (const letter of text) width += letter.codePointAt(0)! > 0x2e80 ? 12 : 6.4;
  return width;
}

export function chipsOf(result: LineResult, words: ChipWords): Chip[] {
  const chips: Chip[] = [];
  const add = (kind: Chip['kind'], text: string, width: number, more: Partial<Chip> = {}) => chips.push({ kind, text, width, color: -1, ...more });
  if (result.runs > 1) add('runs', `×${result.runs}`, mono(`×${result.runs}`, 0));
  if (result.did) {
    const names = result.did.names.join(', ');
    const text = words[result.did.kind === 'fills' ? 'fills' : result.did.kind === 'writes' ? 'writes' : 'operations'](names);
    add('did', text, sans(text));
  }
  if (result.shape !== null) add('shape', result.shape, mono(result.shape, 14));
  if (result.view) {
    const text = words.viewOf(result.view.name);
    add('view', text, sans(text) + 16, { color: result.view.color });
  } else if (result.dtype !== null) add('dtype', result.dtype, mono(result.dtype, 14));
  if (result.text !== null) add('text', result.text, mono(result.text, 0) + 2);
  if (result.mini) {
    const across = Math.max(...result.mini.rows.map((row) => row.length));
    add('mini', '', across * (MINI_CELL + 1) - 1, { mini: result.mini });
  }
  return chips;
}

export const widthOf = (chips: readonly Chip[]): number => chips.reduce((sum, chip) => sum + chip.width, GAP * Math.max(0, chips.length - 1));

/** The pieces that fit, least telling ones left out first; at least one. */
export function fitting(chips: readonly Chip[], room: number): Chip[] {
  let kept = [...chips];
  for (const kind of LEAVES) {
    if (kept.length < 2 || widthOf(kept) <= room) break;
    kept = kept.some((chip) => chip.kind !== kind) ? kept.filter((chip) => chip.kind !== kind) : kept;
  }
  return kept;
}

/** The width that code must leave free, so that a result never stands on it. */
export const least = (chips: readonly Chip[]): number => Math.min(MOST_KEPT, Math.ceil(widthOf(fitting(chips, 0))));
