/** The autograd graph laid out by dagre, and every edge of the way back with the chain rule written in numbers. */
import type { graphlib } from '@dagrejs/dagre';
import type { Theme } from '../../design/colormaps';
import { paintOf, say } from './cells';
import { textWidth, type Mark } from './scene';
import { dense, flatten, shapeOf, shapeText, size, unravel, type Answer, type Graph, type GraphNode, type Identity, type Op } from './trace';
import { placeCells, textColor } from './stages/placing';

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

const brief = (value: number | undefined): string => (value === undefined || Number.isInteger(value) || !Number.isFinite(value) ? say(value) : say(Number(value.toPrecision(3))));

/** What a node says of its numbers: a scalar, a list that stays short, else the shape. */
export function nodeText(data: unknown): string {
  const values = flatten(data);
  if (!Array.isArray(data)) return brief(values[0]);
  const list = `[${values.map(brief).join(', ')}]`;
  return values.length <= 4 && list.length <= 20 ? list : shapeText(shapeOf(data));
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
    const own = node.kind === 'leaf' ? undefined : node.names[0];
    if (own) lines[0]!.text = `${own} = ${lines[0]!.text}`;
    const value = node.value === null || node.value === undefined ? null : nodeText(node.value);
    if (value !== null && value !== lines[0]!.text) lines.push({ text: value, tone: 'value' });
    else if (value === null && node.shape) lines.push({ text: shapeText(node.shape), tone: 'value' });
    if (gradients && node.grad !== null && node.grad !== undefined) lines.push({ text: `∇ ${nodeText(node.grad)}`, tone: 'grad' });
    else if (gradients && node.kind === 'cut') lines.push({ text: '∇ –', tone: 'grad' });
    const w = Math.max(64, ...lines.map((line) => textWidth(line.text, line.tone === 'name' ? 13 : 12, true) + (node.kind === 'leaf' ? 36 : 24)));
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
  for (const edge of graph.edges) if (!edge.cut) waiting.set(edge.from, (waiting.get(edge.from) ?? 0) + 1);
  const ready = graph.nodes.filter((node) => !waiting.get(node.id)).map((node) => node.id);
  const order: number[] = [];
  for (let at = 0; at < ready.length; at++)
    graph.edges.forEach((edge, i) => {
      if (edge.to !== ready[at] || edge.cut) return;
      order.push(i);
      const left = waiting.get(edge.from)! - 1;
      waiting.set(edge.from, left);
      if (left === 0) ready.push(edge.from);
    });
  return order;
}

/** A factor or result of the chain rule, with its numbers. */
export interface Factor {
  label: string;
  data: unknown;
  /** What stands before it. */
  sign: '' | '⊙' | '@' | '·' | '=' | 'Σ';
}

export interface ChainStep {
  edge: number;
  from: GraphNode;
  to: GraphNode;
  /** In names: `∇dot = ∇y · ∂y/∂dot`. */
  head: string;
  /** In numbers: ` = 1 · 2 = 2`; of what has axes, one element: ` [2, 1]: 1 · 6 = 6`. */
  numbers: string;
  /** Both, as one line. */
  text: string;
  /** The same with all numbers, where it is not a scalar's. */
  factors: readonly Factor[];
  /** How many gradients meet there in one backward. */
  meets: number;
  /** Whether the gradient that the graph holds is their sum: no other backward has passed there since. */
  addsUp: boolean;
}

/** The edges that each backward passes: all that a root was made of. */
function passedBy(graph: Graph): ReadonlySet<number>[] {
  return graph.roots.map((root) => {
    const edges = new Set<number>();
    const seen = new Set([root]);
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop())
      for (const [i, edge] of graph.edges.entries()) {
        if (edge.to !== node || edge.cut) continue;
        edges.add(i);
        if (!seen.has(edge.from)) waiting.push(edge.from);
        seen.add(edge.from);
      }
    return edges;
  });
}

/** The chain rule of every edge, in numbers where the trace has them. */
export function chainSteps(answer: Answer, names: ReadonlyMap<number, Identity>): ChainStep[] {
  const graph = answer.graph;
  if (!graph) return [];
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const byOutput = new Map<number, Op>();
  for (const op of answer.ops) for (const out of op.outputs) if (!byOutput.has(out)) byOutput.set(out, op);
  const passed = passedBy(graph);
  return backwardOrder(graph).map((i) => {
    const edge = graph.edges[i]!;
    const from = byId.get(edge.from)!;
    const to = byId.get(edge.to)!;
    const op = typeof to.tensor === 'number' ? byOutput.get(to.tensor) : undefined;
    const siblings = graph.edges.filter((each) => each.to === edge.to).sort((a, b) => a.input - b.input);
    // Gradients add up within one backward; another one brings its own.
    const uses = graph.edges.map((each, j) => (each.from === edge.from ? j : -1)).filter((j) => j >= 0);
    const meets = uses.filter((j) => j === i || passed.some((edges) => edges.has(i) && edges.has(j))).length;
    const isOneBackward = passed.filter((edges) => uses.some((j) => edges.has(j))).length < 2;
    const nameOf = (node: GraphNode): string => node.names[0] ?? nodeName(node, names);
    const known = { a: nameOf(from), b: nameOf(to), becomes: meets > 1 ? '+=' : '=', from, to, place: placeOf(edge, siblings, from, op), edge, op, answer, others: siblings.map((each) => (each === edge ? '' : nameOf(byId.get(each.from)!))), only: meets === 1 && isOneBackward };
    const rule = product(known) ?? elementwise(known) ?? scalarProduct(known) ?? plain(known);
    return { edge: i, from, to, meets, addsUp: meets > 1 && isOneBackward, text: rule.head + rule.numbers, ...rule };
  });
}

/** Which of the operation's inputs an edge stands for; inputs without a gradient have no edge, so counting edges would not do. */
function placeOf(edge: Graph['edges'][number], siblings: readonly Graph['edges'][number][], from: GraphNode, op: Op | undefined): number {
  const places = (op?.inputs ?? []).flatMap((id, i) => (id === from.tensor ? [i] : []));
  return places[siblings.filter((each) => each.from === edge.from).indexOf(edge)] ?? siblings.indexOf(edge);
}

interface Known {
  a: string;
  b: string;
  becomes: string;
  from: GraphNode;
  to: GraphNode;
  place: number;
  edge: Graph['edges'][number];
  op: Op | undefined;
  answer: Answer;
  /** The other things that the node was made of, by name; empty at its own place. */
  others: readonly string[];
  /** Whether no other gradient meets this one. */
  only: boolean;
}

type Rule = Pick<ChainStep, 'head' | 'numbers' | 'factors'>;

const isKnown = (data: unknown): boolean => data !== null && data !== undefined;
const isScalar = (data: unknown): boolean => !Array.isArray(data);

/** A product of matrices: what arrives times the other matrix, transposed. */
function product({ a, b, becomes, from, to, edge, op, answer, others, only }: Known): Rule | null {
  const kind = /^(Mm|Bmm|Addmm)Backward/.exec(to.name)?.[1];
  if (!kind) return null;
  const left = kind === 'Addmm' ? 1 : 0;
  const other = others.find((name, at) => name !== '' && (kind !== 'Addmm' || at > 0)) ?? '';
  const head =
    edge.input < left ? `∇${a} ${becomes} Σ ∇${b}` : edge.input === left ? `∇${a} ${becomes} ∇${b} @ ${other || 'mat2'}ᵀ` : `∇${a} ${becomes} ${other || 'mat1'}ᵀ @ ∇${b}`;
  const upstream = to.grad;
  const own = only && isKnown(from.grad) ? from.grad : undefined;
  const told = (result: unknown): Factor[] => (isKnown(result) ? [{ label: `∇${a}`, data: result, sign: '=' }] : []);
  if (!isKnown(upstream)) return { head, numbers: '', factors: [] };
  if (edge.input < left) return { head, numbers: '', factors: own === undefined ? [] : [{ label: `∇${b}`, data: upstream, sign: 'Σ' }, ...told(own)] };
  const matrix = kind === 'Mm' && op ? answer.tensors[String(op.inputs[1 - edge.input])] : undefined;
  const [g, m] = [rowsOf(upstream), rowsOf(matrix?.data)];
  if (!g || !m || matrix?.windowed) return { head, numbers: '', factors: own === undefined ? [] : [{ label: `∇${b}`, data: upstream, sign: '' }, ...told(own)] };
  const turned = m[0]!.map((_, column) => m.map((row) => row[column]!));
  const [x, y] = edge.input === 0 ? [g, turned] : [turned, g];
  const sums = x.map((row) => y[0]!.map((_, column) => row.reduce((sum, value, k) => sum + value * y[k]![column]!, 0)));
  const grad = rowsOf(own) ?? sums;
  const [i, j] = largest(grad);
  const terms = x[i]!.map((value, k) => `${brief(value)}·${brief(y[k]![j])}`);
  const factors: Factor[] = edge.input === 0 ? [{ label: `∇${b}`, data: g, sign: '' }, { label: `${other}ᵀ`, data: turned, sign: '@' }] : [{ label: `${other}ᵀ`, data: turned, sign: '' }, { label: `∇${b}`, data: g, sign: '@' }];
  return { head, numbers: ` [${i}, ${j}]: ${terms.length <= 4 ? terms.join(' + ') : `${terms.slice(0, 3).join(' + ')} + …`} = ${brief(grad[i]![j])}`, factors: [...factors, ...told(grad)] };
}

function rowsOf(data: unknown): number[][] | null {
  return Array.isArray(data) && data.length > 0 && Array.isArray(data[0]) && !Array.isArray((data[0] as unknown[])[0]) ? (data as unknown[]).map(flatten) : null;
}

/** The place of the number that is farthest from zero: the one that has most to tell. */
function largest(rows: readonly (readonly number[])[]): [number, number] {
  let best: [number, number] = [0, 0];
  let most = -1;
  rows.forEach((row, i) =>
    row.forEach((value, j) => {
      if (Math.abs(value) > most) [most, best] = [Math.abs(value), [i, j]];
    }),
  );
  return best;
}

/** Element by element: what arrives times the local derivative; summed where an axis was stretched. */
function elementwise({ a, b, becomes, from, to, place, op, only }: Known): Rule | null {
  const entry = (op?.explanation?.backward as unknown[] | undefined)?.[place];
  if (!entry || typeof entry !== 'object') return null;
  const { partial, contribution, sum_axes: axes = [] } = entry as { partial?: unknown; contribution?: unknown; sum_axes?: number[] };
  const upstream = to.grad;
  if (!isKnown(partial) || !isKnown(contribution) || !isKnown(upstream)) return null;
  if (isScalar(upstream) && isScalar(partial) && isScalar(contribution)) return { head: `∇${a} ${becomes} ∇${b} · ∂${b}/∂${a}`, numbers: ` = ${shortList(upstream)} · ${shortList(partial)} = ${shortList(contribution)}`, factors: [] };
  const summed = axes.length > 0 ? `Σ axis ${axes.join(', ')} ` : '';
  const head = `∇${a} ${becomes} ${summed}∇${b} ⊙ ∂${b}/∂${a}`;
  const factors: Factor[] = [{ label: `∇${b}`, data: upstream, sign: '' }, { label: `∂${b}/∂${a}`, data: partial, sign: '⊙' }, { label: summed ? '' : `∇${a}`, data: contribution, sign: '=' }];
  if (summed && isKnown(from.grad) && only) factors.push({ label: `∇${a}`, data: from.grad, sign: 'Σ' });
  return { head, numbers: oneElement(upstream, partial, contribution, axes, only ? from.grad : undefined), factors };
}

function oneElement(upstream: unknown, partial: unknown, contribution: unknown, axes: readonly number[], grad: unknown): string {
  const shape = shapeOf(contribution);
  const [g, p, c] = [flatten(upstream), flatten(partial), flatten(contribution)];
  if (g.length !== c.length || (p.length !== c.length && p.length !== 1)) return '';
  const at = c.reduce((best, value, i) => (Math.abs(value) > Math.abs(c[best]!) ? i : best), 0);
  const place = unravel(at, shape);
  const one = `${brief(g[at])} · ${brief(p[p.length === 1 ? 0 : at])}`;
  if (axes.length === 0) return ` [${place.join(', ')}]: ${one} = ${brief(c[at])}`;
  const terms = c.filter((_, i) => unravel(i, shape).every((index, axis) => axes.includes(axis) || index === place[axis]));
  const target = Array.isArray(grad) ? shapeOf(grad) : [];
  const kept = shape.map((_, axis) => (axes.includes(axis) ? 0 : place[axis]!)).slice(shape.length - target.length);
  return ` [${kept.join(', ')}]: ${terms.slice(0, 5).map(brief).join(' + ')}${terms.length > 5 ? ' + …' : ''} = ${brief(terms.reduce((x, y) => x + y, 0))}`;
}

/** A scalar product: what arrives times the other vector. */
function scalarProduct({ a, b, becomes, to, place, op, answer }: Known): Rule | null {
  if (!op || !/^(\w),\1->$/.test(String(op.explanation?.equation ?? '')) || !isKnown(to.grad) || !isScalar(to.grad)) return null;
  const other = answer.tensors[String(op.inputs[1 - place] ?? op.inputs[0])];
  if (!isKnown(other?.data)) return null;
  const g = flatten(to.grad)[0]!;
  return { head: `∇${a} ${becomes} ∇${b} · ∂${b}/∂${a}`, numbers: ` = ${say(g)} · ${shortList(other!.data)} = ${shortList(flatten(other!.data).map((value) => g * value))}`, factors: [] };
}

/** Sums spread what arrives, moves move it back; of all else only what the graph holds is told. */
function plain({ a, b, becomes, from, to, only }: Known): Rule {
  const spread = /^(Sum|Mean)Backward/.exec(to.name)?.[1];
  const count = size(from.shape ?? []);
  const divided = spread === 'Mean' && count > 1 ? ` / ${count}` : '';
  const moved = /^(T|Transpose|Permute|View|UnsafeView|Reshape|Squeeze|Unsqueeze|Clone|Expand|Slice|Select)Backward/.test(to.name);
  const head = spread ? `∇${a} ${becomes} ∇${b}${divided}` : moved ? `∇${a} ${becomes} ∇${b}` : `∇${a} ${becomes} ∇${b} · ∂${b}/∂${a}`;
  if (!only || !isKnown(from.grad) || !isKnown(to.grad)) return { head, numbers: '', factors: [] };
  if (isScalar(from.grad)) return { head, numbers: ` = ${shortList(from.grad)}`, factors: [] };
  const factors: Factor[] = [{ label: `∇${b}`, data: to.grad, sign: '' }, { label: `∇${a}`, data: from.grad, sign: '=' }];
  if (spread && isScalar(to.grad)) return { head, numbers: ` = ${brief(flatten(to.grad)[0])}${divided} → ${shapeText(from.shape ?? [])}`, factors };
  return { head, numbers: '', factors };
}

/** Factors side by side as small grids with what stands between them; gradients always on the signed map. */
export function factorMarks(factors: readonly Factor[], theme: Theme, cell = 26): Mark[] {
  const marks: Mark[] = [];
  let x = 0;
  factors.forEach((factor, i) => {
    if (factor.sign) {
      marks.push({ kind: 'text', key: `sign${i}`, x: x + 2, y: 34, text: factor.sign, size: 13, mono: true, color: 'var(--ink2)' });
      x += 24;
    }
    const shape = shapeOf(factor.data);
    const values = flatten(factor.data);
    const placed = placeCells({ key: `f${i}`, x, y: 18, cell, numbers: dense(shape, values), paint: paintOf([values], true), theme, most: 4 });
    marks.push({ kind: 'text', key: `label${i}`, x, y: 11, text: factor.label, size: 11, mono: true, color: 'var(--ink2)' }, ...placed.marks);
    x = Math.max(placed.right, x + textWidth(factor.label, 11, true)) + 12;
  });
  return marks;
}

/** Along a dashed line numbers went forward; the bar across it says that no gradient comes back. */
function cutMarks({ key, points }: Wire): Mark[] {
  const middle = Math.max(1, Math.floor(points.length / 2));
  const [a, b] = [points[middle - 1], points[middle]];
  const marks: Mark[] = [{ kind: 'arrow', key, points, color: 'var(--warn)', curved: true, dashed: true }];
  if (!a || !b) return marks;
  const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const long = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const [dx, dy] = [((a[1] - b[1]) / long) * 6, ((b[0] - a[0]) / long) * 6];
  marks.push({ kind: 'arrow', key: `${key}/bar`, points: [[x - dx, y - dy], [x + dx, y + dy]], color: 'var(--warn)', head: false, width: 2.5 });
  return marks;
}

/** The graph as marks; the chosen edge in accent, dashed the way back. */
export function graphMarks(drawn: Drawn, graph: Graph, names: ReadonlyMap<number, Identity>, chosen: number | null): Mark[] {
  const marks: Mark[] = [];
  for (const [i, wire] of drawn.wires.entries()) {
    const lit = i === chosen;
    if (graph.edges[i]?.cut) {
      marks.push(...cutMarks(wire));
      continue;
    }
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
    marks.push({ kind: 'rect', key: `n${box.node.id}`, x: box.x, y: box.y, w: box.w, h: box.h, r: leaf ? Math.min(22, box.h / 2) : 6, fill: 'var(--surface)', stroke: ends.has(box.node.id) ? 'var(--accent)' : box.node.kind === 'cut' ? 'var(--warn)' : leaf ? color : 'var(--edge)', dashed: box.node.kind === 'cut', width: leaf || ends.has(box.node.id) ? 1.75 : 1, pick: `n${box.node.id}` });
    box.lines.forEach((line, i) =>
      marks.push({ kind: 'text', key: `n${box.node.id}/${i}`, x: box.x + box.w / 2, y: box.y + 19 + i * 17, text: line.text, anchor: 'middle', size: line.tone === 'name' ? 13 : 12, mono: line.tone !== 'name' || leaf, bold: line.tone === 'name', color: line.tone === 'grad' ? 'var(--accent)' : line.tone === 'name' ? color : 'var(--ink)' }),
    );
  }
  return marks;
}
