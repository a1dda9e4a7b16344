/** Panels read from golden streams: what they say and tabulate is what the tensors of the stream hold. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeFrames } from '../client/frames';
import { measured, shortNumber } from '../components/number';
import { words } from '../i18n/index.svelte';
import { values } from '../protocol/numbers';
import { Job } from '../state/job.svelte';
import Confusion from './Confusion.svelte';
import CurveFit from './CurveFit.svelte';
import Curves from './Curves.svelte';
import { Desk, type Followed } from './desk.svelte';
import Distributions from './Distributions.svelte';
import DrawDigit from './DrawDigit.svelte';
import GradientFlow from './GradientFlow.svelte';
import JobLog from './JobLog.svelte';
import Kernels from './Kernels.svelte';
import Net from './Net.svelte';
import Parameters from './Parameters.svelte';
import Predictions from './Predictions.svelte';
import ThroughNet from './ThroughNet.svelte';

function desk(name: string): Desk {
  const bytes = new Uint8Array(readFileSync(join('../tests/golden', `${name}.frames`)));
  const job = new Job('golden');
  job.apply(...decodeFrames(bytes).flatMap((frame) => frame.events));
  const watcher = { job, connection: 'open', info: null, command: vi.fn() } as unknown as Followed;
  return new Desk(watcher);
}

/** Opens "as a table" and reads the cells. */
async function table(title: string): Promise<string[][]> {
  const panel = screen.getByRole('region', { name: title });
  await fireEvent.click(within(panel).getByRole('menuitem', { name: 'As a table', hidden: true }));
  return within(panel)
    .getAllByRole('row')
    .map((row) => [...row.children].map((cell) => cell.textContent.trim()));
}

const show = (panel: Component<{ desk: Desk }>, of: Desk, rest: object = {}) =>
  render(panel as Component<{ desk: Desk } & object>, { desk: of, ...rest });

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } })));
  // Only a browser lays out and paints; here every box has one size, and words and numbers count.
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(private readonly report: (entries: { target: Element }[]) => void) {}
      observe(target: Element) {
        this.report([{ target }]);
      }
      unobserve() {}
      disconnect() {}
    },
  );
  HTMLElement.prototype.hidePopover ??= () => undefined;
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(480);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  cleanup();
  words.choose('en');
  vi.unstubAllGlobals();
});

describe('a job that was steered', () => {
  it('tabulates the loss of every step and of every evaluation', async () => {
    const here = desk('steered');
    show(Curves as unknown as Component<{ desk: Desk }>, here, { metric: 'loss', title: 'Loss', logarithmic: true });
    const rows = await table('Loss');
    const column = here.job.columns.column('loss')!;
    expect(rows).toHaveLength(column.length + 1);
    rows.slice(1).forEach(([step, train], i) => {
      expect(step).toBe(String(here.job.columns.steps[i]));
      expect(train).toBe(shortNumber(column[i]!, 5));
    });
    const evaluated = here.job.evaluations.filter((e) => e.split === 'validation' && e.step > 0);
    for (const { step, metrics } of evaluated) expect(rows[step]![2]).toBe(shortNumber(metrics.loss, 5));
  });

  it('tabulates every weight of the net, the strongest of each layer first', async () => {
    const here = desk('steered');
    show(Net, here);
    const rows = (await table('Net')).slice(1);
    for (const { name, values: tensor } of here.job.snapshots.weights!.tensors) {
      const [outputs, inputs] = tensor.shape as [number, number];
      const weights = values(tensor);
      const mine = rows.filter(([layer]) => `${layer}.weight` === name);
      expect(mine).toHaveLength(outputs * inputs);
      for (const [, from, to, weight] of mine)
        expect(weight).toBe(shortNumber(weights[(Number(to) - 1) * inputs + Number(from) - 1]!, 5));
      expect(mine[0]![3]!.replace('−', '')).toBe(shortNumber(Math.max(...[...weights].map(Math.abs)), 5));
    }
  });

  it('counts what was taken for what', async () => {
    const here = desk('steered');
    show(Confusion, here);
    const rows = await table('Confusion');
    const counts = [...values(here.job.snapshots.confusion!.counts)];
    expect(rows.slice(1).flatMap((row) => row.slice(1).map(Number))).toEqual(counts);
  });

  it('says what people did, with a rule in every chart', () => {
    const here = desk('steered');
    expect(here.notes.some((note) => /^lr .+ → /.test(note.words))).toBe(true);
    expect(here.notes.some((note) => note.words === 'rewound')).toBe(true);
    show(JobLog, here);
    const log = screen.getByRole('log');
    expect(within(log).getAllByRole('listitem')).toHaveLength(here.job.told.length);
    expect(log.textContent).toMatch(/Set Learning rate .+ → /);
    expect(log.textContent).toContain('Rewound to step');
  });

  it('says the same in Chinese', () => {
    words.choose('zh');
    show(JobLog, desk('steered'));
    expect(screen.getByRole('log').textContent).toMatch(/设置 学习率 .+ → /);
    expect(screen.getByRole('log').textContent).toContain('已回退到第');
  });

  it('keeps the extremes of weights and gradients', async () => {
    const here = desk('steered');
    show(Distributions, here);
    const rows = await table('Distributions');
    const frame = here.job.snapshots.histograms!;
    const ranges = [...values(frame.ranges)].map((value) => shortNumber(value, 5));
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows.slice(1)) expect(ranges).toContain(row[2]);
  });

  it('lists every parameter with its size and its gradient', () => {
    const here = desk('steered');
    show(Parameters, here);
    const rows = screen.getAllByRole('row').slice(1);
    const parameters = here.job.started!.parameters;
    expect(rows).toHaveLength(parameters.length);
    parameters.forEach((parameter, i) => {
      expect(rows[i]!.textContent).toContain(parameter.name);
      const norm = here.job.columns.valueAt(`grad_norm/${parameter.name}`);
      expect(rows[i]!.lastElementChild!.textContent).toBe(measured(norm));
    });
  });

  it('names the last gradient norms for those who do not see the lines', async () => {
    const here = desk('steered');
    here.focus.chosen = 0;
    show(GradientFlow, here);
    const picture = await screen.findByRole('img', { name: /Gradient flow, step 24/ });
    const norm = here.job.columns.valueAt('grad_norm/linear1.weight');
    expect(picture.getAttribute('aria-label')).toContain(`linear 1 ${measured(norm)}`);
  });
});

describe('images', () => {
  it('shows the probabilities of the chosen example', async () => {
    const here = desk('digits');
    show(ThroughNet, here);
    const rows = await table('Through the net');
    const outputs = here.job.snapshots.activations!.outputs;
    expect(rows.slice(1).map((row) => row[1])).toEqual(outputs.map((value) => shortNumber(value, 5)));
  });

  it('tells right from wrong', () => {
    const here = desk('digits');
    const { container } = show(Predictions, here, { limit: 32 });
    const { outputs, targets, indices } = here.job.snapshots.predictions!;
    const [answers, labels] = [values(outputs), values(targets)];
    const width = outputs.shape[1]!;
    const wrong = indices.filter((_, i) => {
      const row = [...answers.subarray(i * width, (i + 1) * width)];
      return row.indexOf(Math.max(...row)) !== labels[i];
    });
    expect(container.querySelectorAll('li')).toHaveLength(indices.length);
    expect(container.querySelectorAll('li.wrong')).toHaveLength(wrong.length);
  });

  it('reads the first kernels, or says that there are none', async () => {
    const here = desk('digits');
    show(Kernels, here);
    const tensor = here.job.snapshots.weights!.tensors.find((one) => one.values.shape.length === 4);
    if (!tensor) return expect(screen.getByText('The first layer does not look at an image.')).toBeTruthy();
    const rows = await table('First layer');
    expect(rows).toHaveLength(tensor.values.shape[0]! * tensor.values.shape[1]! + 1);
  });

  it('offers drawing only to models that look at 28 by 28', () => {
    show(DrawDigit, desk('digits'));
    expect(screen.getByText('This model does not look at 28 × 28 pictures of one channel.')).toBeTruthy();
  });
});

describe('one input', () => {
  it('tabulates the curve as the model gave it', async () => {
    const here = desk('sine');
    show(CurveFit, here);
    const rows = await table('Fit');
    const { x, y } = here.job.snapshots.curve!;
    const [xs, ys] = [values(x), values(y)];
    expect(rows[1]).toEqual([shortNumber(xs[0]!, 5), shortNumber(ys[0]!, 5)]);
    expect(rows.at(-1)).toEqual([shortNumber(xs.at(-1)!, 5), shortNumber(ys.at(-1)!, 5)]);
  });
});

describe('states of a panel', () => {
  it('says when it fills, when it is behind, frozen or cut off', () => {
    const here = new Desk({ job: new Job('new'), connection: 'open', info: null, command: vi.fn() } as unknown as Followed);
    expect(here.status(false, 'later')).toEqual({ kind: 'empty', message: 'later' });

    const full = desk('steered');
    expect(full.snapshotStatus('boundary', 'later')).toEqual({ kind: 'live' });
    full.job.liveStep = 400;
    expect(full.snapshotStatus('boundary', 'later')).toEqual({ kind: 'frozen', step: 24 });
    full.job.liveStep = 24;
    full.job.freeze(7);
    expect(full.status(true, 'later')).toEqual({ kind: 'frozen', step: 7 });
    expect(full.snapshotStatus('boundary', 'later')).toEqual({ kind: 'loading' });
    full.job.thaw();
    (full.watcher as { connection: string }).connection = 'lost';
    expect(full.status(true, 'later')).toMatchObject({ kind: 'stale' });
  });

  it('keeps the sentence of a failure', () => {
    const here = desk('not_finite');
    expect(here.job.diagnoses[0]!.code).toBe('not_finite');
    show(JobLog, here);
    expect(screen.getByRole('log').textContent).toContain('the loss is not finite');
  });
});
