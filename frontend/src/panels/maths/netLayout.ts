/** Where the units of a net stand: columns of units, smaller the more layers there are, strips where units are many. */
import type { Layer } from '../../protocol';

/** Above this a layer folds into a strip. */
export const MOST_UNITS = 16;

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

/** Positions in a box; cells grow to 46 px and shrink with their number. */
export function planNet(layers: readonly NetLayer[], { width, height, head, outputUnits, outputSize, names = 0 }: Room): NetPlan {
  const shown = layers.filter((layer) => layer.kind !== 'output' || outputUnits);
  const body = height - head;
  const size = Math.max(90, Math.min(outputSize, body - 44, width * 0.46));
  const output = { left: width - size, top: head + (body - size) / 2, size };
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
