/** A snippet's own words about its curves: names at their ends, a dashed style, titles of figure and axes. */
import { expect, test } from 'vitest';
import { captionsOf, figureMarks, seriesOf } from './figures';
import type { Figure } from './trace';

const figure = {
  library: 'pyplot',
  calls: [
    { name: 'plot', args: [[0, 1, 2], [0, 1, 4]], kwargs: { label: 'train' } },
    { name: 'plot', args: [[0, 1, 2], [0, 1, 4.1], 'r--'], kwargs: {} },
    { name: 'xlabel', args: ['epoch'], kwargs: {} },
    { name: 'title', args: ['Loss'], kwargs: {} },
    { name: 'legend', args: [['train', 'test']], kwargs: {} },
  ],
} as unknown as Figure;

test('series have the names and the style that the snippet gave them', () => {
  expect(seriesOf(figure).map(({ label, dashed }) => [label, dashed ?? false])).toEqual([['train', false], ['test', true]]);
  expect(captionsOf(figure)).toEqual({ title: 'Loss', x: 'epoch', y: '' });
});

test('names stand at the ends of curves, apart and inside of the width', () => {
  const marks = figureMarks(figure, 420, 'light');
  const names = marks.filter((mark) => mark.kind === 'text' && /^l\d/.test(mark.key)) as { text: string; x: number; y: number }[];
  expect(names.map((mark) => mark.text).sort()).toEqual(['test', 'train']);
  expect(Math.abs(names[0]!.y - names[1]!.y)).toBeGreaterThanOrEqual(13);
  for (const mark of names) expect(mark.x + mark.text.length * 7).toBeLessThan(420);
  expect(marks.filter((mark) => mark.kind === 'curve' && mark.dashed)).toHaveLength(1);
  expect(marks.flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []))).toEqual(expect.arrayContaining(['Loss', 'epoch']));
});
