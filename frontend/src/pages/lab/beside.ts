/** What stands beside and under the lines of code: results in a column that shortens before it collides, errors in place. */
import { syntaxTree } from '@codemirror/language';
import { Facet, MapMode, RangeSetBuilder, StateEffect, StateField, type EditorState, type Extension, type Range, type Transaction } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import type { Theme } from '../../design/colormaps';
import { lookOf } from '../../panels/lab/cells';
import { chipsOf, fitting, least, MINI_CELL, widthOf, type Chip, type ChipWords } from './chips';
import { numberEnd } from './dragging';
import { FindingWidget, type FindingEvents, type FindingWords } from './findingWidget';
import type { LineFinding } from './findings';
import type { LineProblem, LineResult } from './results';

export interface EditorWords extends ChipWords, FindingWords {
  ran: (count: number) => string;
  hint: string;
  label: string;
}

export interface Shown {
  /** Null: those that stand are kept, dimmed. */
  results: readonly LineResult[] | null;
  /** The last line that the results speak of; older ones of the lines after it stay, dimmed. */
  until: number;
  problems: readonly LineProblem[];
  findings: readonly LineFinding[];
  colors: ReadonlyMap<string, number>;
  /** First and last line of what is chosen. */
  chosen: readonly [number, number] | null;
  /** The line of the operation that is explained, where it is another one. */
  explained: number | null;
  dim: boolean;
  theme: Theme;
  words: EditorWords;
}

export const show = StateEffect.define<Shown>();

const CLASSES: Record<Chip['kind'], string> = { did: 'lab-did', runs: 'lab-did lab-runs', shape: 'lab-chip', view: 'lab-chip lab-outlined', dtype: 'lab-chip lab-outlined', text: 'lab-value', mini: '' };

class ResultWidget extends WidgetType {
  constructor(
    readonly result: LineResult,
    readonly chips: readonly Chip[],
    readonly said: string,
    readonly old: boolean,
    /** Pixels that the code leaves. */
    readonly room: number,
    readonly theme: Theme,
    readonly key = JSON.stringify([result.statement, chips, said, old, theme, widthOf(chips) > room ? room : 0]),
  ) {
    super();
  }

  override eq(other: ResultWidget): boolean {
    return other.key === this.key;
  }

  override toDOM(): HTMLElement {
    const root = document.createElement('span');
    root.className = this.old ? 'lab-result lab-past' : 'lab-result';
    root.dataset.statement = String(this.result.statement);
    root.title = this.said;
    root.style.maxWidth = `${Math.floor(this.room)}px`;
    for (const chip of this.chips) {
      if (chip.mini) {
        root.append(this.mini(chip.mini));
        continue;
      }
      const made = document.createElement('span');
      made.className = CLASSES[chip.kind];
      made.textContent = chip.text;
      if (chip.color >= 0 && chip.color < 8) made.style.color = made.style.borderColor = `var(--id${chip.color + 1}-text)`;
      root.append(made);
    }
    return root;
  }

  mini({ rows, paint }: NonNullable<Chip['mini']>): Element {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const step = MINI_CELL + 1;
    svg.setAttribute('class', 'lab-mini');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('width', String(Math.max(...rows.map((row) => row.length)) * step - 1));
    svg.setAttribute('height', String(rows.length * step - 1));
    rows.forEach((row, y) =>
      row.forEach((value, x) => {
        const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
        rect.setAttribute('x', String(x * step));
        rect.setAttribute('y', String(y * step));
        rect.setAttribute('width', String(MINI_CELL));
        rect.setAttribute('height', String(MINI_CELL));
        rect.setAttribute('rx', '1.5');
        rect.setAttribute('fill', Number.isFinite(value) ? lookOf(value, paint, this.theme).fill : 'var(--danger)');
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
    /** A finding says under it what to do. */
    readonly explained: boolean,
  ) {
    super();
  }

  override eq(other: ProblemWidget): boolean {
    return other.explained === this.explained && other.at.problem.message === this.at.problem.message && other.at.problem.hint === this.at.problem.hint && other.at.column === this.at.column;
  }

  override toDOM(): HTMLElement {
    const { problem } = this.at;
    // Room around it is inside of a frame: line numbers are placed by the height of a box without its margin.
    const frame = document.createElement('div');
    frame.className = this.explained ? 'lab-problem-frame lab-explains' : 'lab-problem-frame';
    const root = document.createElement('div');
    frame.append(root);
    root.className = 'lab-problem';
    root.setAttribute('role', 'status');
    // The lab's own refusals and limits say what they are; an exception is what a learner searches for.
    if (problem.code === 'error' || problem.code === 'syntax') {
      const head = document.createElement('b');
      head.textContent = `${problem.type}: `;
      root.append(head);
    }
    const text = document.createElement('span');
    text.textContent = problem.message.length > 400 ? `${problem.message.slice(0, 400)}…` : problem.message;
    root.append(text);
    if (problem.hint && !this.explained) {
      const hint = document.createElement('div');
      hint.className = 'lab-hint';
      hint.textContent = this.hint + problem.hint;
      root.append(hint);
    }
    return frame;
  }
}

/** A result at the end of its line, wherever edits have moved it since. */
interface Place {
  at: number;
  result: LineResult;
  /** From an older run: the newest did not come this far. */
  old: boolean;
}

interface Drawn {
  shown: Shown | null;
  places: readonly Place[];
  decorations: DecorationSet;
}

function draw(state: EditorState, shown: Shown, events: FindingEvents): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const lines = state.doc.lines;
  const chosen = (line: number): boolean => shown.chosen !== null && shown.chosen[0] <= line && line <= shown.chosen[1];
  if (shown.chosen)
    for (let line = shown.chosen[0]; line <= Math.min(lines, shown.chosen[1]); line++) ranges.push(Decoration.line({ class: 'lab-chosen' }).range(state.doc.line(line).from));
  if (shown.explained !== null && shown.explained <= lines && !chosen(shown.explained)) ranges.push(Decoration.line({ class: 'lab-explained' }).range(state.doc.line(shown.explained).from));
  for (const at of shown.problems) {
    if (at.line > lines) continue;
    const line = state.doc.line(at.line);
    const from = Math.min(line.from + Math.max(0, at.column - 1), line.to);
    if (line.to > from) ranges.push(Decoration.mark({ class: 'lab-wrong' }).range(from, line.to));
    const explained = shown.findings.some((each) => each.severity === 'error' && each.line === at.line);
    if (at.settled) ranges.push(Decoration.widget({ widget: new ProblemWidget(at, shown.words.hint, explained), side: 2, block: true }).range(line.to));
  }
  const broken = new Set(shown.problems.map((each) => each.line));
  shown.findings.forEach((each, i) => {
    if (each.line > lines) return;
    const line = state.doc.line(each.line);
    const joined = each.severity === 'error' && broken.has(each.line);
    const from = Math.min(line.from + Math.max(0, each.column - 1), line.to);
    const to = each.end === null ? line.to : Math.min(line.from + each.end - 1, line.to);
    if (to > from && !broken.has(each.line)) ranges.push(Decoration.mark({ class: `lab-found lab-found-${each.severity}` }).range(from, to));
    ranges.push(Decoration.widget({ widget: new FindingWidget(each, shown.words, events, joined), side: 3 + i, block: true }).range(line.to));
  });
  return Decoration.set(ranges, true);
}

function placed(state: EditorState, shown: Shown, before: readonly Place[]): readonly Place[] {
  if (shown.results === null) return before;
  const lines = state.doc.lines;
  const places = shown.results.filter((result) => result.line <= lines).map((result): Place => ({ at: state.doc.line(result.line).to, result, old: false }));
  const taken = new Set(places.map((place) => place.at));
  const past = before.filter((place) => state.doc.lineAt(place.at).number > shown.until).map((place): Place => ({ ...place, at: state.doc.lineAt(place.at).to, old: true }));
  return [...places, ...past.filter((place) => !taken.has(place.at))];
}

function moved(places: readonly Place[], transaction: Transaction): readonly Place[] {
  return places.flatMap((place) => {
    // What is typed at the end of a line, a new line too, leaves the result where it was.
    const at = transaction.changes.mapPos(place.at, -1, MapMode.TrackDel);
    return at === null ? [] : [{ ...place, at }];
  });
}

/** Who is told of the buttons; one editor is open at a time. */
const told = Facet.define<FindingEvents, FindingEvents>({ combine: (all) => all[0] ?? { apply: () => undefined, showMe: () => undefined } });

export const drawn = StateField.define<Drawn>({
  create: () => ({ shown: null, places: [], decorations: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(show)) return { shown: effect.value, places: placed(transaction.state, effect.value, value.places), decorations: draw(transaction.state, effect.value, transaction.state.facet(told)) };
    return transaction.docChanged ? { ...value, places: moved(value.places, transaction), decorations: value.decorations.map(transaction.changes) } : value;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.decorations),
});

/** The field with those who are told when a button of it is pressed. */
export const drawnWith = (events: FindingEvents): Extension => [told.of(events), drawn];

/** Left and right of the code, in pixels: as the look says. */
const SIDES = 8 + 3 + 12;
const BETWEEN = 14;
/** Room is kept in steps, for which the look has a class each. */
export const ROOM_STEP = 16;
export const ROOM_STEPS = 8;
export const HANGS = [0, 4, 8, 12, 16] as const;

function pixels(text: string, each: number): number {
  let width = 0;
  for (const letter of text) width += letter === '\t' ? 4 * each : letter.codePointAt(0)! > 0x2e80 ? 13 : each;
  return width;
}

/** The column of results: how much of each fits is measured anew whenever code, results or width change. */
export const column = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = this.build(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.geometryChanged || update.viewportChanged || update.startState.field(drawn) !== update.state.field(drawn)) this.decorations = this.build(update.view);
    }
    build(view: EditorView): DecorationSet {
      const { shown, places } = view.state.field(drawn);
      const byLine = new Map<number, Place>();
      for (const place of places) {
        const line = view.state.doc.lineAt(place.at).number;
        if (!byLine.has(line)) byLine.set(line, place);
      }
      const across = view.contentDOM.clientWidth - SIDES;
      const builder = new RangeSetBuilder<Decoration>();
      for (const { from, to } of view.visibleRanges)
        for (let at = from; at <= to; ) {
          const line = view.state.doc.lineAt(at);
          const indent = /^ */.exec(line.text)![0].length;
          const place = shown ? byLine.get(line.number) : undefined;
          const chips = place ? chipsOf(place.result, shown!.words) : [];
          const kept = Math.min(ROOM_STEPS, Math.ceil(least(chips) / ROOM_STEP));
          builder.add(line.from, line.from, Decoration.line({ class: `lab-hang${HANGS.findLast((each) => each <= indent) ?? 0} lab-room${kept}` }));
          if (place && line.length > 0) {
            const written = pixels(line.text, view.defaultCharacterWidth);
            const room = written > across - kept * ROOM_STEP ? kept * ROOM_STEP : Math.max(kept * ROOM_STEP, across - written - BETWEEN);
            const said = [...chips.map((chip) => chip.text), place.result.runs > 1 ? shown!.words.ran(place.result.runs) : ''].filter(Boolean).join('  ');
            const widget = new ResultWidget(place.result, fitting(chips, room), said, place.old, room, shown!.theme);
            builder.add(line.to, line.to, Decoration.widget({ widget, side: 1 }));
          }
          at = line.to + 1;
        }
      return builder.finish();
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** Names in their identity color, numbers underlined as something that can be dragged. */
export const marks = ViewPlugin.fromClass(
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
            if (node.name === 'Number') builder.add(node.from, numberEnd(view.state, node.from, node.to), Decoration.mark({ class: 'lab-number' }));
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
