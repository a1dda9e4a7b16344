/** The lab's requests: one at a time, the newest text waits for it, and every answer that still fits the text is shown. */
import { beforeEach, expect, test, vi } from 'vitest';
import { RequestProblem } from '../client/problem';
import type { Answer } from '../panels/lab/trace';
import { Trace } from './trace.svelte';

interface Asked {
  source: string;
  long: boolean;
  signal: AbortSignal;
  answer: () => Promise<void>;
  refuse: (status: number) => Promise<void>;
}

const asked: Asked[] = [];

vi.mock('../client/call', () => ({
  send: (_method: string, _path: string, given: { json: { source: string; long: boolean }; signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const settled = () => new Promise<void>((done) => setTimeout(done));
      given.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      asked.push({
        source: given.json.source,
        long: given.json.long,
        signal: given.signal,
        answer: () => {
          resolve({ json: () => Promise.resolve({ status: 'ok', output: given.json.source, statements: [], ops: [], tensors: {}, storages: {}, figures: [], watch: [] }) });
          return settled();
        },
        refuse: (status: number) => {
          reject(new RequestProblem(status, 'refused', 'No.'));
          return settled();
        },
      });
    }),
}));

const tick = () => new Promise<void>((done) => setTimeout(done));
const said = (answer: Answer | null) => answer?.output;

let trace: Trace;

async function edit(source: string): Promise<Asked> {
  trace.source = source;
  trace.run();
  await tick();
  return asked.at(-1)!;
}

beforeEach(() => {
  asked.length = 0;
  trace = new Trace();
});

test('several changes at once are one request', async () => {
  trace.source = 'x = 1';
  trace.run();
  trace.run();
  await tick();
  expect(asked.map((each) => each.source)).toEqual(['x = 1']);
  expect(trace.busy).toBe(true);
});

test('what runs is shown although newer text waits, and only the newest is asked after it', async () => {
  const first = await edit('x = 1');
  await edit('x = 2');
  await edit('x = 3');
  expect(asked).toHaveLength(1);
  await first.answer();
  expect(said(trace.shown)).toBe('x = 1');
  expect(trace.busy).toBe(true);
  expect(asked.map((each) => each.source)).toEqual(['x = 1', 'x = 3']);
  await asked[1]!.answer();
  expect(said(trace.shown)).toBe('x = 3');
  expect(trace.busy).toBe(false);
});

test('what runs for long gives way to newer text', async () => {
  vi.useFakeTimers();
  try {
    trace.source = 'while True: pass';
    trace.run();
    await vi.advanceTimersByTimeAsync(0);
    const first = asked.at(-1)!;
    await vi.advanceTimersByTimeAsync(3000);
    expect(first.signal.aborted).toBe(false);
    trace.source = 'x = 1';
    trace.run();
    await vi.advanceTimersByTimeAsync(0);
    expect(first.signal.aborted).toBe(true);
    expect(asked.at(-1)!.source).toBe('x = 1');
    expect(trace.problem).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test('an older answer is not shown beside lines that have moved', async () => {
  const first = await edit('x = 1');
  await edit('x = 1\n');
  await first.answer();
  expect(trace.shown).toBeNull();
  await asked.at(-1)!.answer();
  expect(said(trace.shown)).toBe('x = 1\n');
});

test('a refusal of an older request is passed over, one of the newest is told', async () => {
  const first = await edit('x = 1');
  await edit('x = 2');
  await first.refuse(413);
  expect(trace.problem).toBeNull();
  await asked.at(-1)!.refuse(409);
  expect(trace.problem).toBeNull();
  await (await edit('x = 3')).refuse(413);
  expect(trace.problem?.status).toBe(413);
  expect(trace.busy).toBe(false);
});

test('a closed lab asks and shows nothing more', async () => {
  const first = await edit('x = 1');
  trace.close();
  await first.answer();
  trace.run();
  await tick();
  expect(trace.shown).toBeNull();
  expect(asked).toHaveLength(1);
});

test('a run of a minute is asked for once, and can be ended', async () => {
  await (await edit('x = 1')).answer();
  trace.runLong();
  await tick();
  expect(asked.map((each) => each.long)).toEqual([false, true]);
  expect(trace.longSince).not.toBeNull();
  trace.stop();
  await tick();
  expect(asked.at(-1)!.signal.aborted).toBe(true);
  expect([trace.longSince, trace.busy, trace.problem, said(trace.answer)]).toEqual([null, false, null, 'x = 1']);
  expect((await edit('x = 2')).long).toBe(false);
});
