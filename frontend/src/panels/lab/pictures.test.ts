import { describe, expect, it } from 'vitest';
import { cellText, paintOf, sharedExponent, statsOf } from './cells';
import { overwritten } from './detective';
import { golden } from './golden';
import { chainSteps } from './graph';
import { layoutGrid, shownAlong } from './grid';
import { contents, storagesOf } from './memory';
import { between, type CellMark, type Mark } from './scene';
import { stagesOf, type Ask } from './stages';
import { sumOver } from './stages/elementwise';
import { flatten, gradientsOf, identify, targetNames, type Answer } from './trace';

const t = ((key: string, params?: Record<string, unknown>) => `${key} ${JSON.stringify(params ?? {})}`) as unknown as Ask['t'];

function asking(answer: Answer, name: string): Ask {
  return { answer, op: answer.ops.find((op) => op.name === name)!, names: identify(answer), grads: gradientsOf(answer), theme: 'light', width: 840, t, chosen: 0 };
}

const cells = (marks: readonly Mark[]): CellMark[] => marks.filter((mark): mark is CellMark => mark.kind === 'cell');

describe('stages', () => {
  it('of a broadcast: align, stretch with ghosts, result, and the backward sum in numbers', () => {
    const stages = stagesOf(asking(golden('broadcast'), 'add'));
    expect(stages.map((stage) => stage.name)).toEqual(['align', 'stretch', 'result', 'backward']);
    expect(cells(stages[1]!.marks).filter((cell) => cell.look === 'ghost' && cell.key.startsWith('in'))).toHaveLength(3 + 4);
    expect(stages[3]!.words).toBe('a.grad[2, 0] = 4 + 6 = 10; b.grad[0, 1] = 2 + 4 + 6 = 12');
  });

  it('of views: every cell begins where it came from', () => {
    const answer = golden('views');
    const ask = { ...asking(answer, 'getitem'), op: answer.ops.filter((op) => op.name === 'getitem')[1]! };
    const [source, travel] = stagesOf(ask);
    for (const cell of cells(travel!.marks).filter((each) => each.key.startsWith('out'))) {
      const parked = cells(source!.marks).find((each) => each.key === cell.key)!;
      const home = cells(source!.marks).find((each) => each.key.startsWith('in') && each.x === parked.x && each.y === parked.y)!;
      expect(home.text).toBe(cell.text);
    }
  });

  it('stand for every drawn operation of real answers', () => {
    for (const name of ['broadcast', 'views', 'products', 'stretched', 'overwritten', 'dot'] as const) {
      const answer = golden(name);
      for (const op of answer.ops.filter((each) => each.kind !== 'autograd')) {
        const stages = stagesOf({ ...asking(answer, op.name), op });
        expect(stages.length, `${name} ${op.name}`).toBeGreaterThan(0);
        for (const stage of stages) {
          const keys = stage.marks.map((mark) => mark.key);
          expect(new Set(keys).size, `${name} ${op.name} ${stage.name}`).toBe(keys.length);
          expect(stage.words).not.toBe('');
        }
      }
    }
  });

  it('of a contraction whose numbers were not sent: its axes, with the one that is summed in the accent', () => {
    const answer = structuredClone(golden('products'));
    const op = answer.ops.find((each) => each.name === 'matmul')!;
    for (const id of [...op.inputs, ...op.outputs]) delete (answer.tensors[String(id)] as { data?: unknown }).data;
    const [stage, ...others] = stagesOf({ ...asking(answer, 'matmul'), op });
    expect(others).toEqual([]);
    const lengths = stage!.marks.flatMap((mark) => (mark.kind === 'text' && mark.key.startsWith('length') ? [Number(mark.text)] : []));
    expect(lengths).toEqual([...op.inputs, ...op.outputs].flatMap((id) => answer.tensors[String(id)]!.shape));
    const summed = stage!.marks.filter((mark) => mark.kind === 'rect' && mark.stroke === 'var(--accent)');
    expect(summed).toHaveLength(2);
  });

  it('sum gradients over stretched axes as autograd does', () => {
    const answer = golden('broadcast');
    const grads = gradientsOf(answer);
    const add = answer.ops.find((op) => op.name === 'add')!;
    expect(sumOver(grads.get(add.outputs[0]!)!, [3, 2], [1])).toEqual(grads.get(add.inputs[0]!));
    expect(sumOver(grads.get(add.outputs[0]!)!, [3, 2], [0])).toEqual(grads.get(add.inputs[1]!));
  });
});

describe('grid', () => {
  it('lays two axes down and across, further ones as facets', () => {
    const grid = layoutGrid([2, 3, 2, 2], { cell: 20 });
    const [a, b, c] = [grid.at(0)!, grid.at(1)!, grid.at(2)!];
    expect(b.x).toBeGreaterThan(a.x);
    expect(c.y).toBeGreaterThan(a.y);
    expect(grid.at(4)!.x).toBeGreaterThan(b.x);
    expect(grid.at(12)!.y).toBeGreaterThan(grid.at(3)!.y);
    expect(grid.shown).toHaveLength(24);
  });

  it('keeps the first and the last around an ellipsis', () => {
    expect(shownAlong(100, 5)).toEqual([0, 1, -1, 98, 99]);
    expect(layoutGrid([100], { cell: 20, most: 5 }).shown).toEqual([0, 1, 98, 99]);
    expect(layoutGrid([0, 3], { cell: 20 }).width).toBe(0);
  });
});

describe('cells', () => {
  it('say what fits, and what is not finite', () => {
    expect(cellText(-1.5, 'float32', 40)).toBe('−1.50');
    expect(cellText(3, 'float32', 40)).toBe('3');
    expect(cellText(1.26, 'float32', 28)).toBe('1.3');
    expect(cellText(NaN, 'float32', 28)).toBe('NaN');
    expect(cellText(-Infinity, 'float32', 28)).toBe('−∞');
    expect(cellText(5, 'float32', 14)).toBe('');
    expect(sharedExponent([0.0001, 0.0002])).toBe(-4);
    expect(paintOf([[1, -2]])).toEqual({ signed: true, max: 2 });
    expect(paintOf([[1, 2]], true).signed).toBe(true);
    expect(statsOf([1, 2, 3, NaN, Infinity])).toMatchObject({ min: 1, max: 3, mean: 2, std: 1, nan: 1, infinite: 1 });
  });
});

describe('between', () => {
  it('moves what has the same key and fades the rest', () => {
    const cell = (key: string, x: number): CellMark => ({ kind: 'cell', key, x, y: 0, w: 10, h: 10 });
    const middle = between([cell('a', 0), cell('gone', 5)], [cell('a', 100), cell('new', 7)], 0.5);
    const a = middle.find((mark) => mark.key === 'a') as CellMark;
    expect(a.x).toBeGreaterThan(0);
    expect(a.x).toBeLessThan(100);
    expect(middle.find((mark) => mark.key === 'gone')!.opacity).toBe(0);
    const to = [cell('a', 100)];
    expect(between([cell('a', 0)], to, 1)).toBe(to);
  });
});

describe('memory', () => {
  it('tells who shares a storage, and its numbers after the last write', () => {
    const answer = golden('views');
    const storage = storagesOf(answer, identify(answer)).find((each) => each.tenants.length > 2)!;
    expect(storage.tenants.map((tenant) => tenant.name)).toEqual(['X', 'V', 'C', 'e']);
    expect(contents(storage, answer)[6]).toBe(9);
    expect(storage.tenants.find((tenant) => tenant.name === 'C')!.places).toEqual([1, 5, 9]);
    expect(storage.tenants.find((tenant) => tenant.name === 'e')!.places).toEqual([1, 1, 5, 5, 9, 9]);
  });
});

describe('autograd', () => {
  it('walks 2·x·x from the root, with the numbers of every edge', () => {
    const answer = golden('dot');
    const steps = chainSteps(answer, identify(answer)).map((step) => step.text);
    expect(steps[0]).toBe('∇dot = ∇y · ∂y/∂dot = 1 · 2 = 2');
    expect(steps.slice(1)).toEqual(Array(2).fill('∇x += ∇dot · ∂dot/∂x = 2 · [0, 1, 2, 3] = [0, 2, 4, 6]'));
    const leaf = answer.graph!.nodes.find((node) => node.kind === 'leaf')!;
    expect(flatten(leaf.grad)).toEqual([0, 4, 8, 12]);
  });
});

describe('a value that was overwritten', () => {
  it('is named with the write that broke a later backward, and whose value it was', () => {
    const answer = golden('overwritten');
    const found = overwritten(answer, identify(answer));
    expect(found).toMatchObject({ name: 'b', version: 1, expected: 0 });
    expect(found!.maker?.name).toBe('exp');
  });
});

describe('names', () => {
  it('come from targets in order', () => {
    expect(targetNames(['(v, i)'])).toEqual(['v', 'i']);
    expect(targetNames(['V[0, 2]'])).toEqual([]);
    expect([...identify(golden('broadcast')).values()].map((each) => `${each.name}${each.color}`)).toEqual(['a0', 'b1', 'c2']);
  });
});
