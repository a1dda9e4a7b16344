import { describe, expect, it } from 'vitest';
import { golden } from './golden';
import { broadcastPlace, callText, einsumTerms, elementValue, gathered, readEquation, related, sourcesOf, writtenOut } from './relations';
import { flatten, identify, size, unravel, type Answer, type Op } from './trace';

function opOf(answer: Answer, name: string): Op {
  return answer.ops.find((op) => op.name === name)!;
}

describe('sources', () => {
  it('of a broadcast sum give the very numbers that torch added', () => {
    const answer = golden('broadcast');
    const add = opOf(answer, 'add');
    const out = add.outputs[0]!;
    flatten(answer.tensors[String(out)]!.data).forEach((value, index) => {
      const from = sourcesOf(answer, add, { tensor: out, index });
      expect(from).toHaveLength(2);
      expect(from.reduce((sum, ref) => sum + elementValue(answer, ref)!, 0)).toBe(value);
    });
    expect(writtenOut(answer, add, identify(answer), { tensor: out, index: 5 })).toBe('c[2, 1] = 2 + 1 = 3');
    expect(callText(answer, add, identify(answer))).toBe('a + b');
  });

  it('of a 4-D matmul with broadcast batches add up to every result', () => {
    const answer = golden('products');
    const matmul = opOf(answer, 'matmul');
    const out = matmul.outputs[0]!;
    const shapes = matmul.inputs.map((id) => answer.tensors[String(id)]!.shape);
    const equation = readEquation(matmul.explanation!.equation as string, shapes)!;
    const [a, b] = matmul.inputs.map((id) => flatten(answer.tensors[String(id)]!.data)) as [number[], number[]];
    flatten(answer.tensors[String(out)]!.data).forEach((value, index) => {
      expect(einsumTerms(equation, shapes, index).reduce((sum, [i, j]) => sum + a[i!]! * b[j!]!, 0)).toBe(value);
    });
  });

  it('of a padded convolution add up to every pixel', () => {
    const answer = golden('products');
    const conv = opOf(answer, 'conv2d');
    const out = conv.outputs[0]!;
    const values = flatten(answer.tensors[String(out)]!.data);
    expect(values).toHaveLength(25);
    for (const [index, value] of values.entries()) {
      const line = writtenOut(answer, conv, identify(answer), { tensor: out, index });
      const terms = line.split(' = ')[1]!.split(' + ').map((term) => term.split('·').map(Number));
      expect(terms.reduce((sum, [x, w]) => sum + x! * w!, 0)).toBe(value);
    }
  });

  it('of a padded mean count its zeros where torch did', () => {
    const tensor = (id: number, shape: number[], data: unknown) => ({ id, shape, data, dtype: 'float32', names: ['x', 'y'].slice(id, id + 1) });
    // F.avg_pool2d([[1, 2], [3, 4]], 2, padding=1), the second with count_include_pad=False.
    for (const [data, said] of [[[[[[0.25, 0.5], [0.75, 1]]]], 'y[0, 0, 0, 1] = mean(0, 0, 2, 0) = 0.5'], [[[[[1, 2], [3, 4]]]], 'y[0, 0, 0, 1] = mean(2) = 2']] as const) {
      const answer = { statements: [], ops: [], tensors: { 0: tensor(0, [1, 1, 2, 2], [[[[1, 2], [3, 4]]]]), 1: tensor(1, [1, 1, 2, 2], data) } } as unknown as Answer;
      const pool = { name: 'avg_pool2d', inputs: [0], outputs: [1], operands: [], explanation: { type: 'window', reduce: 'mean', result: [1, 1, 2, 2], operands: [0], added: null, kernel: [2, 2], stride: [2, 2], padding: [1, 1], dilation: [1, 1] } } as unknown as Op;
      expect(writtenOut(answer, pool, identify(answer), { tensor: 1, index: 1 })).toBe(said);
    }
  });

  it('of a reduction and of topk are the elements they came from', () => {
    const answer = golden('products');
    const sum = opOf(answer, 'sum');
    const out = sum.outputs[0]!;
    flatten(answer.tensors[String(out)]!.data).forEach((value, index) => {
      expect(sourcesOf(answer, sum, { tensor: out, index }).reduce((total, ref) => total + elementValue(answer, ref)!, 0)).toBe(value);
    });
    const topk = opOf(answer, 'topk');
    const picked = topk.outputs[0]!;
    flatten(answer.tensors[String(picked)]!.data).forEach((value, index) => {
      expect(elementValue(answer, sourcesOf(answer, topk, { tensor: picked, index })[0]!)).toBe(value);
    });
  });

  it('light up both ways', () => {
    const answer = golden('broadcast');
    const add = opOf(answer, 'add');
    // a[2, 0] went into c[2, 0] and c[2, 1].
    expect([...related(answer, add, { tensor: add.inputs[0]!, index: 2 })]).toEqual([`${add.inputs[0]}:2`, `${add.outputs[0]}:4`, `${add.outputs[0]}:5`]);
  });
});

describe('places', () => {
  it('of a broadcast and of a reduction agree with counting', () => {
    expect([0, 1, 2, 3, 4, 5].map((index) => broadcastPlace(index, [3, 2], [3, 1]))).toEqual([0, 0, 1, 1, 2, 2]);
    const shape = [2, 3, 4];
    const all = Array.from({ length: 8 }, (_, index) => gathered(index, shape, [1])).flat();
    expect(new Set(all).size).toBe(size(shape));
    expect(gathered(5, shape, [1]).map((index) => unravel(index, shape))).toEqual([[1, 0, 1], [1, 1, 1], [1, 2, 1]]);
  });
});
