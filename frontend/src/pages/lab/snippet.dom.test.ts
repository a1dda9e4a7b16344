/** Code that came with a link runs by itself only where the machine is kept from it. */
import { beforeEach, expect, test, vi } from 'vitest';
import { place } from '../../state/location.svelte';
import { Trace } from '../../state/trace.svelte';
import { examples } from './examples';
import { Snippet } from './snippet.svelte';

const asked: string[] = [];
/** What the server says of the seal, one answer after the other; the last one stays. */
let seals: (boolean | null | Error)[] = [];

vi.mock('../../client/call', () => ({
  send: (_method: string, _path: string, given: { json: { source: string } }) => {
    asked.push(given.json.source);
    return Promise.resolve({ json: () => Promise.resolve({ status: 'ok', output: '', statements: [], ops: [], tensors: {}, storages: {}, figures: [], watch: [] }) });
  },
  call: () => {
    const said = seals.length > 1 ? seals.shift()! : seals[0]!;
    return said instanceof Error ? Promise.reject(said) : Promise.resolve({ sealed: said, layers: [] });
  },
}));

beforeEach(() => {
  asked.length = 0;
  sessionStorage.clear();
  vi.useFakeTimers();
  vi.stubGlobal('scrollTo', () => undefined);
});

async function opened(query: string, ...said: (boolean | null | Error)[]): Promise<Snippet> {
  seals = said;
  place.go(`/lab?${query}`);
  const snippet = new Snippet(new Trace(), ['torch', 'np']);
  await snippet.open();
  await vi.advanceTimersByTimeAsync(2_000);
  return snippet;
}

test('a sealed lab runs a link at once', async () => {
  const snippet = await opened('code=2%2B2', true);
  expect(asked).toEqual(['2+2']);
  expect(snippet.asks).toBe(false);
});

test('a lab that is starting is waited for', async () => {
  const snippet = await opened('code=2%2B2', null, null, true);
  expect(asked).toEqual(['2+2']);
  expect(snippet.asks).toBe(false);
});

test.each([[false], [new Error('nobody answers')]])('a link waits for Run where the answer is %s', async (said) => {
  const snippet = await opened('code=2%2B2', said);
  expect(asked).toEqual([]);
  expect(snippet.asks).toBe(true);
  expect(snippet.trace.source).toBe('2+2');
  snippet.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['2+2']);
  expect(snippet.asks).toBe(false);
});

test('nothing else sets it off: not an edit, a seed or what a panel asks', async () => {
  const snippet = await opened('code=2%2B2', false);
  snippet.edit('2+2 ');
  snippet.rerun();
  snippet.trace.run();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([]);
});

test('expressions to watch that came with a link are code too', async () => {
  const snippet = await opened(`example=${examples[1]!.id}&watch=a`, false);
  expect(asked).toEqual([]);
  expect(snippet.asks).toBe(true);
});

test('the page’s own examples run by themselves, whatever the seal', async () => {
  expect((await opened('', false)).asks).toBe(false);
  expect(asked).toEqual([examples[0]!.source]);
  asked.length = 0;
  const snippet = await opened('code=2%2B2', false);
  snippet.choose(examples[1]!);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([examples[1]!.source]);
  expect(snippet.asks).toBe(false);
});
