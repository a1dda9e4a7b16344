/** The stations of an image on its way through a model: what is shown of each, and how wide it is. */
import type { Layer } from '../../protocol';

export interface Stage {
  kind: 'image' | 'maps' | 'units';
  /** The layer whose answers are shown. */
  layer: string;
  /** The layer that holds the weights. */
  weights: string;
  label: string;
  shape: readonly number[];
  /** Side of a kernel and its padding, for the receptive field. */
  kernel: number;
}

/** Groups the layers by those with weights; a stage shows the answer after the activation and before any pooling. */
export function stagesOf(layers: readonly Layer[], inputShape: readonly number[]): Stage[] | null {
  if (inputShape.length !== 3) return null;
  const stages: Stage[] = [{ kind: 'image', layer: '', weights: '', label: '', shape: inputShape, kernel: 0 }];
  let open = false;
  for (const layer of layers) {
    if (layer.kind === 'Conv2d' || layer.kind === 'Linear') {
      stages.push({
        kind: layer.output_shape.length === 3 ? 'maps' : 'units',
        layer: layer.name,
        weights: layer.name,
        label: layer.label,
        shape: layer.output_shape,
        kernel: 0,
      });
      open = true;
    } else if (open && layer.output_shape.join() === stages.at(-1)!.shape.join()) stages.at(-1)!.layer = layer.name;
    else open = false;
  }
  return stages;
}

export interface Tile {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Where the kernel above it stands, for the first convolution. */
  kernel: { x: number; y: number; size: number } | null;
}

export interface StagePlan {
  stage: Stage;
  left: number;
  right: number;
  tiles: Tile[];
}

const GAP = 5;
const BETWEEN = 22;

/** Below this width the image is drawn smaller, so that the maps can still be seen. */
const TIGHT = 600;

/** Side of a unit, and how many stand side by side so that all fit below each other. */
const UNIT = 9;
function unitColumns(count: number, body: number): number {
  return Math.max(4, Math.ceil(count / Math.floor(body / UNIT)));
}

/** Places the stations in a box; tiles of one station share a size, and the first convolution carries its kernels. */
export function planStages(
  stages: readonly Stage[],
  { width, height, head, answers }: { width: number; height: number; head: number; answers: number },
  kernels: boolean,
  limits: ReadonlyMap<string, number>,
): StagePlan[] {
  const body = height - head;
  const shown = stages.slice(0, -1);
  const room = width - answers - BETWEEN * shown.length;
  const wanted = shown.map((stage, i) => {
    const count = limits.get(stage.layer) ?? stage.shape[0]!;
    // The image keeps its pixels whole, units their size; the maps share what is left.
    if (stage.kind === 'image') return stage.shape[2]! * Math.max(1, Math.floor((width < TIGHT ? 60 : 90) / stage.shape[2]!));
    if (stage.kind === 'units') return UNIT * unitColumns(count, body);
    const rows = count <= 8 ? 2 : 4;
    const tile = (body - GAP * (rows - 1)) / rows / (kernels && i === 1 ? 1.7 : 1);
    return Math.ceil(count / rows) * (Math.min(tile, 64) + GAP) - GAP;
  });
  const fixed = shown.reduce((sum, stage, i) => (stage.kind === 'maps' ? sum : sum + wanted[i]!), 0);
  const total = wanted.reduce((a, b) => a + b, 0);
  const factor = Math.min(1, (room - fixed) / Math.max(1, total - fixed));
  let left = 0;
  const space = factor < 1 ? BETWEEN : BETWEEN + Math.min(40, (room - total) / shown.length);
  return shown.map((stage, i) => {
    const right = left + wanted[i]! * (stage.kind === 'maps' ? factor : 1);
    const plan = { stage, left, right, tiles: tilesOf(stage, left, right, head, body, kernels && i === 1, limits.get(stage.layer)) };
    left = right + space;
    return plan;
  });
}

function tilesOf(stage: Stage, left: number, right: number, top: number, body: number, kernels: boolean, limit?: number): Tile[] {
  const width = right - left;
  if (stage.kind === 'image') {
    return [{ x: left, y: top, width, height: (width * stage.shape[1]!) / stage.shape[2]!, kernel: null }];
  }
  const count = Math.min(limit ?? Infinity, stage.shape[0]!);
  if (stage.kind === 'units') {
    const columns = unitColumns(count, body);
    const size = Math.min(UNIT, body / Math.ceil(count / columns));
    return Array.from({ length: count }, (_, u) => ({
      x: left + (u % columns) * size,
      y: top + Math.floor(u / columns) * size,
      width: size - (size > 6 ? 1 : 0),
      height: size - (size > 6 ? 1 : 0),
      kernel: null,
    }));
  }
  const rows = count <= 8 ? 2 : 4;
  const columns = Math.ceil(count / rows);
  const tile = Math.min((width - GAP * (columns - 1)) / columns, (body - GAP * (rows - 1)) / rows / (kernels ? 1.7 : 1));
  const kernel = kernels ? tile * 0.58 : 0;
  const pitch = tile + kernel + (kernels ? GAP * 2.4 : GAP);
  return Array.from({ length: count }, (_, u) => {
    const x = left + (u % columns) * (tile + GAP);
    const y = top + Math.floor(u / columns) * pitch;
    return {
      x,
      y: y + kernel + (kernels ? 4 : 0),
      width: tile,
      height: tile,
      kernel: kernels ? { x, y, size: kernel } : null,
    };
  });
}
