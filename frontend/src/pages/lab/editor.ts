/** CodeMirror as the lab uses it: results beside statements, errors in place, numbers that can be dragged. Loaded when the page is.

It lives in a shadow root: there it styles itself by constructed sheets, which the content security policy allows. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { Compartment, EditorState, Prec, RangeSetBuilder, StateEffect, StateField, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, hoverTooltip, keymap, lineNumbers, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Theme } from '../../design/colormaps';
import { lookOf } from '../../panels/lab/cells';
import type { LabFunction } from '../../panels/lab/trace';
import { moved } from './numberDrag';
import type { LineProblem, LineResult } from './results';

export interface EditorWords {
  viewOf: (name: string) => string;
  fills: (names: string) => string;
  writes: (names: string) => string;
  operations: (count: string) => string;
  hint: string;
  label: string;
}

export interface Shown {
  results: readonly LineResult[];
  problems: readonly LineProblem[];
  colors: ReadonlyMap<string, number>;
  /** First and last line of the chosen statement. */
  chosen: readonly [number, number] | null;
  dim: boolean;
  theme: Theme;
  words: EditorWords;
}

export interface Events {
  change: (source: string) => void;
  cursor: (line: number) => void;
  run: () => void;
}

const show = StateEffect.define<Shown>();

class ResultWidget extends WidgetType {
  constructor(
    readonly result: LineResult,
    readonly shown: Shown,
    readonly key: string,
  ) {
    super();
  }

  override eq(other: ResultWidget): boolean {
    return other.key === this.key;
  }

  override toDOM(): HTMLElement {
    const { result, shown } = this;
    const root = document.createElement('span');
    root.className = 'lab-result';
    root.dataset.statement = String(result.statement);
    const chip = (className: string, text: string) => {
      const made = document.createElement('span');
      made.className = className;
      made.textContent = text;
      root.append(made);
      return made;
    };
    if (result.did) {
      const names = result.did.names.join(', ');
      if (result.did.kind === 'fills') chip('lab-did', shown.words.fills(names));
      else if (result.did.kind === 'writes') chip('lab-did', shown.words.writes(names));
      else chip('lab-did', shown.words.operations(names));
    }
    if (result.shape !== null) chip('lab-chip', result.shape);
    if (result.view) {
      const made = chip('lab-chip lab-outlined', shown.words.viewOf(result.view.name));
      if (result.view.color >= 0 && result.view.color < 8) made.style.color = made.style.borderColor = `var(--id${result.view.color + 1}-text)`;
    } else if (result.dtype !== null) chip('lab-chip lab-outlined', result.dtype);
    if (result.text !== null) chip('lab-value', result.text);
    if (result.mini) root.append(this.mini());
    return root;
  }

  mini(): Element {
    const { rows, paint } = this.result.mini!;
    const size = 9;
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'lab-mini');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('width', String(Math.max(...rows.map((row) => row.length)) * (size + 1)));
    svg.setAttribute('height', String(rows.length * (size + 1)));
    rows.forEach((row, y) =>
      row.forEach((value, x) => {
        const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
        rect.setAttribute('x', String(x * (size + 1)));
        rect.setAttribute('y', String(y * (size + 1)));
        rect.setAttribute('width', String(size));
        rect.setAttribute('height', String(size));
        rect.setAttribute('rx', '1.5');
        rect.setAttribute('fill', Number.isFinite(value) ? lookOf(value, paint, this.shown.theme).fill : 'var(--danger)');
        svg.append(rect);
      }),
    );
    return svg;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

class ProblemWidget extends WidgetType {
  constructor(
    readonly at: LineProblem,
    readonly hint: string,
  ) {
    super();
  }

  override eq(other: ProblemWidget): boolean {
    return other.at.problem.message === this.at.problem.message && other.at.problem.hint === this.at.problem.hint && other.at.column === this.at.column;
  }

  override toDOM(): HTMLElement {
    const { problem } = this.at;
    const root = document.createElement('div');
    root.className = 'lab-problem';
    root.setAttribute('role', 'status');
    const head = document.createElement('b');
    head.textContent = `${problem.type}: `;
    const text = document.createElement('span');
    text.textContent = problem.message.length > 400 ? `${problem.message.slice(0, 400)}…` : problem.message;
    root.append(head, text);
    if (problem.hint) {
      const hint = document.createElement('div');
      hint.className = 'lab-hint';
      hint.textContent = `${this.hint} ${problem.hint}`;
      root.append(hint);
    }
    return root;
  }
}

interface Drawn {
  shown: Shown | null;
  decorations: DecorationSet;
}

function draw(state: EditorState, shown: Shown): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const lines = state.doc.lines;
  if (shown.chosen)
    for (let line = shown.chosen[0]; line <= Math.min(lines, shown.chosen[1]); line++) ranges.push(Decoration.line({ class: 'lab-chosen' }).range(state.doc.line(line).from));
  for (const result of shown.results) {
    if (result.line > lines) continue;
    const line = state.doc.line(result.line);
    const key = JSON.stringify([result, shown.theme, shown.words.label]);
    ranges.push(Decoration.widget({ widget: new ResultWidget(result, shown, key), side: 1 }).range(line.to));
  }
  for (const at of shown.problems) {
    if (at.line > lines) continue;
    const line = state.doc.line(at.line);
    const from = Math.min(line.from + Math.max(0, at.column - 1), line.to);
    const to = Math.max(from, line.to);
    if (to > from) ranges.push(Decoration.mark({ class: 'lab-wrong' }).range(from, to));
    ranges.push(Decoration.widget({ widget: new ProblemWidget(at, shown.words.hint), side: 2, block: true }).range(line.to));
  }
  return Decoration.set(ranges, true);
}

const drawn = StateField.define<Drawn>({
  create: () => ({ shown: null, decorations: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return { shown: effect.value, decorations: draw(transaction.state, effect.value) };
    return transaction.docChanged ? { ...value, decorations: value.decorations.map(transaction.changes) } : value;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.decorations),
});

/** Names in their identity colour, numbers underlined as something that can be dragged. */
const marks = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = this.build(view);
    }
    update(update: ViewUpdate) {
      const told = update.transactions.some((transaction) => transaction.effects.some((effect) => effect.is(show)));
      if (update.docChanged || update.viewportChanged || told || syntaxTree(update.startState) !== syntaxTree(update.state)) this.decorations = this.build(update.view);
    }
    build(view: EditorView): DecorationSet {
      const colors = view.state.field(drawn).shown?.colors;
      const builder = new RangeSetBuilder<Decoration>();
      for (const { from, to } of view.visibleRanges)
        syntaxTree(view.state).iterate({
          from,
          to,
          enter: (node) => {
            if (node.name === 'Number') builder.add(node.from, endOf(view.state, node.from, node.to), Decoration.mark({ class: 'lab-number' }));
            else if (node.name === 'VariableName' && colors) {
              const color = colors.get(view.state.sliceDoc(node.from, node.to));
              if (color !== undefined && color < 8) builder.add(node.from, node.to, Decoration.mark({ class: `lab-name lab-id${color + 1}` }));
            }
          },
        });
      return builder.finish();
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** The grammar leaves the point of `2.` outside the number. */
function endOf(state: EditorState, from: number, to: number): number {
  return /^\d+$/.test(state.sliceDoc(from, to)) && /^\.(?![\w.])/.test(state.sliceDoc(to, to + 2)) ? to + 1 : to;
}

function numberAt(state: EditorState, position: number): { from: number; to: number; text: string } | null {
  for (const side of [1, -1] as const) {
    const node = syntaxTree(state).resolveInner(position, side);
    if (node.name !== 'Number') continue;
    const to = endOf(state, node.from, node.to);
    return { from: node.from, to, text: state.sliceDoc(node.from, to) };
  }
  return null;
}

function nudge(view: EditorView, steps: number, fine: boolean): boolean {
  const at = numberAt(view.state, view.state.selection.main.head);
  if (!at || !/^[\d._]+(e[-+]?\d+)?$/i.test(at.text)) return false;
  const text = moved(at.text, steps, fine);
  view.dispatch({ changes: { from: at.from, to: at.to, insert: text }, selection: { anchor: at.from + text.length }, userEvent: 'input.drag' });
  return true;
}

const PIXELS_PER_STEP = 7;

/** Pressing a number and moving sideways changes it; a press without moving sets the cursor as ever. */
const dragging = EditorView.domEventHandlers({
  pointerdown(event, view) {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('.lab-number') : null;
    if (!target || event.button !== 0) return false;
    const at = numberAt(view.state, view.posAtDOM(target));
    if (!at || !/^[\d._]+(e[-+]?\d+)?$/i.test(at.text)) return false;
    const start = event.clientX;
    let length = at.to - at.from;
    let last = 0;
    let active = false;
    const move = (next: PointerEvent) => {
      const steps = Math.round((next.clientX - start) / PIXELS_PER_STEP);
      if (!active && Math.abs(next.clientX - start) < 4) return;
      if (!active) {
        active = true;
        view.dom.classList.add('lab-dragging');
      }
      next.preventDefault();
      if (steps === last) return;
      last = steps;
      const text = moved(at.text, steps, next.shiftKey);
      view.dispatch({ changes: { from: at.from, to: at.from + length, insert: text }, selection: { anchor: at.from + text.length }, userEvent: 'input.drag' });
      length = text.length;
    };
    const stop = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', stop);
      removeEventListener('pointercancel', stop);
      view.dom.classList.remove('lab-dragging');
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', stop);
    addEventListener('pointercancel', stop);
    return false;
  },
  // Selecting text would fight with dragging a number.
  mousedown(event) {
    const target = event.target instanceof Element ? event.target.closest('.lab-number') : null;
    if (!target || event.detail > 1) return false;
    return false;
  },
});

const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--ink2)', fontWeight: '500' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--ink2)' },
  { tag: tags.comment, color: 'var(--ink3)' },
  { tag: tags.operator, color: 'var(--ink)' },
  { tag: tags.function(tags.variableName), color: 'var(--ink)' },
  { tag: tags.className, fontWeight: '600' },
]);

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '22px', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--accent)' },
  '.cm-line': { display: 'flow-root', padding: '5px 12px 5px 8px', minHeight: '32px', borderLeft: '3px solid transparent' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--ink3)', fontSize: '12px' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 6px 0 12px', minWidth: '30px', lineHeight: '32px' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--accentsoft)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--raise)', outline: '1px solid var(--line2)' },
  '.lab-chosen': { backgroundColor: 'var(--accentsoft)', borderLeftColor: 'var(--accent)' },
  '.lab-name': { fontWeight: '600' },
  '.lab-number': { borderBottom: '1px dotted var(--accent)', cursor: 'ew-resize', touchAction: 'pan-y' },
  '&.lab-dragging, &.lab-dragging *': { cursor: 'ew-resize !important', userSelect: 'none !important' },
  '*': { boxSizing: 'border-box' },
  '.lab-result': { float: 'right', display: 'inline-flex', alignItems: 'center', gap: '6px', marginLeft: '12px', minHeight: '22px', fontSize: '12px', whiteSpace: 'nowrap', userSelect: 'none', cursor: 'pointer' },
  '.lab-chip': { padding: '1px 6px', border: '1px solid transparent', borderRadius: 'var(--r-chip)', background: 'var(--raise)', color: 'var(--ink2)', lineHeight: '16px' },
  '.lab-chosen .lab-chip': { background: 'var(--surface)' },
  '.lab-outlined, .lab-chosen .lab-outlined': { borderColor: 'var(--line2)', background: 'none' },
  '.lab-value': { fontWeight: '600', color: 'var(--ink)' },
  '.lab-did': { fontFamily: 'var(--sans)', color: 'var(--ink3)' },
  '.lab-mini': { display: 'block', flex: 'none' },
  '.lab-wrong': { textDecoration: 'underline wavy var(--danger)', textUnderlineOffset: '3px' },
  '.lab-problem': { margin: '2px 12px 6px 8px', padding: '7px 10px', borderRadius: 'var(--r-control)', background: 'var(--dangersoft)', color: 'var(--ink)', font: 'var(--caption)', overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
  '.lab-problem b': { color: 'var(--danger)' },
  '.lab-hint': { marginTop: '4px', color: 'var(--ink2)' },
  '.cm-tooltip': { border: '1px solid var(--line)', borderRadius: 'var(--r-panel)', background: 'var(--surface)', color: 'var(--ink)', boxShadow: 'var(--shadow1)', overflow: 'hidden' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '220px' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px', minHeight: '24px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--accentsoft)', color: 'var(--ink)' },
  '.cm-completionDetail': { marginLeft: '10px', color: 'var(--ink3)', fontStyle: 'normal', fontFamily: 'var(--sans)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionIcon': { display: 'none' },
  '.lab-doc': { maxWidth: '360px', padding: '8px 12px', font: 'var(--caption)' },
  '.lab-doc b': { font: '600 13px/18px var(--mono)' },
  '.lab-doc code': { display: 'block', marginTop: '4px', color: 'var(--ink2)' },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`.lab-id${i + 1}, .lab-id${i + 1} span`, { color: `var(--id${i + 1}-text)` }])),
});

export class CodeEditor {
  readonly view: EditorView;
  #rows: readonly LabFunction[] = [];
  #language: 'en' | 'zh' = 'en';
  #label = new Compartment();
  #quiet = false;

  constructor(parent: ShadowRoot, source: string, label: string, events: Events) {
    const complete = (context: CompletionContext): CompletionResult | null => this.#complete(context);
    const extensions: Extension[] = [
      lineNumbers(),
      history(),
      python(),
      syntaxHighlighting(highlight),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      EditorView.lineWrapping,
      drawn,
      marks,
      dragging,
      look,
      autocompletion({ override: [complete], icons: false }),
      hoverTooltip((view, position) => this.#explain(view, position)),
      this.#label.of(EditorView.contentAttributes.of({ 'aria-label': label })),
      Prec.high(
        keymap.of([
          { key: 'Mod-Enter', run: () => (events.run(), true) },
          { key: 'Alt-ArrowUp', run: (view) => nudge(view, 1, false), shift: (view) => nudge(view, 1, true) },
          { key: 'Alt-ArrowDown', run: (view) => nudge(view, -1, false), shift: (view) => nudge(view, -1, true) },
        ]),
      ),
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !this.#quiet) events.change(update.state.doc.toString());
        if (update.selectionSet && !update.docChanged) events.cursor(update.state.doc.lineAt(update.state.selection.main.head).number);
      }),
      EditorView.domEventHandlers({
        click: (event, view) => {
          const result = event.target instanceof Element ? event.target.closest<HTMLElement>('.lab-result') : null;
          if (!result) return false;
          events.cursor(view.state.doc.lineAt(view.posAtDOM(result)).number);
          return true;
        },
      }),
    ];
    this.view = new EditorView({ parent, root: parent, state: EditorState.create({ doc: source, extensions }) });
  }

  show(shown: Shown): void {
    this.view.dispatch({ effects: [show.of(shown), this.#label.reconfigure(EditorView.contentAttributes.of({ 'aria-label': shown.words.label }))] });
  }

  teach(rows: readonly LabFunction[], language: 'en' | 'zh'): void {
    this.#rows = rows;
    this.#language = language;
  }

  /** Another snippet from outside: an example, a link. */
  replace(source: string): void {
    if (source === this.view.state.doc.toString()) return;
    this.#quiet = true;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: source }, selection: { anchor: 0 } });
    this.#quiet = false;
  }

  goTo(line: number): void {
    const at = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
  }

  destroy(): void {
    this.view.destroy();
  }

  #complete(context: CompletionContext): CompletionResult | null {
    const word = context.matchBefore(/[\w.]+/);
    if (!word || (word.text.length < 2 && !context.explicit)) return null;
    const dot = word.text.lastIndexOf('.');
    const head = dot < 0 ? '' : word.text.slice(0, dot);
    const isModule = /^(torch(\.nn\.functional|\.linalg)?|F|nd|np|tf)$/.test(head);
    const rows = dot < 0 ? [] : this.#rows.filter((row) => (isModule ? row.function : row.method));
    const names =
      dot >= 0
        ? []
        : [...new Set(this.view.state.doc.toString().match(/[\p{L}_][\p{L}\p{N}_]{1,}/gu) ?? [])].filter((name) => name !== word.text).map((name) => ({ label: name }));
    const options = [...rows.map((row) => ({ label: row.name, detail: this.#language === 'zh' ? row.zh : row.en, boost: isModule && row.kind === 'query' ? -1 : 0 })), ...names];
    return options.length === 0 ? null : { from: word.from + dot + 1, options, validFor: /^\w*$/ };
  }

  #explain(view: EditorView, position: number) {
    const word = view.state.wordAt(position);
    if (!word) return null;
    const name = view.state.sliceDoc(word.from, word.to);
    const before = view.state.sliceDoc(word.from - 1, word.from);
    const row = before === '.' ? this.#rows.find((each) => each.name === name) : undefined;
    if (!row) return null;
    return {
      pos: word.from,
      end: word.to,
      above: true,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'lab-doc';
        const title = document.createElement('b');
        title.textContent = row.name;
        const text = document.createElement('div');
        text.textContent = this.#language === 'zh' ? row.zh : row.en;
        const example = document.createElement('code');
        example.textContent = row.example;
        const others = document.createElement('code');
        others.textContent = Object.entries(row.others).map(([dialect, other]) => `${dialect}.${other}`).join('   ');
        dom.append(title, text, example, others);
        return { dom };
      },
    };
  }
}
