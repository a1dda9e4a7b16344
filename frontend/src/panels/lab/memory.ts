/** Memory as bars: one per storage with a strip for each tensor over the cells it reads, and arcs where it jumps. */
import { shortNumber } from '../../components/number';
import type { Theme } from '../../design/colormaps';
import { paintOver } from './ranges';
import { cellLook, textColor } from './stages/placing';
import { shift, sizeOf, textWidth, type Mark } from './scene';
import { denseStrides, numbersOf, shapeText, size, unravel, type Answer, type Identity, type TensorRecord } from './trace';
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

/** The number at each place of a storage, from the newest that shows it: what statements gave, then what operations did. */
export function contents(storage: Storage, answer: Answer): (number | undefined)[] {
  const values = new Array<number | undefined>(storage.count).fill(undefined);
  const put = (record: { shape?: readonly number[] | null; strides?: readonly number[] | null; offset?: number | null; dtype?: string | null; data?: unknown; windowed?: boolean }): void => {
    const numbers = numbersOf(record);
    const { strides } = record;
    if (!numbers || !strides) return;
    numbers.values.forEach((value, i) => {
      const place = unravel(i, numbers.sent).reduce((at, index, axis) => at + index * strides[axis]!, record.offset ?? 0);
      if (place < values.length) values[place] = value;
    });
  };
  for (const { value } of [...answer.statements, ...(answer.inner ?? [])]) if (value?.storage === storage.id) put(value);
  for (const record of answer.storages[String(storage.id)]!.tensors.map((id) => answer.tensors[String(id)]!).sort((a, b) => a.version - b.version || a.id - b.id)) put(record);
  return values;
}

/** Bytes as a person says them: 48 B, 3.1 KB, 1.25 MB. */
export const bytesText = (bytes: number): string => (bytes < 1e3 ? `${bytes} B` : bytes < 1e6 ? `${shortNumber(bytes / 1e3, 3)} KB` : `${shortNumber(bytes / 1e6, 3)} MB`);

/** How often each stored number is read, where it is more than once and the same for all. */
export function repeatsOf(tenant: Tenant): number {
  const each = tenant.places.length / new Set(tenant.places).size;
  return Number.isInteger(each) && each > 1 ? each : 1;
}

/** Up to this many numbers stand in cells of their own; of more, the first ones do. */
const MOST = 48;
const LEAD = 12;
const LEAD_CELL = 30;
/** What the hatched bar needs at least, for its words. */
const REST = 150;
const TOP = 18;

export interface MemoryWords {
  /** What the hatched part of a large bar holds. */
  rest: (count: number, before: number) => string;
}

/** The bar of a storage, its strips and arcs, at most `width` across. */
export function storageMarks(storage: Storage, answer: Answer, theme: Theme, width: number, words: MemoryWords, touched: ReadonlySet<number> = new Set()): Mark[] {
  const longest = Math.max(0, ...storage.tenants.slice(0, 6).map((tenant) => textWidth(tenant.name || shapeText(tenant.record.shape), 12, true)));
  const room = width - Math.min(width * 0.45, Math.max(76, longest + 16));
  const values = contents(storage, answer);
  const known = values.findIndex((value) => value === undefined);
  const large = storage.count > MOST || (known >= 0 && storage.count > LEAD);
  const most = large ? Math.min(known < 0 ? LEAD : known, LEAD, Math.max(0, Math.floor((room - REST) / (LEAD_CELL + 1)))) : storage.count;
  const cell = large ? LEAD_CELL : Math.max(4, Math.min(34, Math.floor(room / Math.max(1, storage.count)) - 1));
  const step = cell + 1;
  const high = large ? 24 : Math.max(22, cell);
  const dtype = storage.tenants[0]!.record.dtype;
  const paint = paintOver(answer, storage.tenants[0]!.record.id, values.filter((value): value is number => value !== undefined));
  const marks: Mark[] = [];
  for (let i = 0; i < most; i++) {
    if (storage.count > 1 && (cell >= 18 || i % 5 === 0)) marks.push({ kind: 'text', key: `i${i}`, x: i * step + cell / 2, y: 11, text: String(i), anchor: 'middle', size: 11, mono: true, color: 'var(--ink3)' });
    marks.push({ kind: 'cell', key: `c${i}`, x: i * step, y: TOP, w: cell, h: high, stroke: touched.has(i) ? 'var(--accent)' : undefined, ...cellLook(values[i], dtype, cell, paint, theme) });
  }
  // The rest of a large storage is one hatched bar: its length is told, its numbers are not at hand.
  const rest = large ? { from: most === 0 ? 0 : most * step + 6, to: Math.max(most * step + REST, room) } : null;
  const along = (place: number): number => (rest ? rest.from + ((place - most) / Math.max(1, storage.count - most)) * (rest.to - rest.from) : 0);
  if (rest) {
    marks.push({ kind: 'rect', key: 'rest', x: rest.from, y: TOP, w: rest.to - rest.from, h: high, r: 3, fill: 'var(--sunken)', stroke: 'var(--line2)' });
    for (let x = rest.from + 6; x < rest.to; x += 9) marks.push({ kind: 'arrow', key: `h${x}`, points: [[x, TOP + high - 1], [Math.min(x + high * 0.6, rest.to - 1), TOP + high - 1 - Math.min(high - 2, (rest.to - 1 - x) / 0.6)]], color: 'var(--line)', head: false });
    const text = words.rest(storage.count - most, most);
    const wide = textWidth(text, 12) + 14;
    const middle = (rest.from + rest.to) / 2;
    marks.push({ kind: 'rect', key: 'restback', x: middle - wide / 2, y: TOP + high / 2 - 9, w: wide, h: 18, r: 9, fill: 'var(--surface)' });
    marks.push({ kind: 'text', key: 'resttext', x: middle, y: TOP + high / 2 + 4, text, anchor: 'middle', size: 12, color: 'var(--ink2)' });
    marks.push({ kind: 'text', key: 'restlast', x: rest.to, y: 11, text: String(storage.count - 1), anchor: 'end', size: 11, mono: true, color: 'var(--ink3)' });
    const far = [...touched].filter((place) => place >= most).map((place) => Math.round(along(place)));
    for (const x of new Set(far)) marks.push({ kind: 'rect', key: `t${x}`, x, y: TOP, w: 2, h: high, r: 0, fill: 'var(--accent)' });
  }
  const end = rest ? rest.to : most * step;
  marks.push({ kind: 'text', key: 'bytes', x: end + 8, y: TOP + high / 2 + 4, text: bytesText(storage.nbytes), size: 12, mono: true, color: 'var(--ink3)' });
  let y = TOP + high + 10;
  for (const [k, tenant] of storage.tenants.slice(0, 6).entries()) {
    const color = tenant.color >= 0 ? identityVar(tenant.color) : 'var(--ink3)';
    const places = new Set(tenant.places);
    for (const place of places) if (place < most) marks.push({ kind: 'rect', key: `s${k}/${place}`, x: place * step, y, w: cell, h: 7, r: 2, fill: color });
    if (rest) {
      const first = tenant.record.offset ?? 0;
      const last = first + tenant.record.shape.reduce((sum, length, axis) => sum + (length - 1) * (tenant.record.strides?.[axis] ?? 0), 0);
      if (last >= most) marks.push({ kind: 'rect', key: `s${k}/rest`, x: along(Math.max(most, first)), y, w: Math.max(3, along(last + 1) - along(Math.max(most, first))), h: 7, r: 2, fill: color, opacity: tenant.dense ? 1 : 0.45 });
    }
    const name = tenant.name || shapeText(tenant.record.shape);
    marks.push({ kind: 'text', key: `n${k}`, x: end + 8, y: y + 8, text: name, mono: true, bold: true, size: 12, color: textColor(tenant.color >= 0 ? { name: tenant.name, color: tenant.color } : undefined) });
    const repeats = repeatsOf(tenant);
    const jumps = tenant.places.slice(0, 9).flatMap((from, i) => {
      const to = tenant.places[i + 1];
      return to !== undefined && to !== from && Math.abs(to - from) > 1 && from < most && to < most ? [[from, to] as const] : [];
    });
    if (repeats > 1) {
      // Stride 0: the same cells are read again and again.
      if (cell >= 22) for (const place of places) if (place < most) marks.push({ kind: 'text', key: `r${k}/${place}`, x: place * step + cell / 2, y: y + 21, text: `×${repeats}`, anchor: 'middle', size: 11, mono: true, color: 'var(--ink2)' });
      if (cell < 22) marks.push({ kind: 'text', key: `r${k}`, x: end + 16 + name.length * 7.4, y: y + 8, text: `×${repeats}`, size: 11, mono: true, color: 'var(--ink2)' });
      if (cell >= 22) y += 14;
    } else if (!tenant.dense && jumps.length > 0) {
      for (const [from, to] of jumps.slice(0, 3)) {
        const a = from * step + cell / 2;
        const b = to * step + cell / 2;
        marks.push({ kind: 'curve', key: `j${k}/${from}`, points: arc(a, b, y + 8, 12), color, width: 1.25 });
        marks.push({ kind: 'text', key: `j${k}/t${from}`, x: (a + b) / 2, y: y + 32, text: `${to > from ? '+' : '−'}${Math.abs(to - from)}`, anchor: 'middle', size: 11, mono: true, color: 'var(--ink2)' });
      }
      y += 26;
    }
    y += 16;
  }
  return marks;
}

/** Bars side by side while they fit, then in further rows. */
export function flow(bars: readonly (readonly [key: string, marks: readonly Mark[]])[], width: number): Mark[] {
  const all: Mark[] = [];
  let [x, y, low] = [0, 0, 0];
  for (const [key, marks] of bars) {
    const { width: wide, height } = sizeOf(marks);
    if (x > 0 && x + wide > width) [x, y, low] = [0, y + low + 16, 0];
    all.push(...shift(marks.map((mark) => ({ ...mark, key: `${key}/${mark.key}` }) as Mark), x, y));
    x += wide + 28;
    low = Math.max(low, height);
  }
  return all;
}

function arc(a: number, b: number, y: number, depth: number): [number, number][] {
  return Array.from({ length: 13 }, (_, i) => {
    const t = i / 12;
    return [a + (b - a) * t, y + depth * 4 * t * (1 - t)];
  });
}
