import { expect, it } from 'vitest';
import type { DataShown, Started } from '../../protocol';
import { Job } from '../../state/job.svelte';
import { isView, viewsOf } from './views';

function job(input: number[], raw: number[], classes: string[] = []): Job {
  const job = new Job('a');
  job.started = { input_shape: input, classes } as unknown as Started;
  job.data = { inputs: { shape: raw } } as unknown as DataShown;
  return job;
}

it('offers what can be shown of each kind of data, the best first', () => {
  expect(viewsOf(job([2], [500, 2]))[0]).toBe('net');
  expect(viewsOf(job([3], [300, 1])).slice(0, 2)).toEqual(['fit', 'net']);
  expect(viewsOf(job([1, 28, 28], [16, 1, 28, 28], Array.from('0123456789')))).toContain('draw');
  expect(viewsOf(job([1, 8, 8], [16, 1, 8, 8], Array.from('0123456789')))).not.toContain('draw');
  expect(viewsOf(job([4], [150, 4]))).toContain('predictions');
  expect(isView('log')).toBe(true);
  expect(isView('nothing')).toBe(false);
});
