import { afterEach, expect, it, vi } from 'vitest';
import { commandJob, getJob, listJobs, submitJob } from './http';
import { RequestProblem } from './problem';

const asked = vi.fn<typeof fetch>();

afterEach(() => vi.unstubAllGlobals());

function answers(body: unknown, status = 200): void {
  asked.mockReset().mockResolvedValue(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', asked);
}

it('asks with query and JSON', async () => {
  answers({ jobs: [], total: 0 });
  await listJobs({ limit: 5 });
  expect(asked.mock.calls[0]![0]).toBe('/api/v1/jobs?limit=5');
  answers({ id: 'c' });
  await commandJob('a b', { kind: 'step', n: 3 });
  const [url, init] = asked.mock.calls[0]!;
  expect(url).toBe('/api/v1/jobs/a%20b/commands');
  expect(init).toMatchObject({ method: 'POST', body: '{"kind":"step","n":3}' });
});

it('turns problem+json into a typed error', async () => {
  answers(
    {
      type: 'about:blank',
      title: 'Bad spec',
      status: 422,
      code: 'bad_spec',
      detail: 'lr must be above 0, got -1',
      position: 'optimizer.lr',
      hint: 'Try 0.1.',
      errors: [],
    },
    422,
  );
  const error = await submitJob({} as never).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RequestProblem);
  expect(error).toMatchObject({ status: 422, code: 'bad_spec', position: 'optimizer.lr', hint: 'Try 0.1.' });
});

it('says so when the answer is not ours or does not come', async () => {
  answers('<html>bad gateway</html>', 502);
  await expect(getJob('x')).rejects.toMatchObject({ status: 502, code: 'http_502' });
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('failed')));
  await expect(getJob('x')).rejects.toMatchObject({ status: 0, code: 'offline' });
});
