import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RequestProblem } from '../client/problem';
import { problemsByPath } from '../state/draft.svelte';
import { inARow, listed, words } from './index.svelte';
import { positionWords } from './position';
import { sentences, spoken } from './spoken.svelte';

const LOST = 'There is no job `a`.';

afterEach(() => words.choose('en'));

describe('in English', () => {
  it('the server speaks for itself', () => {
    expect(spoken(LOST)).toBe(LOST);
    expect(sentences('no table was chosen', 'Upload a CSV file first.')).toBe('No table was chosen. Upload a CSV file first.');
  });

  it('a position is said in the labels of the form', () => {
    expect(positionWords('spec.model.layers.0.dropout')).toBe('Model › layer 1 › Dropout');
    expect(positionWords('metrics.1.k')).toBe('Metrics › row 2 › k');
    expect(positionWords('Authorization')).toBe('Authorization');
  });
});

describe('in Chinese', () => {
  beforeAll(async () => {
    words.choose('zh');
    await vi.waitFor(() => expect(spoken(LOST)).not.toBe(LOST));
  });

  it('the lines come when they are asked for', () => {
    words.choose('zh');
    expect(spoken(LOST)).toBe('没有任务 `a`。');
    expect(spoken('nobody ever said this')).toBe('nobody ever said this');
    expect(sentences('no table was chosen', 'Upload a CSV file first.')).toBe('还没有选表格。请先上传 CSV 文件。');
    expect(sentences('NaN came', 'Try again.')).toBe('NaN came. 请再试一次。');
  });

  it('a position is said in the labels of the form', () => {
    words.choose('zh');
    expect(positionWords('spec.model.layers.0.dropout')).toBe('模型 › 第 1 层 › 随机失活');
    expect(positionWords('row 3, column age')).toBe('第 3 行，列 age');
  });

  it('what is wrong with a field stands at the field, without its path', () => {
    words.choose('zh');
    const at = (position: string, message: string) => ({ code: 'x', message, position, hint: null, params: {} });
    const problem = new RequestProblem(422, 'bad_spec', '', null, null, [
      at('spec.optimizer.lr', '`spec.optimizer.lr`: input should be greater than 0; got -1.'),
      at('spec.model.layers.0.width', '`spec.model.layers.0.width` is missing.'),
    ]);
    expect(problemsByPath(problem)).toEqual({
      'optimizer.lr': '应大于 0；得到的是 -1。',
      'model.layers.0.width': '缺少 模型 › 第 1 层 › 单元数。',
    });
  });
});

it('joins words and sentences as the language does', () => {
  expect([listed(['a', 'b']), inARow('Paused.', '', 'Refused.')]).toEqual(['a, b', 'Paused. Refused.']);
  words.choose('zh');
  expect([listed(['甲', '乙']), inARow('已暂停。', '', '被拒绝。')]).toEqual(['甲，乙', '已暂停。被拒绝。']);
});
