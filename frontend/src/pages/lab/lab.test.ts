import { describe, expect, it } from 'vitest';
import { golden } from '../../panels/lab/golden';
import { identify, type Statement, type Value } from '../../panels/lab/trace';
import { examples, FAMILIES } from './examples';
import { notebook, script } from './export';
import { decodeSource, encodeSource } from './link';
import { moved, stepOf } from './numberDrag';
import { chipsOf, fitting, widthOf } from './chips';
import { problemsOf, resultsOf, type LineResult } from './results';

describe('results', () => {
  it('stand at the line of each statement', () => {
    const answer = golden('views');
    const byLine = new Map(resultsOf(answer, identify(answer)).map((result) => [result.line, result]));
    expect(byLine.get(2)).toMatchObject({ shape: '(3, 4)', dtype: 'float32', view: null });
    expect(byLine.get(3)!.view!.name).toBe('X');
    expect(byLine.get(5)!.did).toEqual({ kind: 'writes', names: ['X', 'C'] });
    expect(byLine.get(2)!.mini!.rows).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
    expect(byLine.has(1)).toBe(false);
  });

  it('take nothing for a view of itself, even where no operation made it', () => {
    const answer = structuredClone(golden('views'));
    answer.statements.find((statement) => statement.line === 2)!.value!.tensor = null; // as a variable that a tape watches later
    expect(resultsOf(answer, identify(answer)).find((result) => result.line === 2)!.view).toBeNull();
  });

  it('tell what backward filled, and where an error is', () => {
    const answer = golden('broadcast');
    expect(resultsOf(answer, identify(answer)).at(-1)!.did).toEqual({ kind: 'fills', names: ['a.grad', 'b.grad'] });
    expect(problemsOf(golden('overwritten'))).toMatchObject([{ line: 5, column: 1 }]);
  });
});

describe('link', () => {
  it('carries short and long snippets', async () => {
    const long = 'x = torch.arange(12.)  # 张量\n'.repeat(40);
    for (const source of ['x = 1', long]) {
      const { code, z } = await encodeSource(source);
      expect(await decodeSource(code, z)).toBe(source);
    }
    expect((await encodeSource(long)).z!.length).toBeLessThan(200);
    expect(await decodeSource(null, 'not a snippet')).toBeNull();
  });
});

describe('numbers', () => {
  it('move by steps that suit them', () => {
    expect(stepOf('3')).toBe(1);
    expect(moved('3', 2)).toBe('5');
    expect(moved('3', -9)).toBe('0');
    expect(moved('4.', 1)).toBe('4.1');
    expect(moved('0.05', -2)).toBe('0.03');
    expect(moved('0.5', 1, true)).toBe('0.51');
  });
});

describe('files', () => {
  it('bind what the lab knows in silence, and set the seed once the library is there', () => {
    expect(script('x = torch.ones(2)', 'torch', 7)).toBe('import torch\ntorch.manual_seed(7)\n\nx = torch.ones(2)\n');
    expect(script('import torch\nx = nn.Linear(2, 1)', 'torch', 0)).toBe('from torch import nn\n\nimport torch\ntorch.manual_seed(0)\nx = nn.Linear(2, 1)\n');
    expect(script('%matplotlib inline\nimport numpy as np\nnp.arange?', 'np', 1)).toBe('# %matplotlib inline\nimport numpy as np\nnp.random.seed(1)\n# np.arange?\n');
  });

  it('show what the lab shows: a script prints lone expressions, a notebook ends a cell with each', () => {
    const value = { kind: 'tensor' } as Value;
    const statement = (line: number, end_line: number, source: string, target: string[] = []): Statement => ({ index: line, line, end_line, source, target, value, output: '', ops: [], error: null });
    const source = 'import torch\nx = torch.ones(2)\nx.sum(\n  0)\ny = x + 1\n';
    const all = [statement(2, 2, 'x = torch.ones(2)', ['x']), statement(3, 4, 'x.sum(\n  0)'), statement(5, 5, 'y = x + 1', ['y'])];
    expect(script(source, 'torch', 0, all)).toContain('print(x.sum(\n  0))\n');
    const { cells } = JSON.parse(notebook(source, 'torch', 0, all)) as { cells: { id: string; source: string[] }[] };
    expect(cells.map((cell) => cell.source.at(-1))).toEqual(['  0)', 'y = x + 1']);
    expect(new Set(cells.map((cell) => cell.id)).size).toBe(2);
  });
});

describe('examples', () => {
  it('have names of their own and words in both languages', () => {
    expect(new Set(examples.map((example) => example.id)).size).toBe(examples.length);
    for (const example of examples) expect(example.title.en && example.title.zh).toBeTruthy();
  });

  it('cover in every dialect all families that it has', () => {
    const common = ['broadcast', 'creation', 'shape', 'indexing', 'reduction', 'contraction', 'activation', 'loss', 'training'];
    for (const dialect of ['torch', 'np', 'tf', 'mxnet', 'keras']) {
      const own = examples.filter((example) => example.dialect === dialect).map((example) => example.family);
      expect(common.filter((family) => !own.includes(family as (typeof own)[number])), dialect).toEqual([]);
    }
    for (const family of FAMILIES) expect(examples.some((example) => example.family === family)).toBe(true);
  });
});

describe('the column of results', () => {
  const words = { viewOf: (name: string) => `view of ${name}`, fills: (names: string) => `fills ${names}`, writes: () => 'writes', operations: (count: string) => `${count} operations` };
  const result: LineResult = { line: 1, statement: 0, shape: '(3, 1)', dtype: 'float32', view: null, mini: null, text: '0.5', did: null, runs: 100 };

  it('shortens before it stands on code, and keeps the value to the last', () => {
    const chips = chipsOf(result, words);
    expect(fitting(chips, 400).map((chip) => chip.text)).toEqual(['×100', '(3, 1)', 'float32', '0.5']);
    expect(fitting(chips, widthOf(chips) - 1).map((chip) => chip.text)).toEqual(['×100', '(3, 1)', '0.5']);
    expect(fitting(chips, 0).map((chip) => chip.text)).toEqual(['0.5']);
    for (const room of [60, 90, 140]) expect(widthOf(fitting(chips, room))).toBeLessThanOrEqual(room);
  });

  it('tells lines of a body, and puts what the whole statement did at its head', () => {
    const answer = structuredClone(golden('broadcast'));
    const loop = answer.statements.at(-1)!;
    loop.end_line = loop.line + 1;
    const value = answer.statements.find((each) => each.target[0] === 'c')!.value;
    answer.inner = [{ statement: loop.index, line: loop.line + 1, end_line: loop.line + 1, target: ['c'], value, runs: 7 }];
    const inner = resultsOf(answer, identify(answer)).find((each) => each.runs === 7)!;
    expect(inner).toMatchObject({ line: loop.line + 1, statement: loop.index, shape: '(3, 2)', dtype: 'float32' });
    expect(resultsOf(answer, identify(answer)).find((each) => each.did?.kind === 'fills')!.line).toBe(loop.line);
  });
});
