/** Values that are no tensors, as something to read: tables of data frames, pairs of mappings, lists of names, text. */
import { say } from './cells';
import { shapeText, type Value } from './trace';

export interface Cell {
  text: string;
  /** Nothing stands there: NaN, None, NaT. */
  missing?: boolean;
  number?: boolean;
}

export type Readable =
  | { kind: 'table'; head: readonly string[]; types: readonly string[]; rows: readonly { name: string; cells: readonly Cell[] }[]; of: readonly [number, number] }
  | { kind: 'pairs'; rows: readonly { name: string; cell: Cell; type: string }[]; of: number }
  | { kind: 'names'; names: readonly string[]; of: number }
  | { kind: 'text'; text: string };

/** One cell of a table: what is not there is told apart from what is 0 or empty. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined || value === 'nan') return { text: 'NaN', missing: true };
  if (value === 'inf' || value === '-inf') return { text: value === 'inf' ? '+∞' : '\u2212∞', number: true };
  if (typeof value === 'number') return { text: Number.isInteger(value) ? String(value).replace('-', '\u2212') : say(Number(value.toPrecision(6))), number: true };
  if (typeof value === 'boolean') return { text: value ? 'True' : 'False' };
  if (typeof value === 'string') return { text: value };
  return { text: JSON.stringify(value) };
}

const list = (data: unknown): unknown[] => (Array.isArray(data) ? (data as unknown[]) : []);

/** An item in one line: a number, a word in quotes, a tensor's shape. */
export function brief(value: Value): Cell {
  switch (value.kind) {
    case 'none':
      return { text: 'None', missing: true };
    case 'int':
    case 'float':
    case 'bool':
    case 'scalar':
      return { ...cellOf(value.data), missing: value.data === 'nan' };
    case 'str':
      return { text: `'${String(value.data ?? value.repr)}'` };
    case 'tensor':
    case 'ndarray':
    case 'variable':
    case 'dataframe':
    case 'series':
      return { text: `${value.kind} ${shapeText(value.shape ?? [])}${value.dtype ? ` ${value.dtype}` : ''}` };
    case 'list':
    case 'tuple':
    case 'set': {
      const [open, close] = { list: '[]', tuple: '()', set: '{}' }[value.kind] as unknown as [string, string];
      const inner = (value.items ?? []).slice(0, 6).map((item) => brief(item).text);
      return { text: `${open}${inner.join(', ')}${(value.length ?? 0) > 6 ? ', …' : ''}${close}` };
    }
    case 'dict':
      return { text: `{${list(value.data).slice(0, 4).map(String).join(', ')}${(value.length ?? 0) > 4 ? ', …' : ''}}` };
    default:
      return { text: value.repr || value.kind };
  }
}

const isName = (value: Value): boolean => value.kind === 'str' && typeof value.data === 'string' && value.data.length <= 60 && !value.data.includes('\n');

/** What can be read of a value; null where it has a picture of another kind, or nothing to show. */
export function readable(value: Value): Readable | null {
  switch (value.kind) {
    case 'dataframe': {
      const rows = list(value.data).map((row, i) => ({ name: cellOf(value.index?.[i] ?? i).text, cells: list(row).map(cellOf) }));
      return { kind: 'table', head: value.columns ?? [], types: value.dtypes ?? [], rows, of: [value.shape?.[0] ?? rows.length, value.shape?.[1] ?? (value.columns ?? []).length] };
    }
    case 'series':
    case 'index': {
      const rows = list(value.data).map((each, i) => ({ name: cellOf(value.index?.[i] ?? i).text, cells: [cellOf(each)] }));
      return { kind: 'table', head: [value.name ?? (value.kind === 'index' ? 'index' : '')], types: [value.dtype ?? ''], rows, of: [value.shape?.[0] ?? rows.length, 1] };
    }
    case 'ndarray': {
      if (value.dtype !== 'object' && !/^[<>|]?[SU]\d/.test(value.dtype ?? '')) return null;
      const wide = (value.shape ?? []).length > 1;
      const rows = list(value.data).map((row, i) => ({ name: String(i), cells: wide ? list(row).map(cellOf) : [cellOf(row)] }));
      return { kind: 'table', head: (rows[0]?.cells ?? []).map((_, j) => String(j)), types: [], rows, of: [value.shape?.[0] ?? rows.length, wide ? (value.shape?.[1] ?? 1) : 1] };
    }
    case 'dict': {
      const names = list(value.data).map(String);
      return { kind: 'pairs', rows: (value.items ?? []).map((item, i) => ({ name: names[i] ?? String(i), cell: brief(item), type: item.kind })), of: value.length ?? names.length };
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'frozenset': {
      const items = value.items ?? [];
      if (items.length === 0) return { kind: 'text', text: value.repr || '[]' };
      if (items.every(isName)) return { kind: 'names', names: items.map((item) => String(item.data)), of: value.length ?? items.length };
      const inner = items.map((item) => (item.kind === 'dict' && item.items ? list(item.data).map(String) : null));
      // Rows that have the same keys are a table.
      if (items.length > 1 && inner.every((keys) => keys !== null && keys.join('\n') === inner[0]!.join('\n')))
        return { kind: 'table', head: inner[0]!, types: [], rows: items.map((item, i) => ({ name: String(i), cells: (item.items ?? []).map(brief) })), of: [value.length ?? items.length, inner[0]!.length] };
      return { kind: 'pairs', rows: items.map((item, i) => ({ name: value.names?.[i] ?? String(i), cell: brief(item), type: item.kind })), of: value.length ?? items.length };
    }
    case 'str':
      return { kind: 'text', text: String(value.data ?? value.repr) };
    default:
      return null;
  }
}

/** The same as rows for the clipboard and for readers of the screen. */
export function readableRows(shown: Readable, names: { element: string; value: string; index: string }): { head: string[]; rows: (string | number | null)[][] } {
  switch (shown.kind) {
    case 'table':
      return { head: [names.index, ...shown.head], rows: shown.rows.map((row) => [row.name, ...row.cells.map((cell) => cell.text)]) };
    case 'pairs':
      return { head: [names.element, names.value], rows: shown.rows.map((row) => [row.name, row.cell.text]) };
    case 'names':
      return { head: [names.element], rows: shown.names.map((name) => [name]) };
    case 'text':
      return { head: [names.value], rows: shown.text.split('\n').map((line) => [line]) };
  }
}
