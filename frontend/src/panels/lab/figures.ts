/** Drawing calls of a snippet (matplotlib, visdom) as marks: curves, points, bars, histograms, images. */
import type { Theme } from '../../design/colormaps';
import { identityVar } from '../../design/palette';
import { linearTicks } from '../maths/ticks';
import { lookOf, paintOf, say } from './cells';
import { textWidth, type Mark } from './scene';
import { flatten, shapeOf, type Figure } from './trace';

interface Series {
  kind: 'line' | 'points' | 'bars';
  x: number[];
  y: number[];
  label?: string;
  dashed?: boolean;
}

/** What stands around the axes: a snippet's own words. */
interface Captions {
  title: string;
  x: string;
  y: string;
}

export function captionsOf(figure: Figure): Captions {
  const said = (name: RegExp): string => {
    const call = figure.calls.findLast((each) => name.test(String(each.name)));
    return ((call?.args as unknown[] | undefined) ?? []).find((arg) => typeof arg === 'string') ?? '';
  };
  return { title: said(/^(title|set_title|suptitle)$/), x: said(/^(set_)?xlabel$/), y: said(/^(set_)?ylabel$/) };
}

const dataOf = (value: unknown): unknown => (value !== null && typeof value === 'object' && !Array.isArray(value) && 'data' in value ? (value as { data: unknown }).data : value);

export function seriesOf(figure: Figure): Series[] {
  const found: Series[] = [];
  for (const call of figure.calls) {
    const before = found.length;
    const args = ((call.args as unknown[] | undefined) ?? []).filter((arg) => typeof arg !== 'string').map(dataOf);
    const lists = args.map(flatten);
    const [a, b] = lists;
    if (!a) continue;
    const name = String(call.name);
    if (name === 'plot' || name === 'line' || name === 'semilogy') found.push(name === 'line' && b ? { kind: 'line', x: b, y: a } : { kind: 'line', x: b ? a : a.map((_, i) => i), y: b ?? a });
    else if (name === 'scatter' && shapeOf(args[0]).length === 2) found.push({ kind: 'points', x: a.filter((_, i) => i % 2 === 0), y: a.filter((_, i) => i % 2 === 1) });
    else if (name === 'scatter' && b) found.push({ kind: 'points', x: a, y: b });
    else if (name === 'bar') found.push({ kind: 'bars', x: b ? a.map((value, i) => (Number.isNaN(value) ? i : value)) : a.map((_, i) => i), y: b ?? a });
    else if (name === 'hist' || name === 'histogram') {
      const low = Math.min(...a);
      const wide = (Math.max(...a) - low) / 20 || 1;
      const counts = new Array<number>(20).fill(0);
      for (const value of a) counts[Math.min(19, Math.floor((value - low) / wide))]!++;
      found.push({ kind: 'bars', x: counts.map((_, i) => low + (i + 0.5) * wide), y: counts });
    }
    const own = (call.kwargs as Record<string, unknown> | undefined) ?? {};
    const style = [own.linestyle, own.ls, ...((call.args as unknown[] | undefined) ?? [])].filter((each) => typeof each === 'string').join(' ');
    for (const each of found.slice(before)) {
      if (typeof own.label === 'string') each.label = own.label;
      if (/--|-\.|:|dashed|dotted/.test(style)) each.dashed = true;
    }
  }
  // legend(['train', 'test']) names them in their order.
  const legend = figure.calls.findLast((each) => each.name === 'legend');
  const names = [(legend?.args as unknown[] | undefined)?.[0], (legend?.kwargs as { labels?: unknown } | undefined)?.labels].find(Array.isArray);
  names?.forEach((name, i) => {
    if (found[i] && typeof name === 'string') found[i].label = name;
  });
  return found;
}

/** Images drawn by imshow, image or heatmap: nested rows of numbers. */
export function imagesOf(figure: Figure): number[][][] {
  return figure.calls
    .filter((call) => /^(imshow|image|heatmap|matshow|images)$/.test(String(call.name)))
    .flatMap((call) => {
      let data = dataOf((call.args as unknown[] | undefined)?.[0]);
      for (let rank = shapeOf(data).length; rank > 2; rank--) data = (data as unknown[])[0];
      return Array.isArray(data) ? [(data as unknown[]).map((row) => flatten(row))] : [];
    });
}

export function figureMarks(figure: Figure, width: number, theme: Theme): Mark[] {
  const marks: Mark[] = [];
  const series = seriesOf(figure);
  const captions = captionsOf(figure);
  let top = 8;
  if (captions.title) {
    marks.push({ kind: 'text', key: 'title', x: 0, y: top + 6, text: captions.title, bold: true, size: 12 });
    top += 18;
  }
  if (series.length > 0) {
    const labels = Math.min(120, Math.max(0, ...series.map((each) => (each.label ? textWidth(each.label, 11) + 10 : 0))));
    if (captions.y) {
      marks.push({ kind: 'text', key: 'ylabel', x: 0, y: top + 4, text: captions.y, size: 11, color: 'var(--ink3)' });
      top += 14;
    }
    const box = { x: 46, y: top, w: Math.max(160, Math.min(520, width - 70 - labels)), h: 190 };
    const ends: { i: number; y: number }[] = [];
    const xs = series.flatMap((each) => each.x).filter(Number.isFinite);
    const ys = series.flatMap((each) => [...each.y, ...(each.kind === 'bars' ? [0] : [])]).filter(Number.isFinite);
    const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
    const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
    const pad = (y1 - y0 || 1) * 0.05;
    const at = (x: number, y: number): [number, number] => [box.x + ((x - x0) / (x1 - x0 || 1)) * box.w, box.y + box.h - ((y - y0 + pad) / (y1 - y0 + 2 * pad || 1)) * box.h];
    for (const tick of linearTicks(y0, y1, 4)) {
      const y = at(x0, tick)[1];
      marks.push({ kind: 'arrow', key: `y${tick}`, points: [[box.x, y], [box.x + box.w, y]], color: 'var(--line)', head: false }, { kind: 'text', key: `ty${tick}`, x: box.x - 6, y: y + 4, text: say(tick), anchor: 'end', size: 11, mono: true, color: 'var(--ink3)' });
    }
    for (const tick of linearTicks(x0, x1, 5)) marks.push({ kind: 'text', key: `tx${tick}`, x: at(tick, y0)[0], y: box.y + box.h + 16, text: say(tick), anchor: 'middle', size: 11, mono: true, color: 'var(--ink3)' });
    series.forEach((each, i) => {
      const color = identityVar(i);
      const points = each.x.map((x, k) => at(x, each.y[k]!)).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
      if (each.kind === 'line') marks.push({ kind: 'curve', key: `s${i}`, points, color, width: 1.75, dashed: each.dashed });
      if (each.label && points.length > 0) ends.push({ i, y: points.at(-1)![1] });
      else if (each.kind === 'points') points.slice(0, 600).forEach(([x, y], k) => marks.push({ kind: 'dot', key: `s${i}/${k}`, x, y, r: 3, color }));
      else {
        const wide = Math.max(2, (box.w / Math.max(1, points.length)) * 0.8);
        const zero = at(x0, Math.max(0, y0))[1];
        points.slice(0, 200).forEach(([x, y], k) => marks.push({ kind: 'rect', key: `s${i}/${k}`, x: x - wide / 2, y: Math.min(y, zero), w: wide, h: Math.abs(zero - y), fill: color }));
      }
    });
    // Names at the ends of their series, apart enough to be read.
    let least = -Infinity;
    for (const { i, y } of ends.sort((a, b) => a.y - b.y)) {
      least = Math.max(least + 13, y);
      marks.push({ kind: 'text', key: `l${i}`, x: box.x + box.w + 8, y: least + 4, text: series[i]!.label!, size: 11, bold: true, color: identityVar(i, true) });
    }
    if (captions.x) marks.push({ kind: 'text', key: 'xlabel', x: box.x + box.w, y: box.y + box.h + 31, text: captions.x, anchor: 'end', size: 11, color: 'var(--ink3)' });
    top += box.h + (captions.x ? 44 : 34);
  }
  for (const [i, rows] of imagesOf(figure).entries()) {
    const paint = paintOf([rows.flat()]);
    const across = Math.max(1, ...rows.map((row) => row.length));
    const cell = Math.max(2, Math.min(24, Math.floor(Math.min(320, width - 40) / across)));
    rows.forEach((row, y) => row.forEach((value, x) => marks.push({ kind: 'cell', key: `i${i}/${y}/${x}`, x: x * cell, y: top + y * cell, w: cell, h: cell, fill: Number.isFinite(value) ? lookOf(value, paint, theme).fill : 'var(--danger)' })));
    top += rows.length * cell + 16;
  }
  return marks;
}
