import { encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Event } from '../protocol';
import { decodeFrames, type Frame } from './frames';
import { Stream, type Connection } from './stream';

/** A frame as the server stores it: a header, then the events. */
function frame(job: string, firstSeq: number, events: object[]): Uint8Array {
  const parts = [encode([job, firstSeq, events.length, 'fact', 'log', 0]), encode(events)];
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  bytes.set(parts[0]!);
  bytes.set(parts[1]!, parts[0]!.length);
  return bytes;
}

function joined(...parts: Uint8Array[]): ArrayBuffer {
  return Uint8Array.from(parts.flatMap((part) => [...part])).buffer;
}

it('gives each event of several frames its place in the log', () => {
  const message = new Uint8Array(joined(frame('a', 7, [{ type: 'log' }, { type: 'log' }]), frame('b', 1, [{}])));
  const frames = decodeFrames(message);
  expect(frames.map((f) => f.job)).toEqual(['a', 'b']);
  expect(frames.flatMap((f) => f.events.map((event) => event.seq))).toEqual([7, 8, 1]);
});

it('keeps tensors as bytes', () => {
  const [only] = decodeFrames(frame('a', 1, [{ data: Uint8Array.of(1, 2) }]));
  expect((only!.events[0] as unknown as { data: Uint8Array }).data).toEqual(Uint8Array.of(1, 2));
});

class FakeSocket {
  static all: FakeSocket[] = [];
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  close(): void {
    this.closed = true;
  }
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('reconnects with the last sequence number it saw, and stops when closed', () => {
  const seen: Event[] = [];
  const states: Connection[] = [];
  const stream = new Stream([['j', 0]], {
    frames: (frames: Frame[]) => seen.push(...frames.flatMap((f) => f.events)),
    connection: (state) => states.push(state),
  });
  const [first] = FakeSocket.all;
  expect(first!.url).toContain('/api/v1/stream?job=j&after=0');
  first!.onopen?.();
  first!.onmessage?.({ data: new ArrayBuffer(0) });
  first!.onmessage?.({ data: joined(frame('j', 1, [{ type: 'log' }, { type: 'log' }])) });
  expect(seen.map((event) => event.seq)).toEqual([1, 2]);

  first!.onclose?.();
  vi.advanceTimersByTime(200);
  expect(FakeSocket.all[1]!.url).toContain('job=j&after=2');
  expect(states).toEqual(['connecting', 'open', 'lost', 'connecting']);

  stream.close();
  FakeSocket.all[1]!.onclose?.();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(2);
});
