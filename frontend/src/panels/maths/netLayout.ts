/** Where the units of a net stand: columns of units, strips where units are many, blocks where layers are many. */
import type { Layer } from '../../protocol';

/** Above this a layer folds into a strip. */
export const MOST_UNITS = 16;
/** Above so many hidden layers the net folds to blocks. */
export const MOST_LAYERS = 6;

/** One column of the diagram: the features, or a weighted layer with what follows it up to the next one. */
export interface NetLayer {
  kind: 'inputs' | 'hidden' | 'output';
  /** The layer that holds the weights; empty for the inputs. */
  weights: string;
  /** Names of its layers in order, the one that gives the unit's answer last. */
  members: string[];
  label: string;
  units: number;
}

/** Groups a stack of layers by its Linear layers; null where the net is not such a stack. */
export function netLayers(layers: readonly Layer[], inputShape: readonly number[]): NetLayer[] | null {
  if (inputShape.length !== 1) return null;
  const columns: NetLayer[] = [
    { kind: 'inputs', weights: '', members: [], label: '', units: inputShape[0]! },
  ];
  for (const layer of layers) {
    if (layer.output_shape.length !== 1) return null;
    if (layer.kind === 'Linear') {
      columns.push({ kind: 'hidden', weights: layer.name, members: [layer.name], label: layer.label, units: layer.output_shape[0]! });
    } else columns.at(-1)!.members.push(layer.name);
  }
  if (columns.length < 2) return null;
  columns.at(-1)!.kind = 'output';
  return columns;
}

export interface Cell {
  x: number;
  y: number;
  size: number;
}

export interface NetColumn extends NetLayer {
  left: number;
  right: number;
  strip: boolean;
  cells: Cell[];
  /** The frame of a layer in a folded net. */
  block?: { left: number; top: number; right: number; bottom: number };
}

export interface NetPlan {
  columns: NetColumn[];
  /** The big map, or the answers, at the right. */
  output: { left: number; top: number; size: number };
}

interface Room {
  width: number;
  height: number;
  /** Room for names left of the first column. */
  names?: number;
  /** Room for words over the columns. */
  head: number;
  /** Show every output as a unit of its own before the big picture. */
  outputUnits: boolean;
  /** Side of the big picture at most. */
  outputSize: number;
}

const GAP = 8;
/** Under the big picture, where its scale stands. */
const LEGEND = 38;

/** Side and grid of `count` cells that fold into a strip of the given height and width. */
function strip(count: number, height: number, room: number): { size: number; across: number; gap: number } {
  for (const size of [30, 24, 20, 16, 12, 10, 8, 6, 4, 3]) {
    const gap = size >= 12 ? 2 : 1;
    const down = Math.max(1, Math.floor((height + gap) / (size + gap)));
    const across = Math.ceil(count / down);
    if (across * (size + gap) <= room) return { size, across, gap };
  }
  return { size: 3, across: Math.ceil(count / Math.max(1, Math.floor(height / 3))), gap: 0 };
}

/** Between two blocks across, where the arrow is, and down, where the title is. */
const BETWEEN = 24;
const TITLE = 22;
const PADDING = 5;
const LARGEST = 40;
/** Under the blocks, where the way to the output may lead. */
const FOOT = 12;

/** The largest cells with which `count` of them fill a box. */
function grid(count: number, width: number, height: number): { size: number; across: number } {
  let best = { size: 0, across: 1 };
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const size = Math.min(LARGEST, (width - 2 * (across - 1)) / across, (height - 2 * (down - 1)) / down);
    if (size > best.size) best = { size, across };
  }
  return { size: Math.max(2, best.size), across: best.across };
}

/** Blocks of units in rows, there and back again, so that each stands beside the one before it. */
function fold(layers: readonly NetLayer[], width: number, top: number, height: number): NetColumn[] {
  const most = Math.max(...layers.map((layer) => layer.units));
  const room = (across: number) => {
    const down = Math.ceil(layers.length / across);
    return { across, width: (width - BETWEEN * (across - 1)) / across, height: (height - TITLE * (down - 1)) / down };
  };
  const size = ({ width: w, height: h }: { width: number; height: number }) => grid(most, w - 2 * PADDING, h - 2 * PADDING).size;
  const box = layers.map((_, i) => room(i + 1)).reduce((a, b) => (size(b) > size(a) ? b : a));
  return layers.map((layer, i): NetColumn => {
    const row = Math.floor(i / box.across);
    const column = row % 2 ? box.across - 1 - (i % box.across) : i % box.across;
    const { size: side, across } = grid(layer.units, box.width - 2 * PADDING, box.height - 2 * PADDING);
    const down = Math.ceil(layer.units / across);
    const [wide, high] = [across * (side + 2) - 2, down * (side + 2) - 2];
    const left = column * (box.width + BETWEEN) + (box.width - wide) / 2;
    const y = top + row * (box.height + TITLE) + (box.height - high) / 2;
    const cells = Array.from({ length: layer.units }, (_, u) => ({ x: left + (u % across) * (side + 2), y: y + Math.floor(u / across) * (side + 2), size: side }));
    const block = { left: left - PADDING, top: y - PADDING, right: left + wide + PADDING, bottom: y + high + PADDING };
    return { ...layer, left: block.left, right: block.right, strip: true, cells, block };
  });
}

/** Positions in a box; cells grow to 46 px and shrink with their number. */
export function planNet(layers: readonly NetLayer[], { width, height, head, outputUnits, outputSize, names = 0 }: Room): NetPlan {
  const shown = layers.filter((layer) => layer.kind !== 'output' || outputUnits);
  const body = height - head;
  const size = Math.max(90, Math.min(outputSize, body - 44, width * 0.46));
  const output = { left: width - size, top: Math.min(head + (body - size) / 2, height - size - LEGEND), size };
  if (shown.filter((layer) => layer.kind === 'hidden').length > MOST_LAYERS)
    return { columns: fold(shown, output.left - BETWEEN, head, body - FOOT), output };
  // Every column gets its share of what is left of the output, and most of it is for the links.
  const part = (output.left - names) / shown.length;
  const most = Math.max(6, Math.min(46, part * 0.62));
  const wide = Math.max(6, Math.min(96, part * 0.7));
  const widths = shown.map((layer) => {
    if (layer.units <= MOST_UNITS) return Math.min(most, (body - (layer.units - 1) * GAP) / layer.units);
    const { size: side, across, gap } = strip(layer.units, body, wide);
    return across * (side + gap) - gap;
  });
  const free = output.left - names - widths.reduce((sum, w) => sum + w, 0);
  const space = Math.max(4, free / Math.max(1, shown.length));
  let left = names;
  const columns = shown.map((layer, i): NetColumn => {
    const isStrip = layer.units > MOST_UNITS;
    const cells: Cell[] = [];
    if (isStrip) {
      const { size: side, across, gap } = strip(layer.units, body, wide);
      const down = Math.ceil(layer.units / across);
      const top = head + (body - down * (side + gap) + gap) / 2;
      for (let u = 0; u < layer.units; u++)
        cells.push({ x: left + (u % across) * (side + gap), y: top + Math.floor(u / across) * (side + gap), size: side });
    } else {
      const side = widths[i]!;
      // Units share out the height, but not so far that a small layer falls apart.
      const pitch = Math.min((body - side) / Math.max(1, layer.units - 1), side + (layer.units <= 4 ? 16 : 14));
      const top = head + (body - pitch * (layer.units - 1) - side) / 2;
      for (let u = 0; u < layer.units; u++) cells.push({ x: left, y: top + u * pitch, size: side });
    }
    const column = { ...layer, left, right: left + widths[i]!, strip: isStrip, cells };
    left += widths[i]! + space;
    return column;
  });
  return { columns, output };
}

export interface Link {
  from: number;
  to: number;
  weight: number;
}

/** The links of one weight matrix (out, in) from weakest to strongest; only the strongest `most` where there are more. */
export function links(values: ArrayLike<number>, outputs: number, inputs: number, most: number): Link[] {
  const all: Link[] = [];
  for (let to = 0; to < outputs; to++)
    for (let from = 0; from < inputs; from++) all.push({ from, to, weight: values[to * inputs + from]! });
  all.sort((a, b) => Math.abs(a.weight) - Math.abs(b.weight));
  return all.length > most ? all.slice(-most) : all;
}

/** Greatest finite magnitude. */
export function reach(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
}
