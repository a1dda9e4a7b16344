/**
 * A recorder with the canvas methods that our drawings use, which writes SVG. (The packages that do this set style
 * attributes or style elements on the way, which the content security policy forbids.)
 */

interface Style {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineCap: string;
  lineJoin: string;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  dash: readonly number[];
  clip: string | null;
  shift: readonly [number, number];
}

const START: Style = {
  fillStyle: '#000000',
  strokeStyle: '#000000',
  lineWidth: 1,
  lineCap: 'butt',
  lineJoin: 'miter',
  globalAlpha: 1,
  font: '10px sans-serif',
  textAlign: 'start',
  textBaseline: 'alphabetic',
  dash: [],
  clip: null,
  shift: [0, 0],
};

/** What drawings set as properties; the rest of a style has methods. */
const PROPERTIES = [
  'fillStyle',
  'strokeStyle',
  'lineWidth',
  'lineCap',
  'lineJoin',
  'globalAlpha',
  'font',
  'textAlign',
  'textBaseline',
] as const satisfies (keyof Style)[];

const ANCHORS: Record<string, string> = { center: 'middle', right: 'end', end: 'end' };
const BASELINES: Record<string, string> = { middle: 'central', top: 'hanging', bottom: 'text-after-edge' };

const round = (value: number) => Number(value.toFixed(2));
const escape = (words: string) =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

export class SvgRecorder {
  readonly #parts: string[] = [];
  readonly #clips: string[] = [];
  readonly #saved: Style[] = [];
  #style: Style = { ...START };
  #path = '';
  imageSmoothingEnabled = true;
  imageSmoothingQuality = 'low';

  constructor(
    private readonly width: number,
    private readonly height: number,
    /** Measures words, for only a real canvas knows the fonts. */
    private readonly ruler: Pick<CanvasRenderingContext2D, 'font' | 'measureText'>,
  ) {
    const style = () => this.#style;
    for (const name of PROPERTIES)
      Object.defineProperty(this, name, {
        get: () => style()[name],
        set: (value: never) => (style()[name] = value),
      });
  }

  save(): void {
    this.#saved.push({ ...this.#style });
  }

  restore(): void {
    this.#style = this.#saved.pop() ?? this.#style;
  }

  translate(x: number, y: number): void {
    const [dx, dy] = this.#style.shift;
    this.#style.shift = [dx + x, dy + y];
  }

  setLineDash(dash: readonly number[]): void {
    this.#style.dash = [...dash];
  }

  beginPath(): void {
    this.#path = '';
  }

  #to(command: string, ...points: number[]): void {
    const [dx, dy] = this.#style.shift;
    this.#path += command + points.map((value, i) => round(value + (i % 2 ? dy : dx))).join(' ');
  }

  moveTo(x: number, y: number): void {
    this.#to('M', x, y);
  }

  lineTo(x: number, y: number): void {
    this.#to(this.#path ? 'L' : 'M', x, y);
  }

  bezierCurveTo(a: number, b: number, c: number, d: number, x: number, y: number): void {
    this.#to('C', a, b, c, d, x, y);
  }

  closePath(): void {
    this.#path += 'Z';
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#to('M', x, y);
    this.#path += `h${round(width)}v${round(height)}h${round(-width)}Z`;
  }

  roundRect(x: number, y: number, width: number, height: number, radius: number): void {
    const r = round(Math.min(radius, width / 2, height / 2));
    const [w, h] = [round(width - 2 * r), round(height - 2 * r)];
    this.#to('M', x + r, y);
    this.#path += `h${w}a${r} ${r} 0 0 1 ${r} ${r}v${h}a${r} ${r} 0 0 1 ${-r} ${r}h${-w}a${r} ${r} 0 0 1 ${-r} ${-r}v${-h}a${r} ${r} 0 0 1 ${r} ${-r}Z`;
  }

  /** Whole circles, which is all that our drawings ask for. */
  arc(x: number, y: number, radius: number): void {
    const r = round(radius);
    this.#to('M', x - radius, y);
    this.#path += `a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }

  #add(element: string, attributes: Record<string, string | number | null>, inside = ''): void {
    const { clip, globalAlpha } = this.#style;
    const all = { ...attributes, opacity: globalAlpha === 1 ? null : round(globalAlpha), 'clip-path': clip && `url(#${clip})` };
    const words = Object.entries(all)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ` ${name}="${escape(String(value))}"`);
    this.#parts.push(`<${element}${words.join('')}${inside ? `>${inside}</${element}>` : '/>'}`);
  }

  fill(): void {
    if (this.#path) this.#add('path', { d: this.#path, fill: this.#style.fillStyle });
  }

  stroke(): void {
    const { strokeStyle, lineWidth, lineCap, lineJoin, dash } = this.#style;
    if (!this.#path) return;
    this.#add('path', {
      d: this.#path,
      fill: 'none',
      stroke: strokeStyle,
      'stroke-width': round(lineWidth),
      'stroke-linecap': lineCap === 'butt' ? null : lineCap,
      'stroke-linejoin': lineJoin === 'miter' ? null : lineJoin,
      'stroke-dasharray': dash.length ? dash.join(' ') : null,
    });
  }

  clip(): void {
    const id = `c${this.#clips.length}`;
    const outer = this.#style.clip ? ` clip-path="url(#${this.#style.clip})"` : '';
    this.#clips.push(`<clipPath id="${id}"${outer}><path d="${this.#path}"/></clipPath>`);
    this.#style.clip = id;
  }

  #alone(draw: () => void, x: number, y: number, width: number, height: number): void {
    const path = this.#path;
    this.#path = '';
    this.rect(x, y, width, height);
    draw();
    this.#path = path;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#alone(() => this.fill(), x, y, width, height);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#alone(() => this.stroke(), x, y, width, height);
  }

  measureText(words: string): TextMetrics {
    this.ruler.font = this.#style.font;
    return this.ruler.measureText(words);
  }

  fillText(words: string, x: number, y: number): void {
    const { font, fillStyle, textAlign, textBaseline, shift } = this.#style;
    const [, weight, size, family] = /^(\d+)\s+([\d.]+px)\s+(.+)$/.exec(font) ?? [null, null, '10px', 'sans-serif'];
    this.#add(
      'text',
      {
        x: round(x + shift[0]),
        y: round(y + shift[1]),
        fill: fillStyle,
        'font-family': family ?? null,
        'font-size': size ?? null,
        'font-weight': weight ?? null,
        'text-anchor': ANCHORS[textAlign] ?? null,
        'dominant-baseline': BASELINES[textBaseline] ?? null,
      },
      escape(words),
    );
  }

  /** Pictures go in as PNG; what is not smoothed keeps its pixels. */
  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    const [dx, dy] = this.#style.shift;
    this.#add('image', {
      x: round(x + dx),
      y: round(y + dy),
      width: round(width),
      height: round(height),
      preserveAspectRatio: 'none',
      'image-rendering': this.imageSmoothingEnabled ? null : 'pixelated',
      href: image.toDataURL(),
    });
  }

  toString(): string {
    const { width, height } = this;
    const defs = this.#clips.length ? `<defs>${this.#clips.join('')}</defs>` : '';
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${defs}${this.#parts.join('')}</svg>`;
  }
}
