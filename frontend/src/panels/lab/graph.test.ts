import { describe, expect, it } from 'vitest';
import { golden } from './golden';
import { chainSteps, factorMarks, nodeText } from './graph';
import { flatten, identify, type Answer } from './trace';

describe('the walk along the graph', () => {
  it('sums a stretched axis and names the form', () => {
    const answer = golden('broadcast');
    const steps = chainSteps(answer, identify(answer));
    const to = (name: string) => steps.find((step) => step.from.names[0] === name)!;
    expect(to('a')).toMatchObject({ head: '∇a = Σ axis 1 ∇c ⊙ ∂c/∂a', numbers: ' [2, 0]: 4 + 6 = 10' });
    expect(to('b')).toMatchObject({ head: '∇b = Σ axis 0 ∇c ⊙ ∂c/∂b', numbers: ' [0, 1]: 2 + 4 + 6 = 12' });
    // What is multiplied, number by number, is what arrives.
    const [upstream, partial, contribution] = to('a').factors.map((factor) => flatten(factor.data));
    expect(contribution).toEqual(upstream!.map((value, i) => value * partial![i]!));
  });

  it('of a product says which matrix is transposed, and writes out the largest element', () => {
    const A = [[1, 2, 3], [4, 5, 6]];
    const B = [[1, 0], [2, 1], [0, 3]];
    const G = [[1, -1], [2, 0]];
    const transposed = (m: number[][]) => m[0]!.map((_, j) => m.map((row) => row[j]!));
    const matmul = (x: number[][], y: number[][]) => x.map((row) => y[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * y[k]![j]!, 0)));
    const tensor = (id: number, data: number[][]) => ({ id, kind: 'tensor', shape: [data.length, data[0]!.length], dtype: 'float32', names: [], data, statement: 0, requires_grad: true, is_leaf: true, version: 0, windowed: false });
    const answer = {
      statements: [],
      tensors: { 0: tensor(0, A), 1: tensor(1, B), 2: tensor(2, matmul(A, B)) },
      ops: [{ id: 0, name: 'matmul', kind: 'contraction', statement: 0, inputs: [0, 1], outputs: [2], operands: [], counterparts: {}, explanation: { type: 'contraction', backward: ['g @ b.T', 'a.T @ g'] } }],
      graph: {
        nodes: [
          { id: 0, name: 'MmBackward0', kind: 'op', tensor: 2, names: ['C'], shape: [2, 2], value: matmul(A, B), grad: G, saved: [] },
          { id: 1, name: 'AccumulateGrad', kind: 'leaf', tensor: 0, names: ['A'], shape: [2, 3], value: A, grad: matmul(G, transposed(B)), saved: [] },
          { id: 2, name: 'AccumulateGrad', kind: 'leaf', tensor: 1, names: ['B'], shape: [3, 2], value: B, grad: matmul(transposed(A), G), saved: [] },
        ],
        edges: [{ from: 1, to: 0, input: 0, output: 0 }, { from: 2, to: 0, input: 1, output: 0 }],
        roots: [0],
        cut: false,
      },
    } as unknown as Answer;
    const [a, b] = chainSteps(answer, identify(answer));
    expect(a!.head).toBe('∇A = ∇C @ Bᵀ');
    expect(a!.numbers).toBe(' [1, 1]: 2·2 + 0·1 = 4');
    expect(b!.head).toBe('∇B = Aᵀ @ ∇C');
    expect(b!.numbers).toBe(' [2, 0]: 3·1 + 6·2 = 15');
    for (const step of [a!, b!]) {
      const [x, y, result] = step.factors.map((factor) => factor.data as number[][]);
      expect(result).toEqual(matmul(x!, y!));
      const marks = factorMarks(step.factors, 'light');
      expect(new Set(marks.map((mark) => mark.key)).size).toBe(marks.length);
    }
  });

  it('takes the derivative of the input that an edge stands for, not of a constant before it', () => {
    const scalar = (id: number, data: number) => ({ id, kind: 'tensor', shape: [], dtype: 'float32', names: [], data, statement: 0, requires_grad: id !== 0, is_leaf: id !== 2, version: 0, windowed: false });
    const answer = {
      statements: [],
      tensors: { 0: scalar(0, 3), 1: scalar(1, 4), 2: scalar(2, 12) },
      ops: [{ id: 0, name: 'mul', kind: 'elementwise', statement: 0, inputs: [0, 1], outputs: [2], operands: [], counterparts: {}, explanation: { type: 'elementwise', backward: [{ input: 0, sum_axes: [], partial: 4, contribution: 4 }, { input: 1, sum_axes: [], partial: 3, contribution: 3 }] } }],
      graph: {
        nodes: [
          { id: 0, name: 'MulBackward0', kind: 'op', tensor: 2, names: ['s'], shape: [], value: 12, grad: 1, saved: [] },
          { id: 1, name: 'AccumulateGrad', kind: 'leaf', tensor: 1, names: ['t'], shape: [], value: 4, grad: 3, saved: [] },
        ],
        edges: [{ from: 1, to: 0, input: 1, output: 0 }],
        roots: [0],
        cut: false,
      },
    } as unknown as Answer;
    expect(chainSteps(answer, identify(answer))[0]!.text).toBe('∇t = ∇s · ∂s/∂t = 1 · 3 = 3');
  });

  it('of a scalar product multiplies by the other vector, whichever letter the sum has', () => {
    const answer = structuredClone(golden('dot'));
    answer.ops.find((op) => op.name === 'dot')!.explanation!.equation = 'k,k->';
    const step = chainSteps(answer, identify(answer))[1]!;
    expect(step.text).toBe('∇x += ∇dot · ∂dot/∂x = 2 · [0, 1, 2, 3] = [0, 2, 4, 6]');
  });

  it('adds up what meets in one backward, not what two backwards brought', () => {
    const answer = structuredClone(golden('dot'));
    expect(chainSteps(answer, identify(answer))[1]).toMatchObject({ meets: 2, addsUp: true });
    // A second root that uses the leaf as well: its backward is another one.
    const graph = answer.graph!;
    const leaf = graph.nodes.find((node) => node.kind === 'leaf')!;
    graph.nodes.push({ ...graph.nodes.find((node) => node.id === graph.roots[0])!, id: 99, name: 'SumBackward0', tensor: null, names: ['z'] });
    graph.edges.push({ from: leaf.id, to: 99, input: 0, output: 0, cut: false });
    graph.roots.push(99);
    const steps = chainSteps(answer, identify(answer)).filter((step) => step.from.id === leaf.id);
    expect(steps.map((step) => [step.meets, step.addsUp]).sort()).toEqual([[1, false], [2, false], [2, false]]);
    expect(steps.find((step) => step.to.id === 99)!.numbers).toBe('');
  });

  it('keeps numbers in nodes short', () => {
    expect(nodeText(0.92573)).toBe('0.926');
    expect(nodeText([0, 4, 8, 12])).toBe('[0, 4, 8, 12]');
    expect(nodeText([0.123456, 0.654321, -0.333333])).toBe('(3,)');
    expect(nodeText([[1, 2], [3, 4], [5, 6]])).toBe('(3, 2)');
  });
});
