/** Values without a tensor's picture: as tables, pairs, names or text. */
import { expect, test } from 'vitest';
import { readable, readableRows } from './readable';
import type { Value } from './trace';

const value = (made: object): Value => ({ repr: '', ...made }) as Value;

test('a data frame is a table in which what is missing is told from what is not', () => {
  const shown = readable(value({ kind: 'dataframe', shape: [300, 2], columns: ['a', 'b'], dtypes: ['float64', 'str'], index: ['x', 'y'], data: [[1.5, ''], [null, 'NaN']] }));
  if (shown?.kind !== 'table') throw new Error('no table');
  expect(shown.head).toEqual(['a', 'b']);
  expect(shown.types).toEqual(['float64', 'str']);
  expect(shown.rows.map((row) => row.name)).toEqual(['x', 'y']);
  expect(shown.rows[1]!.cells).toEqual([{ text: 'NaN', missing: true }, { text: 'NaN' }]);
  expect(shown.rows[0]!.cells[1]).toEqual({ text: '' });
  expect(shown.of).toEqual([300, 2]);
  expect(readableRows(shown, { element: 'e', value: 'v', index: 'i' })).toEqual({ head: ['i', 'a', 'b'], rows: [['x', '1.5', ''], ['y', 'NaN', 'NaN']] });
});

test('a series has its index and its name', () => {
  const shown = readable(value({ kind: 'series', shape: [2], dtype: 'int64', name: 'n', index: [5, 6], data: [1, 2] }));
  expect(shown).toMatchObject({ kind: 'table', head: ['n'], types: ['int64'], rows: [{ name: '5', cells: [{ text: '1' }] }, { name: '6' }] });
});

test('what dir gives is a list of names; other lists are pairs, rows of alike keys a table', () => {
  const text = (data: string): object => value({ kind: 'str', data });
  expect(readable(value({ kind: 'list', length: 2, items: [text('abs'), text('add')] }))).toEqual({ kind: 'names', names: ['abs', 'add'], of: 2 });
  expect(readable(value({ kind: 'list', length: 2, items: [text('abs'), value({ kind: 'int', data: 3 })] }))).toMatchObject({ kind: 'pairs', rows: [{ name: '0', cell: { text: "'abs'" } }, { name: '1', cell: { text: '3' } }] });
  const row = (n: number): object => value({ kind: 'dict', length: 1, data: ['n'], items: [value({ kind: 'int', data: n })] });
  expect(readable(value({ kind: 'list', length: 2, items: [row(1), row(2)] }))).toMatchObject({ kind: 'table', head: ['n'], rows: [{ cells: [{ text: '1' }] }, { cells: [{ text: '2' }] }] });
});

test('a mapping tells its keys, values and kinds', () => {
  const shown = readable(value({ kind: 'dict', length: 3, data: ['lr', 'w', 'none'], items: [value({ kind: 'float', data: 0.1 }), value({ kind: 'tensor', shape: [2, 3], dtype: 'float32' }), value({ kind: 'none' })] }));
  expect(shown).toMatchObject({ kind: 'pairs', of: 3, rows: [{ name: 'lr', cell: { text: '0.1' }, type: 'float' }, { name: 'w', cell: { text: 'tensor (2, 3) float32' } }, { name: 'none', cell: { text: 'None', missing: true } }] });
});

test('tensors and numbers keep their own pictures', () => {
  expect(readable(value({ kind: 'tensor', shape: [2], dtype: 'float32', data: [1, 2] }))).toBeNull();
  expect(readable(value({ kind: 'ndarray', shape: [2], dtype: 'float64', data: [1, 2] }))).toBeNull();
  expect(readable(value({ kind: 'ndarray', shape: [2], dtype: 'object', data: ['a', null] }))).toMatchObject({ kind: 'table' });
  expect(readable(value({ kind: 'int', data: 3 }))).toBeNull();
});
