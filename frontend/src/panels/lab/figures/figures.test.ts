/** Marks as shapes: lines are lines, bars are bars, what has a label is named, numbers are where they belong, nothing overlaps. */
import { expect, test } from 'vitest';
import { en } from '../../../i18n/en';
import { textWidth } from '../scene';
import { axisOf, tickText, type FigureAxes } from './axis';
import { cssColor, mapColor } from './colors';
import { band, isoline } from './contours';
import { Extent } from './extent';
import { drawFigure, figureRows, figureWords, type Figure } from './index';
import type { PathShape, WordShape } from './shapes';

/** English, its counts left as they are. */
const t = ((key: keyof typeof en) => en[key]) as never;
const plain: Omit<FigureAxes, 'marks'> = { top: 0, left: 0, height: 1, width: 1, space: false, title: '', xlabel: '', ylabel: '', zlabel: '', xscale: 'linear', yscale: 'linear', xinverted: false, yinverted: false, legend: false, frame: true };
const axes = (marks: unknown[], more: Partial<FigureAxes> = {}): FigureAxes => ({ ...plain, marks: marks as FigureAxes['marks'], ...more });
const figure = (all: FigureAxes[], more: Partial<Figure> = {}): Figure => ({ library: 'pyplot', statement: 0, closed: true, title: '', axes: all, maps: { gray: { colors: ['#000000', '#ffffff'], stepped: false } }, calls: [], not_drawn: [], thinned: [], ...more });
const line = (more: object = {}): object => ({ kind: 'line', x: [0, 1, 2], y: [0, 1, 4], color: 'C0', dash: 'solid', marker: 'none', ...more });

const paths = (of: Figure, width = 420): PathShape[] => drawFigure(of, width).shapes.filter((shape): shape is PathShape => shape.kind === 'path');
const words = (of: Figure, width = 420): WordShape[] => drawFigure(of, width).shapes.filter((shape): shape is WordShape => shape.kind === 'words');

test('a line is a line alone, in its own color and style', () => {
  const drawn = paths(figure([axes([line({ color: '#ff0000', dash: 'dashed' })])]));
  const curves = drawn.filter((shape) => shape.stroke === '#ff0000');
  expect(curves).toHaveLength(1);
  expect(curves[0]!.dash).toBe('6 4');
  expect(curves[0]!.d.match(/[ML]/g)).toHaveLength(3);
  expect(drawn.filter((shape) => shape.fill && shape.fill !== 'none')).toHaveLength(0);
});

test('points with a label are drawn, and named only where there is a legend', () => {
  const points = { kind: 'points', x: [1, 2], y: [3, 4], sizes: [36], colors: ['C1'], marker: 'circle', hollow: false, label: 'some' };
  expect(paths(figure([axes([points])])).filter((shape) => shape.fill === 'var(--id2)')).toHaveLength(1);
  expect(words(figure([axes([points])])).map((shape) => shape.text)).not.toContain('some');
  expect(words(figure([axes([points], { legend: true })])).map((shape) => shape.text)).toContain('some');
});

test('every kind of mark has a picture', () => {
  const rows = [[0, 1], [2, 3]];
  const marks: object[] = [
    line({ marker: 'star' }),
    { kind: 'points', x: [0], y: [1], sizes: [36], colors: ['ink'], marker: 'cross', hollow: false },
    { kind: 'bars', lying: false, x: [0], width: [1], base: [0], height: [2], colors: ['C0'], joined: false },
    { kind: 'image', x: [0, 2], y: [0, 2], rows, map: 'gray', low: 0, high: 3 },
    { kind: 'contour', x: [0, 1], y: [0, 1], rows, levels: [0.5, 1.5], filled: false, map: 'gray', low: 0, high: 3 },
    { kind: 'contour', x: [0, 1], y: [0, 1], rows, levels: [0, 1.5, 3], filled: true, map: 'gray', low: 0, high: 3 },
    { kind: 'errors', x: [0], y: [1], down: [0.5], up: [0.5], color: 'C0', cap: 3 },
    { kind: 'area', x: [0, 1, 1], y: [0, 0, 1], color: 'C0' },
    { kind: 'rules', axis: 'y', at: [1], color: 'ink', dash: 'solid' },
    { kind: 'words', place: 'data', x: 0, y: 0, text: 'a', anchor: 'start', up: 'bottom' },
    { kind: 'stems', x: [0], y: [1], base: 0, color: 'C0', marker: 'circle' },
    { kind: 'pie', values: [1, 2], colors: ['C0', 'C1'], start: 0, clockwise: false },
    { kind: 'boxes', at: [1], boxes: [{ low: 0, q1: 1, median: 2, q3: 3, high: 4, fliers: [9] }], lying: false, color: 'ink' },
    { kind: 'arrows', x: [0], y: [0], u: [1], v: [1], exact: true, colors: ['ink'] },
    { kind: 'note', text: 'done' },
  ];
  const empty = drawFigure(figure([axes([], { frame: false })]), 400).shapes.length;
  for (const mark of marks) {
    const made = drawFigure(figure([axes([mark], { frame: false })]), 400);
    expect(made.shapes.length, JSON.stringify(mark)).toBeGreaterThan(empty);
    for (const shape of made.shapes) expect(shape.kind === 'path' ? shape.d : String(shape.x), JSON.stringify(mark)).not.toMatch(/NaN|undefined/);
    expect(figureWords(figure([axes([mark])]), t).length).toBeGreaterThan(0);
    expect(figureRows([figure([axes([mark])])]).length).toBeGreaterThan(0);
  }
  const surface = { kind: 'surface', x: rows, y: rows, z: rows, wire: false, map: 'gray', low: 0, high: 3 };
  const inSpace = drawFigure(figure([axes([surface], { space: true })]), 400);
  expect(inSpace.spaces).toHaveLength(1);
  expect(inSpace.shapes.some((shape) => shape.kind === 'path' && shape.fill?.startsWith('#'))).toBe(true);
});

test('words stand apart and inside of the picture', () => {
  const marks = Array.from({ length: 6 }, (_, i) => line({ label: `a rather long name number ${i}` }));
  const ticks = { at: Array.from({ length: 20 }, (_, i) => i), labels: Array.from({ length: 20 }, (_, i) => `category ${i}`) };
  for (const width of [320, 420, 900]) {
    const made = drawFigure(figure([axes([...marks, { kind: 'bars', lying: false, x: ticks.at, width: ticks.at.map(() => 0.8), base: ticks.at.map(() => 0), height: ticks.at, colors: ['C0'], joined: false }], { legend: true, title: 'A title that is longer than the picture is wide, as they sometimes are in the wild', xticks: ticks, xlabel: 'x', ylabel: 'y' })]), width);
    const level = made.shapes.filter((shape): shape is WordShape => shape.kind === 'words' && !shape.turn);
    const boxes = level.map(({ x, y, text, size = 12, mono, anchor }) => {
      const wide = textWidth(text, size, mono);
      const left = anchor === 'end' ? x - wide : anchor === 'middle' ? x - wide / 2 : x;
      return { text, left, right: left + wide, top: y - size * 0.8, bottom: y };
    });
    for (const box of boxes) {
      expect(box.left, box.text).toBeGreaterThanOrEqual(-2);
      expect(box.right, box.text).toBeLessThanOrEqual(made.width + 2);
    }
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => expect(a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1, `${a.text} / ${b.text}`).toBe(false)));
    for (const shape of made.shapes) if (shape.kind === 'words' && shape.turn && shape.anchor === 'end') expect(shape.x - textWidth(shape.text, 11, true) * Math.cos((shape.turn * Math.PI) / 180)).toBeGreaterThan(-4);
  }
});

test('axes keep to their part of the figure', () => {
  const four = [0, 0.5].flatMap((top) => [0, 0.5].map((left) => axes([line()], { top, left, height: 0.5, width: 0.5 })));
  const made = drawFigure(figure(four), 600);
  const frames = [...new Map(made.shapes.flatMap((shape) => (shape.clip ? [[`${shape.clip.x} ${shape.clip.y}`, shape.clip] as const] : []))).values()];
  expect(frames).toHaveLength(4);
  frames.forEach((a, i) => frames.slice(i + 1).forEach((b) => expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).toBe(false)));
});

test('bars stand on zero, lines keep a margin, images none', () => {
  const one = new Extent(false);
  one.add([0, 4]);
  one.tight.add(0);
  expect(one.ends()).toEqual([0, 4.2]);
  const log = new Extent(true);
  log.add([-1, 0, 1, 100]);
  expect(log.low).toBe(1);
});

test('ticks say numbers so that they differ', () => {
  const axis = axisOf({ low: 1e9, high: 1e9 + 4, from: 0, to: 300, scale: 'linear', count: 4 });
  expect(new Set(axis.ticks.map((tick) => tick.text)).size).toBe(axis.ticks.length);
  expect(axis.ticks[0]!.text).toBe('1000000000');
  expect(tickText(0.05, 0.05)).toBe('0.05');
  expect(tickText(-2, 1)).toBe('\u22122');
  expect(axisOf({ low: 0, high: 1, from: 0, to: 100, scale: 'linear', count: 4, ticks: { at: [0, 1], labels: ['a', 'b'] } }).ticks.map((tick) => tick.text)).toEqual(['a', 'b']);
  expect(axisOf({ low: 18262, high: 18293, from: 0, to: 300, scale: 'date', count: 4 }).ticks[0]!.text).toMatch(/^2020-01-/);
});

test('colors are those that were asked for', () => {
  expect([cssColor('ink'), cssColor('paper'), cssColor('C0'), cssColor('C9'), cssColor('#ff0000'), cssColor('none')]).toEqual(['var(--ink)', 'var(--surface)', 'var(--id1)', '#17becf', '#ff0000', 'none']);
  const map = { colors: ['#000000', '#ffffff'], stepped: false };
  expect([mapColor(map, 0, 0, 1), mapColor(map, 0.5, 0, 1), mapColor(map, 9, 0, 1), mapColor(map, NaN, 0, 1)]).toEqual(['#000000', '#808080', '#ffffff', 'none']);
});

test('a level crosses where the height is that, and bands cover all between', () => {
  const [x, y, rows] = [[0, 1], [0, 1], [[0, 1], [0, 1]]];
  const seen: number[] = [];
  isoline(x, y, rows, 0.25, (a, b) => (seen.push(a), [a, b]));
  expect(seen.length).toBeGreaterThan(0);
  for (const at of seen) expect(at).toBeCloseTo(0.25);
  let area = 0;
  band(x, y, rows, 0.25, 0.75, (a, b) => [a, b])
    .split('Z')
    .filter(Boolean)
    .forEach((outline) => {
      const points = outline.slice(1).split('L').map((point) => point.split(' ').map(Number) as [number, number]);
      area += Math.abs(points.reduce((sum, [ax, ay], i) => sum + ax * points[(i + 1) % points.length]![1] - points[(i + 1) % points.length]![0] * ay, 0)) / 2;
    });
  expect(area).toBeCloseTo(0.5, 1);
});
