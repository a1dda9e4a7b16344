import { describe, expect, it } from 'vitest';
import type { Event } from '../protocol';
import { Job } from './job.svelte';

let seq = 0;

/** An event with the fields that a test does not care about. */
function said<T extends Event['type']>(type: T, fields: Omit<Partial<Extract<Event, { type: T }>>, 'type'>): Event {
  seq += 1;
  return { seq, time: 0, step: 0, type, ...fields } as unknown as Event;
}

const started = () =>
  said('started', { columns: ['loss', 'lr'], steps_per_epoch: 10, total_steps: 100, device: 'cpu' });

function rows(first_step: number, losses: number[]): Event {
  const data = losses.flatMap((loss) => [loss, 0.1]);
  return said('metrics', {
    first_step,
    step: first_step + losses.length - 1,
    seconds: first_step,
    values: { dtype: 'float32', shape: [losses.length, 2], data },
  });
}

function fresh(): Job {
  seq = 0;
  return new Job('j');
}

describe('Job.apply', () => {
  it('follows states, steps and columns', () => {
    const job = fresh();
    job.apply(said('state', { state: 'running', worker: 1, device: 'cpu' }), started(), rows(1, [4, 3]), rows(3, [2]));
    expect(job.state).toBe('running');
    expect(job.worker).toBe(1);
    expect(job.liveStep).toBe(3);
    expect(job.epoch).toBeCloseTo(0.3);
    expect([...job.columns.column('loss')!]).toEqual([4, 3, 2]);
  });

  it('passes over facts it has seen', () => {
    const job = fresh();
    const events = [started(), rows(1, [4, 3])];
    job.apply(...events);
    job.apply(...events);
    expect(job.columns.length).toBe(2);
  });

  it('keeps the newest snapshot of each type, whatever order they come in', () => {
    const job = fresh();
    const older = said('watchers', { count: 1 });
    const newer = said('watchers', { count: 5 });
    job.apply(newer, older);
    expect(job.shown('watchers')?.count).toBe(5);
    expect(job.shown('histograms')).toBeNull();
  });

  it('drops what a rewind abandons and keeps it as a branch', () => {
    const job = fresh();
    job.apply(
      started(),
      rows(1, [5, 4, 3, 2]),
      said('evaluation', { step: 2, split: 'validation', metrics: { loss: 1 } }),
      said('evaluation', { step: 4, split: 'validation', metrics: { loss: 0.5 } }),
      said('checkpoint', { step: 4, nbytes: 1, dropped: [] }),
      said('confusion', { step: 4 }),
      said('rewound', { step: 2, reason: 'command' }),
      rows(3, [9]),
    );
    expect([...job.columns.column('loss')!]).toEqual([5, 4, 9]);
    expect([...job.abandoned[0]!.column('loss')!]).toEqual([3, 2]);
    expect(job.evaluations.map((event) => event.step)).toEqual([2]);
    expect(job.checkpoints).toEqual([]);
    expect(job.shown('confusion')).toBeNull();
    expect(job.liveStep).toBe(3);
    expect(job.told.map((event) => event.type)).toEqual(['checkpoint', 'rewound']);
  });

  it('lets go of checkpoints that the ring dropped', () => {
    const job = fresh();
    job.apply(said('checkpoint', { step: 0, dropped: [] }), said('checkpoint', { step: 5, dropped: [] }));
    job.apply(said('checkpoint', { step: 9, dropped: [5] }));
    expect(job.checkpoints.map((event) => event.step)).toEqual([0, 9]);
  });

  it('keeps its history when the worker starts again', () => {
    const job = fresh();
    job.apply(started(), rows(1, [5, 4]), started(), rows(3, [3]));
    expect(job.columns.length).toBe(3);
  });

  it('ends', () => {
    const job = fresh();
    job.apply(said('finished', { step: 7, reason: 'completed', seconds: 1 }), said('state', { state: 'finished' }));
    expect(job.ended).toBe(true);
    expect(job.finished?.reason).toBe('completed');
    expect(job.step).toBe(7);
  });

  it('has no worker while it is parked', () => {
    const job = fresh();
    job.apply(said('state', { state: 'running', worker: 2 }), said('state', { state: 'paused', worker: 2 }));
    expect(job.worker).toBe(2);
    job.apply(said('state', { state: 'paused', reason: 'parked' }));
    expect([job.state, job.reason, job.worker]).toEqual(['paused', 'parked', null]);
    job.apply(said('state', { state: 'queued', reason: 'resumed' }), said('state', { state: 'starting', worker: 1 }));
    expect([job.reason, job.worker]).toEqual([null, 1]);
  });

  it('refuses an event type that it does not know', () => {
    expect(() => fresh().apply({ type: 'surprise', seq: 1 } as unknown as Event)).toThrow('surprise');
  });
});

describe('scrubbing', () => {
  it('shows the past while events go on, and comes back', () => {
    const job = fresh();
    job.apply(
      started(),
      rows(1, [5, 4]),
      said('evaluation', { step: 1, split: 'test', metrics: { loss: 3 } }),
      said('watchers', { count: 1 }),
    );
    job.freeze(1, [said('watchers', { count: 9 })]);
    job.apply(rows(3, [3]), said('evaluation', { step: 3, split: 'test', metrics: { loss: 2 } }));
    expect(job.step).toBe(1);
    expect(job.liveStep).toBe(3);
    expect(job.shown('watchers')?.count).toBe(9);
    expect(job.evaluation('test')?.metrics.loss).toBe(3);
    job.thaw();
    expect(job.step).toBe(3);
    expect(job.shown('watchers')?.count).toBe(1);
    expect(job.evaluation('test')?.metrics.loss).toBe(2);
  });

  it('shows nothing rather than the wrong step until the past has arrived', () => {
    const job = fresh();
    job.apply(said('watchers', { count: 1 }));
    job.freeze(4);
    expect(job.shown('watchers')).toBeNull();
  });
});
