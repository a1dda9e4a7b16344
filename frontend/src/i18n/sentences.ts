/** Sentences of the server in another language: English templates with named holes, matched against what it said. */

/** English template to translation: `"There is no job `{job}`."` to its line, with the same holes. */
export type Lines = Readonly<Record<string, string>>;

interface Template {
  /** What a text must begin with, before the regular expression is tried. */
  start: string;
  pattern: RegExp;
  holes: { name: string; quoted: boolean }[];
  line: string;
}

const HOLE = /\{\{|\}\}|\{(\w+)\}/g;
const SPECIAL = /[.*+?^${}()|[\]\\]/g;
/** The hole that holds another sentence of ours. */
const WHOLE = 'message';
/** Between two sentences. */
const GAP = /(?<=[.!?]) (?=[A-Z`])/;
const DEPTH = 4;
const REMEMBERED = 500;

/** The server begins a sentence with a small letter where it goes on from another one. */
const small = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const plain = (text: string) => text.replace(/\{\{|\}\}/g, (pair) => pair[0]!);

function compile(english: string, line: string): Template {
  const holes: Template['holes'] = [];
  let source = '';
  let end = 0;
  let start: string | null = null;
  const text = small(english);
  for (const found of text.matchAll(HOLE)) {
    source += text.slice(end, found.index).replace(SPECIAL, '\\$&');
    end = found.index + found[0].length;
    if (found[1] === undefined) source += `\\${found[0][0]!}`;
    else {
      start ??= plain(text.slice(0, found.index));
      holes.push({ name: found[1], quoted: /[`'"]$/.test(text.slice(0, found.index)) });
      // What follows a whole sentence is at the very end, whatever the sentence itself holds.
      source += found[1] === WHOLE ? '([^]+)' : '([^]+?)';
    }
  }
  source += text.slice(end).replace(SPECIAL, '\\$&');
  const first = /^[a-z]/.exec(source);
  if (first) source = `[${first[0]}${first[0].toUpperCase()}]${source.slice(1)}`;
  return { start: start ?? plain(text), pattern: new RegExp(`^${source}$`), holes, line };
}

/** Around another sentence first, then those with the most words of their own: they say most exactly what was meant. */
function table(lines: Lines): { whole: Map<string, string>; templates: Template[] } {
  const whole = new Map<string, string>();
  const templates: [number, Template][] = [];
  for (const [english, line] of Object.entries(lines)) {
    const template = compile(english, line);
    if (template.holes.length === 0) whole.set(template.start, plain(line));
    else templates.push([english.includes(`{${WHOLE}}`) ? Infinity : english.replace(HOLE, '').length, template]);
  }
  return { whole, templates: templates.sort(([a], [b]) => (a === b ? 0 : b - a)).map(([, template]) => template) };
}

export class Sentences {
  readonly #sentences;
  readonly #parts;
  readonly #said = new Map<string, string>();

  /** `parts` are words that stand inside sentences only. */
  constructor(sentences: Lines, parts: Lines = {}) {
    this.#sentences = table(sentences);
    this.#parts = table(parts);
  }

  /** The text in the other language; as it came where nobody has said it there. */
  say(text: string): string {
    let said = this.#said.get(text);
    if (said === undefined) {
      said = this.#find(text, 0) ?? this.#each(text) ?? text;
      if (this.#said.size >= REMEMBERED) this.#said.clear();
      this.#said.set(text, said);
    }
    return said;
  }

  #find(text: string, depth: number): string | null {
    return this.#look(this.#sentences, text, depth);
  }

  /** Sentence by sentence, where there are several; those without a line stay as they came. */
  #each(text: string): string | null {
    const sentences = text.split(GAP);
    if (sentences.length < 2) return null;
    let all = '';
    let found = false;
    for (const sentence of sentences) {
      const line = this.#find(sentence, 0);
      found ||= line !== null;
      all += (all === '' || all.endsWith('。') ? '' : ' ') + (line ?? sentence);
    }
    return found ? all : null;
  }

  #look({ whole, templates }: ReturnType<typeof table>, text: string, depth: number): string | null {
    const given = small(text);
    const line = whole.get(given);
    if (line !== undefined) return line;
    for (const template of templates) {
      if (!given.startsWith(template.start)) continue;
      const match = template.pattern.exec(text);
      const filled = match && this.#fill(template, match, depth);
      if (filled) return filled;
    }
    return null;
  }

  #fill({ holes, line }: Template, match: RegExpExecArray, depth: number): string | null {
    const values: Record<string, string> = {};
    for (const [at, { name, quoted }] of holes.entries()) {
      const given = match[at + 1]!;
      const deeper = quoted || depth >= DEPTH ? null : depth + 1;
      const said = deeper === null ? null : name === WHOLE ? (this.#find(given, deeper) ?? this.#each(given)) : this.#inside(given, deeper);
      // A sentence around another one is only meant where the inner one is ours.
      if (said === null && name === WHOLE) return null;
      values[name] = said ?? given;
    }
    return line.replace(HOLE, (whole, name?: string) => (name === undefined ? whole[0]! : (values[name] ?? whole)));
  }

  /** What stands in a hole: a part, a sentence, or several reasons in a row. */
  #inside(text: string, depth: number): string | null {
    const said = this.#look(this.#parts, text, depth) ?? this.#find(text, depth) ?? this.#each(text);
    if (said !== null || !text.includes('; ')) return said;
    const reasons = text.split('; ').map((reason) => this.#find(reason, depth));
    return reasons.some((reason) => reason !== null) ? text.split('; ').map((reason, at) => reasons[at] ?? reason).join('；') : null;
  }
}
