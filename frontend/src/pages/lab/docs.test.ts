/** What stands over a name in the code is about what it calls there. */
import { expect, test } from 'vitest';
import type { Answer, LabFunction } from '../../panels/lab/trace';
import { rowAt } from './docs';

const row = (name: string, others: Record<string, string> = {}): LabFunction => ({ name, family: '', kind: '', method: true, function: true, others, example: '', en: '', zh: '' });
const rows = [row('gradient', { np: 'gradient' }), row('repeat', { np: 'tile' }), row('repeat_interleave', { np: 'repeat' }), row('sum', { np: 'sum' })];

function found(source: string, word: string, ops: unknown[] = []): string | undefined {
  const at = source.indexOf(word);
  return rowAt(rows, { source, ops } as unknown as Answer, source, at, at + word.length)?.name;
}

test('a method is what ran there, not what torch calls so', () => {
  const tape = 'tape.gradient(y, x)';
  expect(found(tape, 'gradient', [{ name: 'gradient', span: [1, 1, 1, 20], row: null }])).toBeUndefined();
  expect(found('x.sum()', 'sum', [{ name: 'sum', span: [1, 1, 1, 8], row: 'sum' }])).toBe('sum');
  expect(found('x.sum()', 'sum')).toBeUndefined();
});

test('a member of a library is what that library means by it', () => {
  expect(found('torch.gradient(x)', 'gradient')).toBe('gradient');
  expect(found('np.repeat(x, 2)', 'repeat')).toBe('repeat_interleave');
  expect(found('torch.repeat(x)', 'repeat')).toBe('repeat');
  expect(found('gradient(x)', 'gradient')).toBeUndefined();
});
