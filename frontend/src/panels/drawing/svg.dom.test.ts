import { describe, expect, it } from 'vitest';
import { drawChart } from './chart';
import type { Context } from './pen';
import { palettes } from '../../design/palette';
import { sparse } from '../maths/series';
import { SvgRecorder } from './svg';

const ruler = { font: '', measureText: (words: string) => ({ width: 6.6 * words.length }) as TextMetrics };

describe('SvgRecorder', () => {
  it('writes shapes, styles, clips and words', () => {
    const svg = new SvgRecorder(100, 50, ruler);
    const ctx = svg as unknown as Context;
    ctx.translate(10, 5);
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, 50, 20);
    ctx.clip();
    ctx.globalAlpha = 0.5;
    ctx.fillStyle = '#ff0000';
    ctx.fillRect(1, 2, 3, 4);
    ctx.restore();
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.lineTo(10.123, 20);
    ctx.stroke();
    ctx.font = '400 11px "Geist Mono", monospace';
    ctx.textAlign = 'right';
    ctx.fillText('a < b & c', 30, 40);
    const written = svg.toString();
    expect(written).toContain('<clipPath id="c0"><path d="M10 5h50v20h-50Z"/></clipPath>');
    expect(written).toContain('<path d="M11 7h3v4h-3Z" fill="#ff0000" opacity="0.5" clip-path="url(#c0)"/>');
    expect(written).toContain('<path d="M10 5L20.12 25" fill="none" stroke="#000000" stroke-width="1" stroke-dasharray="2 3"/>');
    expect(written).toContain('font-family="&quot;Geist Mono&quot;, monospace" font-size="11px" font-weight="400" text-anchor="end"');
    expect(written).toContain('>a &lt; b &amp; c</text>');
  });

  it('takes a whole chart, and the result is well-formed', () => {
    const svg = new SvgRecorder(400, 200, ruler);
    const points = Array.from({ length: 200 }, (_, i) => ({ step: i + 1, value: 1 / (i + 1) + 0.01 * Math.sin(i) + 0.02 }));
    const line = sparse(points);
    const plot = drawChart(
      { ctx: svg as unknown as Context, width: 400, height: 200, theme: 'light', palette: palettes.light },
      {
        curves: [{ name: 'train', color: '#563395', marker: '●', line, raw: line }],
        x: [0, 200],
        log: true,
        now: 120,
        frozen: true,
        cursor: 30,
        notes: [{ step: 50, words: 'lr 0.2 → 0.03' }],
        unit: 'step',
      },
    );
    const written = svg.toString();
    expect(new DOMParser().parseFromString(written, 'image/svg+xml').querySelector('parsererror')).toBeNull();
    for (const words of ['lr 0.2 → 0.03', 'step', 'train']) expect(written).toContain(words);
    expect(plot.x(0)).toBe(plot.left);
    expect(plot.x(200)).toBe(plot.right);
    // The label is the line's value at the frozen step.
    expect(written).toContain(`train ${points[119]!.value.toPrecision(3)}`);
  });
});
