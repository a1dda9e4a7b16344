import { expect, it } from 'vitest';
import { Job } from '../../state/job.svelte';
import { Scrubber } from './scrubber.svelte';

it('asks for one moment at a time and ends at the newest wish', async () => {
  const job = new Job('a');
  const asked: number[] = [];
  const waiting: (() => void)[] = [];
  const scrubber = new Scrubber({
    job,
    live: () => job.thaw(),
    freeze: (step) => {
      asked.push(step);
      return new Promise((resolve) => waiting.push(resolve));
    },
  });
  const done = scrubber.seek(10);
  for (const step of [11, 12, 13]) void scrubber.seek(step);
  expect(job.frozenStep).toBe(13);
  expect(asked).toEqual([10]);
  waiting.shift()!();
  await Promise.resolve();
  await Promise.resolve();
  expect(asked).toEqual([10, 13]);
  waiting.shift()!();
  await done;
  await scrubber.seek(null);
  expect(job.frozenStep).toBeNull();
});
