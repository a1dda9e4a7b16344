import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { cornerOf, factorsOf, isInside, rowsOf, speaksOf, turned, valueIn, wishFor, type Looked } from './looked';
import { squareAt, squareOf } from './pixels';
import type { CellMark, Mark, PictureMark, Stage } from './scene';
import { sizeOf } from './scene';
import { stagesOf, type Ask } from './stages';
import { gradientsOf, identify, ravel, toNumber, type Answer, type Op } from './trace';

const answers = JSON.parse(readFileSync(new URL('../../../../tests/golden/lab_looked.json', import.meta.url), 'utf8')) as Record<string, Answer>;

/** The English words, without a page that has a language. */
const t = ((key: keyof typeof en, params: Record<string, unknown> = {}) =>
  en[key].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => (one === undefined ? String(params[name]) : params[name] === 1 ? one : many!))) as unknown as Ask['t'];

function drawn(name: string, width = 840, height = 340): { looked: Looked; op: Op; answer: Answer; stages: Stage[] } {
  const answer = answers[name]!;
  const looked = answer.looked!;
  const op = answer.ops.find((each) => each.id === looked.op)!;
  const chosen = ravel(looked.cell, looked.output.shape);
  return { looked, op, answer, stages: stagesOf({ answer, op, names: identify(answer), grads: gradientsOf(answer), theme: 'light', width, height, t, chosen, looked, looking: true }) };
}

const stage = (stages: readonly Stage[], name: string): Stage => stages.find((each) => each.name === name)!;
const texts = (marks: readonly Mark[]): string => marks.flatMap((mark) => ('text' in mark && mark.text ? [mark.text] : [])).join(' ');
const cells = (marks: readonly Mark[], key: string): CellMark[] => marks.filter((mark): mark is CellMark => mark.kind === 'cell' && mark.key.startsWith(key));

describe('a looked-at cell', () => {
  it.each(Object.keys(answers))('of %s is drawn in stages that fit, each mark with a key of its own', (name) => {
    for (const width of [840, 350])
      for (const each of drawn(name, width, width > 500 ? 340 : 440).stages) {
        const keys = each.marks.map((mark) => mark.key);
        expect(new Set(keys).size, `${name} ${each.name}`).toBe(keys.length);
        expect(each.words).not.toBe('');
        const size = sizeOf(each.marks);
        const beyond = each.marks.filter((mark) => sizeOf([mark]).width > width + 8).map((mark) => mark.key);
        expect(beyond, `${name} ${each.name} at ${width}`).toEqual([]);
        if (width > 500) expect(size.height, `${name} ${each.name}`).toBeLessThanOrEqual(348);
      }
  });

  it('of a product lights one row and one column and frames the cell', () => {
    const { looked, stages } = drawn('batched');
    const sum = stage(stages, 'sum');
    expect(cells(sum.marks, 'in0/').filter((mark) => mark.opacity === undefined)).toHaveLength(5);
    expect(cells(sum.marks, 'in1/').filter((mark) => mark.opacity === undefined)).toHaveLength(5);
    const [only, ...others] = cells(sum.marks, 'out/').filter((mark) => mark.opacity === undefined);
    expect(others).toEqual([]);
    expect(only!.ref!.index).toBe(ravel(looked.cell, looked.output.shape));
    // Each term's numbers stand above what they come to.
    looked.terms.forEach((_, i) => expect(cells(sum.marks, `term/${i}/`)).toHaveLength(2));
    expect(sum.words).toContain('Row 3 of A[1, 2, :, :] and column 0 of B[1, 0, :, :] meet here: 5 products are added up.');
  });

  it('of a batch offers the other batches, and shows which ones are read again', () => {
    const { looked, stages } = drawn('batched');
    const marks = stage(stages, 'sum').marks;
    expect(cells(marks, 'batch/1/').filter((mark) => mark.look === 'ghost')).toHaveLength(4);
    expect(texts(marks)).toContain('each read 3 times');
    const places = cells(marks, 'batch/2/').map((mark) => mark.ref!.index);
    expect(places).toEqual([0, 1, 2, 3, 4, 5].map((batch) => batch * 12 + 3 * 3 + 0));
    expect(places).toContain(ravel(looked.cell, looked.output.shape));
  });

  it('of a padded window stands in the window’s own shape, with the padding hatched', () => {
    const { looked, stages } = drawn('padded');
    const marks = stage(stages, 'sum').marks;
    const outside = looked.inputs[0]!.picked.filter((place) => !isInside(looked.inputs[0]!, place)).length;
    expect(outside).toBe(10);
    const under = [...cells(marks, 'terms/x0/'), ...cells(marks, 'terms/x1/')];
    expect(under).toHaveLength(18);
    expect(under.filter((mark) => mark.look === 'padding')).toHaveLength(outside);
    expect(new Set(cells(marks, 'terms/p0/').map((mark) => mark.x)).size).toBe(3);
    expect(texts(marks)).toContain('All 18 products, over all channels, add up to');
  });

  it('of a pool lights the largest', () => {
    const { looked, stages } = drawn('pooled');
    const lit = cells(stage(stages, 'sum').marks, 'terms/x0/').filter((mark) => mark.stroke === 'var(--accent)');
    expect(lit.map((mark) => mark.text)).toEqual([String(toNumber(looked.value))]);
  });

  it('goes backward in matrices of the operands’ own shapes', () => {
    const { answer, looked, stages } = drawn('layer');
    const back = stage(stages, 'backward');
    expect(back.words).toContain('l.weight.grad = ∇y.T @ x');
    expect(back.words).toContain('l.bias.grad = ∇y.sum(0)');
    const weight = cells(back.marks, 'back1/made/');
    expect(new Set(weight.map((mark) => mark.y)).size).toBe(2);
    // Both ways to the same gradient: what this operation handed on, and what the leaf holds.
    const held = gradientsOf(answer).get(looked.inputs[1]!.tensor)!;
    rowsOf(turned(looked.inputs[1]!).facets[0]!, true)!.flat().forEach((value, i) => expect(value).toBeCloseTo(held[i]!, 5));
  });

  it('of large tensors is a picture of true numbers, any of which can be chosen', () => {
    const { answer, looked, op, stages } = drawn('large');
    expect(stages.at(-1)!.name).toBe('closely');
    const marks = stages.at(-1)!.marks;
    const out = marks.find((mark): mark is PictureMark => mark.kind === 'picture' && mark.key.startsWith('out'))!;
    const here = ravel(looked.cell, looked.output.shape);
    const square = squareOf(out, here)!;
    const [row, column] = cornerOf(looked.output, looked.cell);
    expect(square).toEqual({ row: row - looked.output.origin[0]!, column: column - looked.output.origin[1]! });
    expect(squareAt(out, out.x + (square.column + 0.5) * (out.w / out.columns), out.y + (square.row + 0.5) * (out.h / (out.fills.length / out.columns)))).toEqual(square);
    expect(valueIn(looked, { tensor: looked.output.tensor, index: here })).toBeCloseTo(toNumber(looked.value), 5);
    expect(texts(marks)).toMatch(/c\[70, 75\] = .+ − .+ = /);
    expect(wishFor(answer, op, here)).toEqual({ op: op.id, cell: looked.cell });
  });

  it('speaks only of the operation and the shapes that it was asked for', () => {
    const { answer, looked, op } = drawn('batched');
    expect(speaksOf(looked, answer, op)).toBe(true);
    expect(speaksOf({ ...looked, op: looked.op + 1 }, answer, op)).toBe(false);
    expect(speaksOf({ ...looked, output: { ...looked.output, shape: [2, 3, 4, 4] } }, answer, op)).toBe(false);
    expect(factorsOf(looked).factors).toHaveLength(2);
  });
});
