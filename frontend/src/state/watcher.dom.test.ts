import { encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Watcher } from './watcher.svelte';

const asked = vi.fn<(url: string) => Response>();
let sockets: { onmessage: (event: { data: unknown }) => void; onclose: () => void; close: () => void }[] = [];

class FakeSocket {
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: () => void = () => undefined;
  constructor() {
    sockets.push(this);
  }
  close(): void {
    this.onclose();
  }
}

function message(firstSeq: number, ...events: object[]): ArrayBuffer {
  const parts = [encode(['j', firstSeq, events.length, 'fact', 'x', 0]), encode(events)];
  return Uint8Array.from(parts.flatMap((part) => [...part])).buffer;
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const snapshots = (step: number) =>
  new Response(message(50 + step, { type: 'watchers', step, count: step }), { status: 200 });

beforeEach(() => {
  sockets = [];
  asked.mockReset();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (url: string) => Promise.resolve(asked(url)));
});
afterEach(() => vi.unstubAllGlobals());

it('does not open a socket for a job that does not exist', async () => {
  asked.mockReturnValue(json({ code: 'not_found', detail: 'There is no job j.' }, 404));
  const watcher = new Watcher('j');
  await vi.waitFor(() => expect(watcher.problem?.status).toBe(404));
  expect(sockets).toHaveLength(0);
  watcher.close();
});

it('follows a job, remembers the past it was shown, and forgets it after a rewind', async () => {
  asked.mockImplementation((url) => (url.includes('/snapshots') ? snapshots(3) : json({ id: 'j', name: 'J' })));
  const watcher = new Watcher('j');
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  expect(watcher.info?.name).toBe('J');
  sockets[0]!.onmessage({ data: message(1, { type: 'state', state: 'running', step: 9 }) });
  expect(watcher.job.state).toBe('running');

  const questions = () => asked.mock.calls.filter(([url]) => url.includes('/snapshots')).length;
  await watcher.freeze(3);
  expect(watcher.job.shown('watchers')?.count).toBe(3);
  watcher.live();
  await watcher.freeze(3);
  expect(questions()).toBe(1);
  sockets[0]!.onmessage({ data: message(2, { type: 'rewound', step: 5, reason: 'command' }) });
  await watcher.freeze(3);
  expect(questions()).toBe(2);
  watcher.close();
});

it('stops asking when the job is deleted meanwhile', async () => {
  asked.mockReturnValueOnce(json({ id: 'j', name: 'J' }));
  const watcher = new Watcher('j');
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  asked.mockReturnValue(json({ code: 'not_found', detail: 'There is no job j.' }, 404));
  sockets[0]!.onclose();
  expect(watcher.connection).toBe('lost');
  await vi.waitFor(() => expect(watcher.problem?.status).toBe(404));
  watcher.close();
});
