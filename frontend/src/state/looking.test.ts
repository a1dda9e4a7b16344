/** What is asked of one cell, and when the page stops waiting for it. */
import { beforeEach, expect, test, vi } from 'vitest';
import { RequestProblem } from '../client/problem';
import type { Answer } from '../panels/lab/trace';
import { Looking } from './looking.svelte';

interface Asked {
  resolve: (response: unknown) => void;
  reject: (problem: Error) => void;
}

const asked: Asked[] = [];

vi.mock('../client/call', () => ({
  send: () => new Promise((resolve, reject) => void asked.push({ resolve, reject })),
}));

const tick = () => new Promise<void>((done) => setTimeout(done));
const answer = { source: 'y = a @ b', dialect: 'torch' } as Answer;
const cell = { op: 2, cell: [0, 0] };

beforeEach(() => {
  asked.length = 0;
  vi.useRealTimers();
});

test('a cell of which nothing is told is not waited for, the next one is', async () => {
  const looking = new Looking();
  looking.want(answer, cell, 0);
  expect(looking.inVain).toBe(false);
  asked[0]!.resolve({ json: () => Promise.resolve({ looked: null }) });
  await tick();
  expect([looking.looked, looking.inVain]).toEqual([null, true]);
  looking.want(answer, { op: 2, cell: [0, 1] }, 0);
  expect(looking.inVain).toBe(false);
  asked[1]!.resolve({ json: () => Promise.resolve({ looked: { op: 2 } }) });
  await tick();
  expect([looking.looked, looking.inVain]).toEqual([{ op: 2 }, false]);
});

test('only what may pass is asked again', async () => {
  vi.useFakeTimers();
  const looking = new Looking();
  looking.want(answer, cell, 0);
  asked[0]!.reject(new RequestProblem(429, 'too_many', 'No.'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(2);
  asked[1]!.reject(new RequestProblem(422, 'bad_request', 'No.'));
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toHaveLength(2);
  expect(looking.inVain).toBe(true);
});
