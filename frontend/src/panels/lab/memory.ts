/** Memory as bars: one per storage with a strip for each tensor over the cells it reads, and arcs where it jumps. */
import type { Theme } from '../../design/colormaps';
import { paintOf } from './cells';
import { cellLook, textColor } from './stages/placing';
import type { Mark } from './scene';
import { denseStrides, numbersOf, shapeText, size, unravel, valueAt, type Answer, type Identity, type TensorRecord } from './trace';
import { identityVar } from '../../design/palette';

export interface Tenant {
  record: TensorRecord;
  name: string;
  color: number;
  /** Places in the storage, in reading order. */
  places: readonly number[];
  owns: boolean;
  dense: boolean;
  /** Bytes that a copy of its own would take. */
  bytes: number;
}

export interface Storage {
  id: number;
  nbytes: number;
  itemsize: number;
  count: number;
  version: number;
  tenants: readonly Tenant[];
}

export const itemsize = (dtype: string): number => (dtype === 'bool' ? 1 : Math.max(1, Number(/\d+$/.exec(dtype)?.[0] ?? 32) / 8));

/** The places in the storage that a tensor reads, in reading order. */
export function placesOf(record: { shape: readonly number[]; strides?: readonly number[] | null; offset?: number | null }, most = 4096): number[] {
  const strides = record.strides ?? denseStrides(record.shape);
  const count = Math.min(most, size(record.shape));
  return Array.from({ length: count }, (_, index) => unravel(index, record.shape).reduce((at, i, axis) => at + i * strides[axis]!, record.offset ?? 0));
}

/** Storages with the tensors that stand on them; of a tensor that was changed in place only the newest is told. */
export function storagesOf(answer: Answer, names: ReadonlyMap<number, Identity>): Storage[] {
  const found: Storage[] = [];
  for (const [id, storage] of Object.entries(answer.storages)) {
    const records = storage.tensors.map((tensor) => answer.tensors[String(tensor)]).filter((record): record is TensorRecord => record !== undefined && record.strides !== undefined && record.strides !== null);
    if (records.length === 0) continue;
    const newest = new Map<string, TensorRecord>();
    for (const record of records) {
      const all = record.names.length > 0 ? record.names.slice(0, 1) : [names.get(record.id)?.name ?? ''];
      for (const name of all) if (name) newest.set(name, record);
    }
    const kept: [string, TensorRecord][] = newest.size > 0 ? [...newest] : [['', records.at(-1)!]];
    const bytesEach = itemsize(records[0]!.dtype);
    found.push({
      id: Number(id),
      nbytes: storage.nbytes,
      itemsize: bytesEach,
      count: Math.max(1, Math.floor(storage.nbytes / bytesEach)),
      version: Math.max(...records.map((record) => record.version)),
      tenants: kept.map(([name, record], i) => ({
        record,
        name,
        color: names.get(record.id)?.name === name ? (names.get(record.id)?.color ?? -1) : -1,
        places: placesOf(record),
        owns: i === 0,
        dense: (record.strides ?? []).join() === denseStrides(record.shape).join() || size(record.shape) <= 1,
        bytes: size(record.shape) * bytesEach,
      })),
    });
  }
  return found;
}

/** The number at each place of a storage, from the newest tensor that shows it. */
export function contents(storage: Storage, answer: Answer): (number | undefined)[] {
  const values = new Array<number | undefined>(storage.count).fill(undefined);
  const records = answer.storages[String(storage.id)]!.tensors.map((id) => answer.tensors[String(id)]!).sort((a, b) => a.version - b.version || a.id - b.id);
  for (const record of records) {
    const numbers = numbersOf(record);
    if (!numbers || record.strides === undefined) continue;
    placesOf(record).forEach((place, index) => {
      const value = valueAt(numbers, index);
      if (value !== undefined && place < values.length) values[place] = value;
    });
  }
  return values;
}

const MOST = 48;

/** The bar of a storage, its strips and arcs, at most `width` across. */
export function storageMarks(storage: Storage, answer: Answer, theme: Theme, width: number, touched: ReadonlySet<number> = new Set()): Mark[] {
  const shown = Math.min(storage.count, MOST);
  const cell = Math.max(11, Math.min(34, Math.floor((width - 60) / shown) - 1));
  const step = cell + 1;
  const most = Math.min(shown, Math.floor((width - 60) / step));
  const values = contents(storage, answer);
  const dtype = storage.tenants[0]!.record.dtype;
  const paint = paintOf([values.filter((value): value is number => value !== undefined)]);
  const marks: Mark[] = [];
  for (let i = 0; i < most; i++) {
    if (cell >= 18 || i % 5 === 0) marks.push({ kind: 'text', key: `i${i}`, x: i * step + cell / 2, y: 11, text: String(i), anchor: 'middle', size: 11, mono: true, color: 'var(--ink3)' });
    marks.push({ kind: 'cell', key: `c${i}`, x: i * step, y: 18, w: cell, h: Math.max(22, cell), stroke: touched.has(i) ? 'var(--accent)' : undefined, ...cellLook(values[i], dtype, cell, paint, theme) });
  }
  const bar = 18 + Math.max(22, cell);
  const end = most * step;
  if (most < storage.count) marks.push({ kind: 'text', key: 'more', x: end + 4, y: 18 + cell / 2 + 4, text: '…', color: 'var(--ink3)' });
  marks.push({ kind: 'text', key: 'bytes', x: end + (most < storage.count ? 22 : 8), y: 18 + cell / 2 + 4, text: `${storage.nbytes} B`, size: 12, mono: true, color: 'var(--ink3)' });
  let y = bar + 12;
  for (const [k, tenant] of storage.tenants.slice(0, 6).entries()) {
    const color = tenant.color >= 0 ? identityVar(tenant.color) : 'var(--ink3)';
    const counts = new Map<number, number>();
    for (const place of tenant.places) counts.set(place, (counts.get(place) ?? 0) + 1);
    for (const place of counts.keys()) if (place < most) marks.push({ kind: 'rect', key: `s${k}/${place}`, x: place * step, y, w: cell, h: 7, r: 2, fill: color });
    marks.push({ kind: 'text', key: `n${k}`, x: end + 8, y: y + 8, text: tenant.name || shapeText(tenant.record.shape), mono: true, bold: true, size: 12, color: textColor(tenant.color >= 0 ? { name: tenant.name, color: tenant.color } : undefined) });
    const repeats = Math.max(...counts.values());
    const jumps = tenant.places.slice(0, 9).flatMap((from, i) => {
      const to = tenant.places[i + 1];
      return to !== undefined && to !== from && Math.abs(to - from) > 1 && from < most && to < most ? [[from, to] as const] : [];
    });
    if (repeats > 1) {
      marks.push({ kind: 'text', key: `r${k}`, x: 0, y: y + 22, text: `×${repeats}`, size: 11, mono: true, color: 'var(--ink3)' });
      y += 14;
    } else if (!tenant.dense && jumps.length > 0) {
      for (const [from, to] of jumps.slice(0, 3)) {
        const a = from * step + cell / 2;
        const b = to * step + cell / 2;
        marks.push({ kind: 'curve', key: `j${k}/${from}`, points: arc(a, b, y + 8, 12), color, width: 1.25 });
        marks.push({ kind: 'text', key: `j${k}/t${from}`, x: (a + b) / 2, y: y + 32, text: `${to > from ? '+' : '−'}${Math.abs(to - from)}`, anchor: 'middle', size: 11, mono: true, color: 'var(--ink2)' });
      }
      y += 26;
    }
    y += 18;
  }
  return marks;
}

function arc(a: number, b: number, y: number, depth: number): [number, number][] {
  return Array.from({ length: 13 }, (_, i) => {
    const t = i / 12;
    return [a + (b - a) * t, y + depth * 4 * t * (1 - t)];
  });
}
