import { describe, expect, it } from 'vitest';
import { Sentences } from './sentences';
import { lines, parts } from './zh/sentences';

const chinese = new Sentences(lines, parts);
const say = (text: string) => chinese.say(text);

describe('the Chinese lines', () => {
  it('say whole sentences, with what stood in their holes', () => {
    expect(say('There is no job `abc`.')).toBe('没有任务 `abc`。');
    expect(say("did you mean 'zeros'?")).toBe("是不是想写 'zeros'？");
    expect(say('aligned from the right, axis 1 has 3 against 4; two sizes fit when they are equal or one of them is 1')).toBe(
      '从右对齐后，轴 1 上一边是 3，另一边是 4；两个长度相等，或其中一个是 1，才能广播',
    );
  });

  it('take a sentence with a small or a capital letter', () => {
    expect(say('Input should be greater than 0')).toBe('应大于 0');
    expect(say('input should be greater than 0; got -1.')).toBe('应大于 0；得到的是 -1。');
    expect(say('MNIST is not on this machine (a.gz is missing in /d), and fetching is turned off')).toContain('没有 MNIST');
  });

  it('say what stands inside too, but never between quotes', () => {
    expect(say('Memory ran out training a model of 1,234 parameters on batches of 64.')).toBe('训练有 1,234 个参数的模型时内存用尽，批大小为 64。');
    expect(say('Worker 1 was ended by SIGKILL. The job goes on from its newest checkpoint.')).toBe('工作进程 1 被 SIGKILL 终止。任务从最新的检查点继续。');
    expect(say('`pause` is for jobs that are running or starting; this one is paused.')).toBe('`pause` 只用于运行中或正在启动的任务；这个任务已暂停。');
    expect(say('there is no column `two`; expected one of `a`, `b`')).toBe('没有列 `two`；应为其中之一：`a`, `b`');
    expect(say('MNIST: a.gz (1 of 4) could not be fetched: http://x/a.gz: more than 9 bytes came')).toContain('未能取得');
  });

  it('go sentence by sentence where the whole has no line', () => {
    expect(say('There is no job `a`. Submit it again.')).toBe('没有任务 `a`。请重新提交。');
    expect(say('There is no job `a`. Nobody knows this one.')).toBe('没有任务 `a`。Nobody knows this one.');
  });

  it('are each found again, whatever stands in the holes', () => {
    for (const [english, line] of Object.entries(lines)) {
      const given = (name: string) => (name === 'message' ? 'Try again.' : `<${name}>`);
      const fill = (text: string, message: string) =>
        text
          .replace(/\{\{|\}\}|\{(\w+)\}/g, (pair, name?: string) => (name === undefined ? pair[0]! : given(name)))
          .replace('Try again.', message);
      expect(say(fill(english, 'Try again.')), english).toBe(fill(line, say('Try again.')));
    }
  });

  it("leave Python's and torch's own words alone", () => {
    for (const text of [
      "name 'torhc' is not defined",
      'can only concatenate list (not "int") to list',
      'The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0',
      'expected str; got int.',
      'mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)',
    ])
      expect(say(text)).toBe(text);
  });
});

it('fills braces that are meant as braces', () => {
  const lines = new Sentences({ "the field '{{{field}}}' is out": '字段 {{{field}}} 不可用' });
  expect(lines.say("the field '{x.y}' is out")).toBe('字段 {x.y} 不可用');
});

it('prefers the sentence with the most words of its own', () => {
  const lines = new Sentences({ '{name} is {what}': '甲', '{name} is not a {what}': '乙' });
  expect(lines.say('x is not a y')).toBe('乙');
});
