/** Golden streams: the page reaches what the server's own reader reached from the same bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeFrames } from '../client/frames';
import { codes, count, values } from '../protocol/numbers';
import type { Event, TensorData } from '../protocol';
import { Job } from './job.svelte';

const FOLDER = '../tests/golden';
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.frames'));

interface Summary {
  state: string;
  columns: string[];
  told: string[];
  checkpoints: number[];
  snapshots: Record<string, number>;
  data: number[];
  steps: number[];
  rows: (number | null)[][];
  evaluations: { step: number; split: string; metrics: Record<string, number | null> }[];
}

function read(name: string): { events: Event[]; want: Summary } {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
  const want = JSON.parse(readFileSync(join(FOLDER, name.replace('.frames', '.json')), 'utf8')) as Summary;
  return { events: decodeFrames(bytes).flatMap((frame) => frame.events), want };
}

function check(job: Job, want: Summary): void {
  expect(job.state).toBe(want.state);
  expect(job.told.map((event) => event.type)).toEqual(want.told);
  expect(job.checkpoints.map((event) => event.step)).toEqual(want.checkpoints);
  expect(Object.fromEntries(Object.entries(job.snapshots).map(([type, { step }]) => [type, step]))).toEqual(want.snapshots);
  expect(job.data?.inputs.shape).toEqual(want.data);
  expect([...job.columns.steps]).toEqual(want.steps);
  expect(job.evaluations.map(({ step, split, metrics }) => ({ step, split, metrics }))).toEqual(want.evaluations);
  want.columns.forEach((name, k) => {
    const finite = [...job.columns.column(name)!].map((value) => (Number.isFinite(value) ? value : null));
    expect(finite).toEqual(want.rows.map((row) => row[k]));
  });
  expect(job.liveStep).toBe(want.steps.at(-1));
}

it('finds the streams', () => expect(NAMES.length).toBeGreaterThan(2));

describe.each(NAMES)('%s', (name) => {
  const { events, want } = read(name);

  it('gives what the server says it gives, event by event', () => {
    const job = new Job('golden');
    for (const event of events) job.apply(event);
    check(job, want);
  });

  it('gives the same in one message, and after a reconnect that brings half of it again', () => {
    const once = new Job('golden');
    once.apply(...events);
    check(once, want);
    const twice = new Job('golden');
    twice.apply(...events.slice(0, -4));
    twice.apply(...events.slice(events.length >> 1));
    check(twice, want);
  });

  it('has tensors of the size that their shapes say', () => {
    const tensors: TensorData[] = [];
    const collect = (value: unknown): void => {
      if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
      if ('dtype' in value && 'shape' in value) tensors.push(value as TensorData);
      else Object.values(value).forEach(collect);
    };
    collect(events);
    expect(tensors.length).toBeGreaterThan(5);
    for (const tensor of tensors) {
      expect(codes(tensor).length).toBe(count(tensor.shape));
      const { lo, hi } = tensor;
      if (typeof lo !== 'number' || typeof hi !== 'number') continue;
      const slack = 1e-5 * Math.max(1, Math.abs(lo), Math.abs(hi));
      for (const value of values(tensor)) expect(value >= lo - slack && value <= hi + slack).toBe(true);
    }
  });
});
