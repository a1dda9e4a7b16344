import { describe, expect, it } from 'vitest';
import type { JobInfo } from '../protocol';
import { primary } from './job_table';
import { metricName, metricWord } from './metric_words';

describe('the word for a metric', () => {
  it('tells two of one kind apart', () => {
    expect([metricName('top_k(k=2)'), metricName('top_k(k=5)')]).toEqual(['Top-k accuracy (k = 2)', 'Top-k accuracy (k = 5)']);
    expect(metricName('f1(average=macro)')).toBe('F1 (macro)');
    expect(metricName('top_k')).toBe('Top-k accuracy');
    expect(metricWord('mae')).toBe('MAE');
    expect(metricName('of_my_own')).toBe('of_my_own');
  });

  it('finds the score of a job whose metric has its fields in its name', () => {
    const job = { latest: { test: { loss: 1, 'f1(average=macro)': 0.5, 'f1(average=micro)': 0.75 } } } as unknown as JobInfo;
    expect(primary(job)).toEqual({ name: 'f1(average=macro)', value: 0.5 });
  });
});
