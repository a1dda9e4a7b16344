/** The autograd graph laid out by dagre, and every edge of the way back with the chain rule written in numbers. */
import type { graphlib } from '@dagrejs/dagre';
import { say } from './cells';
import type { Mark } from './scene';
import { flatten, shapeOf, shapeText, size, type Answer, type Graph, type GraphNode, type Identity, type Op } from './trace';
import { textColor } from './stages/placing';

export type Dagre = { graphlib: { Graph: new (options?: { multigraph?: boolean }) => graphlib.Graph }; layout: (graph: graphlib.Graph) => void };

export interface Box {
  node: GraphNode;
  x: number;
  y: number;
  w: number;
  h: number;
  lines: { text: string; tone: 'name' | 'value' | 'grad' }[];
}

export interface Wire {
  key: string;
  from: number;
  to: number;
  points: readonly (readonly [number, number])[];
}

export interface Drawn {
  boxes: readonly Box[];
  wires: readonly Wire[];
  width: number;
  height: number;
}

/** `MulBackward0` is mul; a leaf has its tensor's name. */
export function nodeName(node: GraphNode, names: ReadonlyMap<number, Identity>): string {
  const own = node.names[0] ?? (typeof node.tensor === 'number' ? names.get(node.tensor)?.name : undefined);
  if (node.kind === 'leaf') return own ?? shapeText(node.shape ?? []);
  const op = node.name.replace(/Backward\d*$/, '');
  return op.charAt(0).toLowerCase() + op.slice(1);
}

/** Numbers in a line: a scalar, a short list, or the shape. */
export function shortList(data: unknown, most = 4): string {
  if (data === null || data === undefined) return '–';
  const values = flatten(data);
  if (!Array.isArray(data)) return say(values[0]);
  if (values.length <= most) return `[${values.map(say).join(', ')}]`;
  return shapeText(shapeOf(data));
}

export function drawGraph(graph: Graph, names: ReadonlyMap<number, Identity>, dagre: Dagre, gradients: boolean, rankdir: 'LR' | 'BT' = 'LR'): Drawn {
  const made = new dagre.graphlib.Graph({ multigraph: true });
  made.setGraph({ rankdir, nodesep: 22, ranksep: rankdir === 'LR' ? 46 : 30, marginx: 4, marginy: 8 });
  made.setDefaultEdgeLabel(() => ({}));
  const sizes = new Map<number, Omit<Box, 'x' | 'y'>>();
  for (const node of graph.nodes) {
    const lines: Box['lines'] = [{ text: nodeName(node, names), tone: 'name' }];
    const own = node.kind === 'op' ? node.names[0] : undefined;
    if (own) lines[0]!.text = `${own} = ${lines[0]!.text}`;
    if (node.value !== null && node.value !== undefined) lines.push({ text: shortList(node.value), tone: 'value' });
    else if (node.shape) lines.push({ text: shapeText(node.shape), tone: 'value' });
    if (gradients && node.grad !== null && node.grad !== undefined) lines.push({ text: `∇ ${shortList(node.grad)}`, tone: 'grad' });
    const w = Math.max(64, ...lines.map((line) => line.text.length * 7.4 + 24));
    const h = lines.length * 17 + 14;
    sizes.set(node.id, { node, w, h, lines });
    made.setNode(String(node.id), { width: w, height: h });
  }
  graph.edges.forEach((edge, i) => made.setEdge(String(edge.from), String(edge.to), {}, String(i)));
  dagre.layout(made);
  const boxes = graph.nodes.map((node): Box => {
    const at = made.node(String(node.id));
    const box = sizes.get(node.id)!;
    return { ...box, x: (at.x ?? 0) - box.w / 2, y: (at.y ?? 0) - box.h / 2 };
  });
  const wires = graph.edges.map((edge, i): Wire => {
    const laid = made.edge({ v: String(edge.from), w: String(edge.to), name: String(i) });
    return { key: `e${i}`, from: edge.from, to: edge.to, points: (laid?.points ?? []).map((point: { x: number; y: number }) => [point.x, point.y] as const) };
  });
  const label = made.graph() as { width?: number; height?: number };
  return { boxes, wires, width: label.width ?? 0, height: label.height ?? 0 };
}

/** Edges in the order in which backward passes them: from the root, a node once all that uses it is done. */
export function backwardOrder(graph: Graph): number[] {
  const waiting = new Map<number, number>();
  for (const edge of graph.edges) waiting.set(edge.from, (waiting.get(edge.from) ?? 0) + 1);
  const ready = graph.nodes.filter((node) => !waiting.get(node.id)).map((node) => node.id);
  const order: number[] = [];
  for (let at = 0; at < ready.length; at++)
    graph.edges.forEach((edge, i) => {
      if (edge.to !== ready[at]) return;
      order.push(i);
      const left = waiting.get(edge.from)! - 1;
      waiting.set(edge.from, left);
      if (left === 0) ready.push(edge.from);
    });
  return order;
}

export interface ChainStep {
  edge: number;
  from: GraphNode;
  to: GraphNode;
  /** What flows: `∇dot = ∇y · ∂y/∂dot = 1 · 2 = 2`. */
  text: string;
  /** Where several gradients meet, they add up. */
  meets: number;
}

/** The chain rule of every edge, in numbers where the trace has them. */
export function chainSteps(answer: Answer, names: ReadonlyMap<number, Identity>): ChainStep[] {
  const graph = answer.graph;
  if (!graph) return [];
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const byOutput = new Map<number, Op>();
  for (const op of answer.ops) for (const out of op.outputs) if (!byOutput.has(out)) byOutput.set(out, op);
  const used = new Map<number, number>();
  for (const edge of graph.edges) used.set(edge.from, (used.get(edge.from) ?? 0) + 1);
  return backwardOrder(graph).map((i) => {
    const edge = graph.edges[i]!;
    const from = byId.get(edge.from)!;
    const to = byId.get(edge.to)!;
    const op = typeof to.tensor === 'number' ? byOutput.get(to.tensor) : undefined;
    const siblings = graph.edges.filter((each) => each.to === edge.to).sort((a, b) => a.input - b.input);
    const a = nodeName(from, names);
    const b = to.names[0] ?? nodeName(to, names);
    const head = `∇${a} ${(used.get(edge.from) ?? 1) > 1 ? '+=' : '='} ∇${b} · ∂${b}/∂${a}`;
    return { edge: i, from, to, text: head + numbersOn(op, siblings.indexOf(edge), to, from, answer, (used.get(edge.from) ?? 1) === 1), meets: used.get(edge.from) ?? 1 };
  });
}

function numbersOn(op: Op | undefined, place: number, to: GraphNode, from: GraphNode, answer: Answer, only: boolean): string {
  const upstream = to.grad;
  if (upstream === null || upstream === undefined) return '';
  const backward = op?.explanation?.backward as unknown[] | undefined;
  const entry = backward?.[place];
  if (entry && typeof entry === 'object') {
    const { partial, contribution, sum_axes: axes } = entry as { partial?: unknown; contribution?: unknown; sum_axes?: number[] };
    if (partial !== undefined && contribution !== undefined) {
      const summed = axes && axes.length > 0 ? `, Σ axis ${axes.join(', ')}` : '';
      return ` = ${shortList(upstream)} · ${shortList(partial)} = ${shortList(contribution)}${summed}${summed && only && from.grad !== undefined ? ` = ${shortList(from.grad)}` : ''}`;
    }
  }
  // A scalar product: what arrives times the other vector.
  if (op && typeof entry === 'string' && op.explanation?.equation === 'i,i->' && !Array.isArray(upstream)) {
    const other = answer.tensors[String(op.inputs[1 - place] ?? op.inputs[0])];
    if (other?.data !== undefined) {
      const values = flatten(other.data);
      const g = flatten(upstream)[0]!;
      return ` = ${say(g)} · ${shortList(other.data)} = ${shortList(values.map((value) => g * value))}`;
    }
  }
  if (typeof entry === 'string') return ` (${entry})${only && from.grad !== null && from.grad !== undefined ? ` = ${shortList(from.grad)}` : ''}`;
  if (only && from.grad !== null && from.grad !== undefined) return ` = ${shortList(from.grad)}`;
  return '';
}

/** The graph as marks; the chosen edge in accent, dashed the way back. */
export function graphMarks(drawn: Drawn, graph: Graph, names: ReadonlyMap<number, Identity>, chosen: number | null): Mark[] {
  const marks: Mark[] = [];
  for (const [i, wire] of drawn.wires.entries()) {
    const lit = i === chosen;
    marks.push({ kind: 'arrow', key: wire.key, points: wire.points, color: lit ? 'var(--line2)' : 'var(--ink3)', curved: true, pick: wire.key });
    if (lit) {
      const lifted = [...wire.points].reverse().map(([x, y]) => [x, y + 9] as const);
      marks.push({ kind: 'arrow', key: `${wire.key}/back`, points: lifted, color: 'var(--accent)', dashed: true, curved: true, width: 2 });
    }
  }
  const ends = chosen === null ? new Set<number>() : new Set([graph.edges[chosen]!.from, graph.edges[chosen]!.to]);
  for (const box of drawn.boxes) {
    const identity = typeof box.node.tensor === 'number' ? names.get(box.node.tensor) : undefined;
    const color = textColor(identity);
    const leaf = box.node.kind === 'leaf';
    marks.push({ kind: 'rect', key: `n${box.node.id}`, x: box.x, y: box.y, w: box.w, h: box.h, r: leaf ? box.h / 2 : 6, fill: 'var(--surface)', stroke: ends.has(box.node.id) ? 'var(--accent)' : leaf ? color : 'var(--edge)', width: leaf || ends.has(box.node.id) ? 1.75 : 1, pick: `n${box.node.id}` });
    box.lines.forEach((line, i) =>
      marks.push({ kind: 'text', key: `n${box.node.id}/${i}`, x: box.x + box.w / 2, y: box.y + 19 + i * 17, text: line.text, anchor: 'middle', size: line.tone === 'name' ? 13 : 12, mono: line.tone !== 'name' || leaf, bold: line.tone === 'name', color: line.tone === 'grad' ? 'var(--accent)' : line.tone === 'name' ? color : 'var(--ink)' }),
    );
  }
  return marks;
}

export const saysSize = (node: GraphNode): number => size(node.shape ?? []);
