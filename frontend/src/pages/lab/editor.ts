/** CodeMirror as the lab uses it: results beside statements, errors in place, numbers that can be dragged. Loaded when the page is.

It lives in a shadow root: there it styles itself by constructed sheets, which the content security policy allows. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import type { Answer, LabFunction } from '../../panels/lab/trace';
import { column, drawn, drawnWith, marks, show, type Shown } from './beside';
import { rowAt } from './docs';
import { dragging, nudge } from './dragging';
import { highlight, look } from './editorLook';
import type { LineFinding } from './findings';

export interface Events {
  change: (source: string) => void;
  cursor: (line: number) => void;
  run: () => void;
  apply: (finding: LineFinding) => void;
  showMe: (finding: LineFinding) => void;
}

export class CodeEditor {
  readonly view: EditorView;
  #rows: readonly LabFunction[] = [];
  #answer: Answer | null = null;
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
      drawnWith(events),
      column,
      marks,
      dragging,
      look,
      autocompletion({ override: [complete], icons: false }),
      hoverTooltip((view, position) => this.#explain(view, position)),
      this.#label.of(EditorView.contentAttributes.of({ 'aria-label': label })),
      Prec.high(
        keymap.of([
          { key: 'Mod-Enter', run: () => (events.run(), true) },
          { key: 'Mod-.', run: (view) => this.#mend(view, events) },
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
    this.view.dom.classList.toggle('lab-old', shown.dim);
    this.view.dispatch({ effects: [show.of(shown), this.#label.reconfigure(EditorView.contentAttributes.of({ 'aria-label': shown.words.label }))] });
  }

  teach(rows: readonly LabFunction[], answer: Answer | null, language: 'en' | 'zh'): void {
    this.#rows = rows;
    this.#answer = answer;
    this.#language = language;
  }

  /** Another snippet from outside: an example, a link. */
  replace(source: string): void {
    if (source === this.view.state.doc.toString()) return;
    this.#quiet = true;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: source }, selection: { anchor: 0 } });
    this.#quiet = false;
  }

  /** A change from outside that counts as typed, and can be undone. */
  change(change: { from: number; to: number; insert: string }): void {
    this.view.dispatch({ changes: change, userEvent: 'input' });
    this.view.focus();
  }

  goTo(line: number): void {
    const at = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
  }

  destroy(): void {
    this.view.destroy();
  }

  /** Mends what was found on the cursor's line. */
  #mend(view: EditorView, events: Events): boolean {
    const line = view.state.doc.lineAt(view.state.selection.main.head).number;
    const found = view.state.field(drawn).shown?.findings.find((each) => each.line === line && each.edit);
    if (found) events.apply(found);
    return found !== undefined;
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
    const row = rowAt(this.#rows, this.#answer, view.state.doc.toString(), word.from, word.to);
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
