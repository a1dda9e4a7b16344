/** A drawing as a file: PNG at twice the size, SVG through the same drawing code. */
import { palettes } from '../../design/palette';
import type { Theme } from '../../design/colormaps';
import type { PanelFiles } from '../../components/panel';
import type { Context, Pen } from './pen';
import { SvgRecorder } from './svg';

/** A drawing and the size it has on the page. */
export interface Picture {
  paint: (pen: Pen) => void;
  width: number;
  height: number;
  theme: Theme;
}

const MARGIN = 12;

function paintOn(ctx: Context, { paint, width, height, theme }: Picture): void {
  const palette = palettes[theme];
  ctx.fillStyle = palette.surface;
  ctx.fillRect(0, 0, width + 2 * MARGIN, height + 2 * MARGIN);
  ctx.translate(MARGIN, MARGIN);
  paint({ ctx, width, height, theme, palette });
}

export async function toPng(picture: Picture, scale = 2): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = (picture.width + 2 * MARGIN) * scale;
  canvas.height = (picture.height + 2 * MARGIN) * scale;
  const ctx = canvas.getContext('2d')!;
  ctx.scale(scale, scale);
  paintOn(ctx, picture);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser gave no PNG'))), 'image/png'),
  );
}

export function toSvg(picture: Picture): Blob {
  const [width, height] = [picture.width + 2 * MARGIN, picture.height + 2 * MARGIN];
  const svg = new SvgRecorder(width, height, document.createElement('canvas').getContext('2d')!);
  paintOn(svg as unknown as Context, picture);
  return new Blob([svg.toString()], { type: 'image/svg+xml' });
}

/** What a panel offers in its menu for a drawing. */
export function pictureFiles(picture: () => Picture): PanelFiles {
  return { png: () => toPng(picture()), svg: () => toSvg(picture()) };
}
