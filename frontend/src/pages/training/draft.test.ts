import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TrainSpec } from '../../protocol';
import { Draft } from './draft.svelte';

const spec = {
  kind: 'train',
  dataset: { kind: 'spirals', noise: 0.2 },
  model: { kind: 'mlp', layers: [{ width: 8 }, { width: 8 }] },
  optimizer: { kind: 'sgd', lr: 0.2, momentum: 0.9, weight_decay: 0 },
  batch_size: 32,
} as unknown as TrainSpec;

const answers: { status: number; body: unknown }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', async () => {
    const { status, body } = answers.shift() ?? { status: 200, body: {} };
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  answers.length = 0;
});

describe('Draft', () => {
  it('reads a link and writes the same one', () => {
    const draft = new Draft();
    draft.begin(spec, [['optimizer.lr', '0.03'], ['dataset.nois', '1']], 'spirals');
    expect(draft.spec!.optimizer).toMatchObject({ lr: 0.03, momentum: 0.9 });
    expect(draft.params()).toContainEqual(['recipe', 'spirals']);
    expect(draft.params()).toContainEqual(['optimizer.lr', '0.03']);
    draft.reset();
    expect(draft.params()).toEqual([['recipe', 'spirals']]);
  });

  it('knows which changes a fork can make', () => {
    const draft = new Draft();
    draft.begin(spec, [['optimizer.lr', '0.03'], ['batch_size', '16']]);
    expect(draft.forkable()).toEqual({ lr: 0.03, batch_size: 16 });
    draft.begin(spec, [['optimizer.lr', '0.03'], ['dataset.noise', '0.1']]);
    expect(draft.forkable()).toBeNull();
    draft.begin(spec);
    expect(draft.forkable()).toBeNull();
  });

  it('puts what the server finds wrong beside the field that it concerns', async () => {
    const draft = new Draft();
    answers.push({
      status: 422,
      body: { detail: 'Layer 1 does not fit.', code: 'shape_mismatch', position: 'model.layers.1', hint: 'Flatten first.', errors: [{ code: 'x', message: 'too small', position: 'body.dataset.noise.deep' }] },
    });
    draft.begin(spec);
    await vi.advanceTimersByTimeAsync(300);
    expect(draft.outline).toBeNull();
    expect(draft.problems).toEqual({ 'model.layers.1': 'Layer 1 does not fit. Flatten first.', 'dataset.noise': 'too small' });
    answers.push({ status: 200, body: { parameters: 121 } });
    draft.set(spec);
    await vi.advanceTimersByTimeAsync(300);
    expect(draft.outline!.parameters).toBe(121);
    expect(draft.problems).toEqual({});
  });
});
