import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JobState } from '../protocol';
import { jobList } from './jobs.svelte';

const job = (id: string, state: JobState = 'finished') => ({ id, state, created: Number(id), spark: [] });
const asked = vi.fn<(url: string, method: string) => [body: unknown, status?: number]>();

beforeEach(() => {
  asked.mockReset();
  vi.stubGlobal('fetch', (url: string, { method }: RequestInit) => {
    const [body, status = 200] = asked(url, method!);
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
});
afterEach(() => vi.unstubAllGlobals());

it('puts what runs first and what waits last', async () => {
  asked.mockReturnValue([{ jobs: [job('4', 'queued'), job('3', 'paused'), job('2', 'running'), job('1')], total: 4 }]);
  await jobList.refresh();
  expect(jobList.active.map(({ id }) => id)).toEqual(['2', '3', '4']);
  expect(jobList.jobs).toHaveLength(4);
  expect(jobList.more).toBe(false);
});

it('hides at once, brings back on undo, and deletes for good later', async () => {
  asked.mockReturnValue([{ jobs: [job('2'), job('1')], total: 2 }]);
  await jobList.refresh();
  jobList.hide('2');
  expect(jobList.jobs?.map(({ id }) => id)).toEqual(['1']);
  expect(jobList.colors.get('2')).toBe(1);
  jobList.unhide('2');
  expect(jobList.jobs).toHaveLength(2);
  expect(asked).toHaveBeenCalledTimes(1);

  asked.mockReturnValue([null, 204]);
  jobList.hide('1');
  await jobList.remove('1');
  expect(asked).toHaveBeenLastCalledWith('/api/v1/jobs/1', 'DELETE');
  expect(jobList.jobs?.map(({ id }) => id)).toEqual(['2']);
  expect(jobList.total).toBe(1);
});

it('shows a job again that could not be deleted, and says why', async () => {
  asked.mockReturnValue([{ jobs: [job('1')], total: 1 }]);
  await jobList.refresh();
  asked.mockReturnValue([{ code: 'forbidden', detail: 'Not from here.' }, 403]);
  jobList.hide('1');
  await jobList.remove('1');
  expect(jobList.jobs).toHaveLength(1);
  expect(jobList.problem?.detail).toBe('Not from here.');
});

it('asks the server for matches beyond the end of the list only', async () => {
  asked.mockReturnValue([{ jobs: [job('2')], total: 300 }]);
  await jobList.refresh();
  asked.mockClear().mockReturnValue([{ jobs: [job('2'), job('1')], total: 2 }]);
  expect((await jobList.beyond('  iris ')).map(({ id }) => id)).toEqual(['1']);
  expect(asked.mock.calls[0]![0]).toBe('/api/v1/jobs?q=iris&limit=100');
  expect(await jobList.beyond(' ')).toEqual([]);
  expect(asked).toHaveBeenCalledTimes(1);
});
