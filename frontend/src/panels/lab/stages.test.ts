import { describe, expect, it } from 'vitest';
import { golden } from './golden';
import { chosenBy, indexInputs } from './picks';
import { paintFor } from './ranges';
import { gatheredBy } from './relations';
import { sizeOf, textWidth, type Mark } from './scene';
import { expressionsOf, isAtomic, shortened, textOf } from './spans';
import { stagesOf, type Ask } from './stages';
import { column, fitted, flow, row, textBlock, wrapped, type Block } from './stages/blocks';
import { gradientsOf, identify, type Answer, type Op } from './trace';

const t = ((key: string, params?: Record<string, unknown>) => `${key} ${JSON.stringify(params ?? {})}`) as unknown as Ask['t'];

const asking = (answer: Answer, op: Op, width: number, height: number): Ask => ({ answer, op, names: identify(answer), grads: gradientsOf(answer), theme: 'light', width, height, t, chosen: 0 });

function tensor(id: number, shape: number[], data: unknown, more: object = {}): object {
  return { id, kind: 'tensor', shape, dtype: 'float32', strides: [], offset: 0, storage: id, requires_grad: false, is_leaf: true, grad_fn: null, version: 0, names: [], statement: 0, data, windowed: false, ...more };
}

/** An answer with only what a picture reads. */
function answerOf(ops: object[], tensors: object[], source = ''): Answer {
  const full = ops.map((op, id) => ({ id, statement: 0, operands: [], counterparts: {}, error: null, line: 1, ...op }));
  const byId = Object.fromEntries(tensors.map((each) => [String((each as { id: number }).id), each]));
  return { status: 'ok', source, statements: [], inner: [], ops: full, tensors: byId, storages: {}, graph: null, curves: {}, watch: [], output: '', plots: {}, figures: [], elapsed_ms: 0, error: null } as unknown as Answer;
}

describe('names from the code', () => {
  it('are the text of a span, in characters, with line breaks closed up', () => {
    const source = 'x = 1\ny = 4.9 * t ** 2\nz = f("张量", a +\n      b)';
    expect(textOf(source, [2, 11, 2, 17])).toBe('t ** 2');
    expect(textOf(source, [3, 5, 4, 9])).toBe('f("张量", a + b)');
    expect(textOf(source, [9, 1, 9, 3])).toBeNull();
    expect(textOf(source, null)).toBeNull();
  });

  it('are shortened in the middle', () => {
    expect(shortened('abcdefghij', 10)).toBe('abcdefghij');
    expect(shortened('abcdefghijk', 7)).toBe('abc…ijk');
  });

  it('need brackets where an index follows a sum', () => {
    expect(['x', 'f(a + b)', 'x[1, 2].T', 'net.0.weight'].every(isAtomic)).toBe(true);
    expect(['a + b', 'f(a) + g(b)', '-x', '2'].some(isAtomic)).toBe(false);
  });

  it('belong to results and to operands', () => {
    const op = { name: 'mul', kind: 'elementwise', inputs: [1], outputs: [2], span: [1, 5, 1, 17], operands: [{ value: 4.9 }, { tensor: 1, span: [1, 11, 1, 17] }], explanation: null };
    const answer = answerOf([op], [tensor(1, [], 4), tensor(2, [], 19.6)], 's = 4.9 * t ** 2');
    expect([...expressionsOf(answer)]).toEqual([[1, 't ** 2'], [2, '4.9 * t ** 2']]);
  });
});

describe('one range for each tensor', () => {
  const move = (name: string, inputs: number[], outputs: number[]): object => ({ name, kind: 'movement', inputs, outputs, explanation: { type: 'movement', sources: { inputs, maps: [] } } });
  const add = (inputs: number[], outputs: number[]): object => ({ name: 'add', kind: 'elementwise', inputs, outputs, explanation: { type: 'elementwise' } });

  it('is shared by what moved, by views, and by what was added up', () => {
    const answer = answerOf([move('index', [1], [2]), add([2, 3], [4])], [tensor(1, [3], [0, 1, 9]), tensor(2, [1], [1]), tensor(3, [1], [-4]), tensor(4, [1], [-3]), tensor(5, [1], [9], { storage: 1 })]);
    for (const id of [1, 2, 3, 4, 5]) expect(paintFor(answer, id)).toEqual({ signed: true, max: 9 });
  });

  it('is not shared where one would fade beside the other', () => {
    const answer = answerOf([add([1, 2], [3])], [tensor(1, [1], [1]), tensor(2, [1], [1000]), tensor(3, [1], [1001])]);
    expect(paintFor(answer, 1).max).toBe(1);
    expect(paintFor(answer, 2).max).toBe(1001);
  });
});

describe('picks', () => {
  it('tie an element to the index that chose it, checked against where it came from', () => {
    const gather = { name: 'gather', kind: 'indexing', inputs: [1, 2], outputs: [3], explanation: { type: 'movement', sources: { inputs: [1], maps: [{ input: [0, 0, 0], index: [0, 6, 9] }] } } };
    const answer = answerOf([gather], [tensor(1, [3, 4], [...Array(12).keys()]), tensor(2, [3, 1], [[0], [2], [1]], { dtype: 'int64' }), tensor(3, [3, 1], [[0], [6], [9]])]);
    const op = answer.ops[0]!;
    expect(indexInputs(answer, op)).toEqual([2]);
    expect([0, 1, 2].map((index) => chosenBy(answer, op, { tensor: 3, index }))).toEqual([0, 1, 2].map((index) => [{ tensor: 2, index }]));
  });

  it('of a mask are the true ones', () => {
    const mask = { name: 'getitem', kind: 'indexing', inputs: [1, 2], outputs: [3], explanation: { type: 'movement', sources: { inputs: [1], maps: [{ input: [0, 0], index: [1, 3] }] } } };
    const answer = answerOf([mask], [tensor(1, [4], [1, 2, 3, 4]), tensor(2, [4], [false, true, false, true], { dtype: 'bool' }), tensor(3, [2], [2, 4])]);
    expect([0, 1].map((index) => chosenBy(answer, answer.ops[0]!, { tensor: 3, index })[0]!.index)).toEqual([1, 3]);
  });
});

describe('a reduction that runs', () => {
  it('takes everything up to its own place', () => {
    const op = { name: 'cumsum', inputs: [1], outputs: [2], explanation: { type: 'reduction', shape: [2, 3], axes: [1], result: [2, 3] } } as unknown as Op;
    expect(gatheredBy(op, 5)).toEqual([3, 4, 5]);
    expect(gatheredBy(op, 3)).toEqual([3]);
  });
});

describe('room', () => {
  const box = (width: number, height: number): Block => ({ width, height, draw: (x, y): Mark[] => [{ kind: 'rect', key: `${x},${y}`, x, y, w: width, h: height }] });

  it('is filled side by side, then beneath', () => {
    expect(row([box(30, 10), box(20, 40)], 5)).toMatchObject({ width: 55, height: 40 });
    expect(column([box(30, 10), box(20, 40)], 5)).toMatchObject({ width: 30, height: 55 });
    expect(flow([box(60, 10), box(60, 10), box(60, 10)], 130, 5, 4)).toMatchObject({ width: 125, height: 24 });
  });

  it('takes the largest cells that fit', () => {
    const chosen: number[] = [];
    fitted(200, 100, (cell) => {
      chosen.push(cell);
      return box(cell * 5, cell);
    });
    expect(chosen.at(-1)).toBe(40);
  });

  it('wraps Latin between words and Chinese anywhere, but never before a stop', () => {
    expect(wrapped('one two three', textWidth('one two', 12), 12)).toEqual(['one two', 'three']);
    expect(wrapped('被撑开的轴在反向时求和。', 12 * 11, 12)).toEqual(['被撑开的轴在反向时求和。']);
    expect(textBlock('k', '张量张量', { size: 12, within: 24 }).height).toBe(2 * 19);
  });

  it('holds every picture of real answers, wide and narrow', () => {
    for (const name of ['broadcast', 'views', 'stretched', 'overwritten', 'dot'] as const) {
      const answer = golden(name);
      for (const op of answer.ops)
        for (const width of [820, 330])
          for (const stage of stagesOf(asking(answer, op, width, 380))) expect(sizeOf(stage.marks).width, `${name} ${op.name} ${stage.name} in ${width}`).toBeLessThanOrEqual(width + 20);
    }
  });
});
