/** The tensor lab's state: the snippet, what the server answered to it, what is chosen and what lights up. Free of DOM. */
import { send } from '../client/call';
import { RequestProblem } from '../client/problem';
import type { Look } from './looking.svelte';
import { isDrawn } from '../panels/lab/stages';
import { explained, related } from '../panels/lab/relations';
import { colorsOf, gradientsOf, headEnd, identify, type Answer, type Dialect, type Finding, type Identity, type InnerStatement, type LabFunction, type Op, type Ref, type Statement } from '../panels/lab/trace';

export interface Asked {
  source: string;
  dialect: Dialect;
  seed: number;
  watch: readonly string[];
}

/** How long the request under way may hold up a newer one, in milliseconds. */
const PATIENCE = 400;
/** How long to wait before asking again what was refused, or what nobody answered: at first and at most, in milliseconds. */
const WAIT = 400;
const LONGEST_WAIT = 4000;

export class Trace {
  source = $state('');
  dialect = $state<Dialect>('auto');
  seed = $state(0);
  watch = $state.raw<readonly string[]>([]);
  /** Further expressions that panels look at, such as a window of a large tensor. */
  probes = $state.raw<readonly string[]>([]);

  /** The newest answer. */
  answer = $state.raw<Answer | null>(null);
  /** The newest answer that ran at all: pictures are drawn from it. */
  shown = $state.raw<Answer | null>(null);
  busy = $state(false);
  /** Nothing runs until a person presses Run: the snippet came with a link, and it is not known that the machine is kept from it. */
  held = $state(false);
  /** When the run of a minute that goes on now was asked for, by `performance.now`. */
  longSince = $state<number | null>(null);
  /** The newest answer is that of such a run. */
  answerWasLong = $state(false);
  problem = $state.raw<RequestProblem | null>(null);
  /** A run kept for comparison. */
  pinned = $state.raw<Answer | null>(null);

  statement = $state<number | null>(null);
  /** A line in the body of the chosen statement: its operations alone are shown. */
  line = $state<number | null>(null);
  /** Which run of that line, from 1; null is the last. */
  turn = $state<number | null>(null);
  opId = $state<number | null>(null);
  hover = $state.raw<Ref | null>(null);
  /** The result's cell whose sum is written out. */
  cell = $state(0);

  /** A cell that the next answer should tell of as well. */
  look: Look | null = null;

  #session = crypto.randomUUID();
  /** The request under way. Never a second one beside it: the server would refuse the older, and browsers write refusals down as errors. */
  #flying: AbortController | null = null;
  #began = 0;
  /** Something newer waits for the request under way. */
  #waits = false;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #soon = false;
  #long = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wait = WAIT;

  readonly names: ReadonlyMap<number, Identity> = $derived(identify(this.shown));
  readonly colors: ReadonlyMap<string, number> = $derived(colorsOf(this.shown));
  readonly grads: ReadonlyMap<number, number[]> = $derived(gradientsOf(this.shown));
  readonly findings: readonly Finding[] = $derived(this.shown?.findings ?? []);
  /** Whether the pictures are of an older snippet than the one in the editor. */
  readonly stale: boolean = $derived(this.answer !== this.shown);

  readonly chosen: Statement | null = $derived.by(() => {
    const all = this.shown?.statements ?? [];
    return all.find((each) => each.index === this.statement) ?? all.find((each) => each.index === this.findings[0]?.statement) ?? interesting(all, this.shown?.ops ?? []);
  });
  /** The statement in a body that is chosen by its line. */
  readonly inner: InnerStatement | null = $derived(this.line === null || this.chosen === null ? null : innermost(this.shown?.inner ?? [], this.line, this.chosen.index));
  /** First and last line of what is chosen: of a statement with a body, its head. */
  readonly lines: readonly [number, number] | null = $derived.by(() => {
    if (this.inner) return [this.inner.line, this.inner.end_line];
    return this.chosen ? [this.chosen.line, headEnd(this.chosen, this.shown?.inner ?? [])] : null;
  });
  readonly #within: readonly Op[] = $derived.by(() => {
    const all = this.shown?.ops ?? [];
    const ops = (this.chosen?.ops ?? []).map((id) => all[id]).filter((op): op is Op => op !== undefined && (isDrawn(explained(op).type) || op.error !== null));
    const lines = this.inner ? this.lines : null;
    return lines ? ops.filter((op) => op.line !== null && op.line !== undefined && lines[0] <= op.line && op.line <= lines[1]) : ops;
  });
  /** The runs of the chosen line that the trace holds. */
  readonly turns: readonly number[] = $derived(this.inner ? [...new Set(this.#within.map(runOf))].sort((a, b) => a - b) : []);
  readonly turned: number | null = $derived(this.turn !== null && this.turns.includes(this.turn) ? this.turn : (this.turns.at(-1) ?? null));
  readonly ops: readonly Op[] = $derived(this.turns.length > 1 ? this.#within.filter((op) => runOf(op) === this.turned) : this.#within);
  readonly op: Op | null = $derived(this.ops.find((op) => op.id === this.opId) ?? bestOf(this.ops));
  readonly lit: ReadonlySet<string> = $derived(this.shown ? related(this.shown, this.op, this.hover) : new Set<string>());

  /** Chooses a statement; its most telling operation comes with it. */
  choose(statement: number | null, op: number | null = null): void {
    if (statement === null || this.statement !== statement) this.cell = 0;
    this.statement = statement;
    this.line = null;
    this.turn = null;
    this.opId = op;
    this.hover = null;
  }

  /** Chooses what stands on a line: a statement in a body, else the one of the snippet itself. */
  chooseLine(line: number): void {
    const inner = innermost(this.shown?.inner ?? [], line, this.chosen?.index ?? null);
    if (inner) {
      this.choose(inner.statement);
      this.line = line;
    } else this.choose(this.shown?.statements.find((each) => each.line <= line && line <= each.end_line)?.index ?? null);
  }

  /** Asks the server at once. What runs there may finish and be shown, so that pictures follow a number that is dragged; the newest waits for it, for a moment. */
  run(): void {
    if (this.#soon || this.held) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      void this.#ask();
    });
  }

  /** Runs it because a person said so. */
  start(): void {
    this.held = false;
    this.run();
  }

  /** Runs it for up to a minute. An edit ends it, as `stop` does. */
  runLong(): void {
    this.#long = true;
    this.run();
  }

  /** Ends the run under way; what was shown stays. */
  stop(): void {
    this.#flying?.abort();
  }

  close(): void {
    this.#closed = true;
    this.#waits = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#patience);
    this.#flying?.abort();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    if (this.#flying) {
      const older = this.#flying;
      if (!this.#waits) this.#patience = setTimeout(() => older.abort(), Math.max(0, this.#began + PATIENCE - performance.now()));
      this.#waits = true;
      return;
    }
    const asked = (this.#flying = new AbortController());
    this.#began = performance.now();
    const lines = countLines(this.source);
    const long = this.#long;
    this.#long = false;
    this.longSince = long ? this.#began : null;
    this.busy = true;
    try {
      const response = await send('post', '/api/v1/evaluate', {
        json: { source: this.source, setup: '', dialect: this.dialect, seed: this.seed, watch: [...this.watch, ...this.probes], session: false, trace: true, long, ...(this.look ? { look: this.look } : {}) },
        headers: { 'freedive-session': this.#session },
        signal: asked.signal,
      });
      const answer = (await response.json()) as Answer;
      // Results stand beside lines: those of an older text whose lines have moved would stand beside the wrong ones.
      if (this.#closed || (this.#waits && lines !== countLines(this.source))) return;
      this.answer = answer;
      this.answerWasLong = long;
      if (answer.statements.length > 0 || answer.status === 'ok') this.shown = answer;
      this.problem = null;
      this.#wait = WAIT;
    } catch (error) {
      if (!(error instanceof RequestProblem)) {
        if (!asked.signal.aborted) throw error;
        return;
      }
      // A newer request takes its place: that one will be shown.
      if (this.#waits || error.status === 409) return;
      this.problem = error;
      if (!error.passes) return;
      this.#retry = setTimeout(() => this.run(), this.#wait);
      this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2);
    } finally {
      this.#flying = null;
      this.longSince = null;
      clearTimeout(this.#patience);
      this.busy = this.#waits;
      if (this.#waits) {
        this.#waits = false;
        void this.#ask();
      }
    }
  }
}

const countLines = (text: string): number => text.split('\n').length;

/** Which run of its line an operation belongs to, from 1. */
const runOf = (op: Op): number => op.run ?? 1;

/** The shortest statement in a body that a line belongs to; of a function's, the call of the chosen statement, else the last. */
function innermost(all: readonly InnerStatement[], line: number, chosen: number | null): InnerStatement | null {
  let best: InnerStatement | null = null;
  const span = (each: InnerStatement): number => each.end_line - each.line;
  for (const each of all) {
    if (line < each.line || each.end_line < line) continue;
    if (best === null || span(each) < span(best) || (span(each) === span(best) && best.statement !== chosen)) best = each;
  }
  return best;
}

/** The statement that has most to show, of equal ones the last. */
function interesting(statements: readonly Statement[], ops: readonly Op[]): Statement | null {
  const failed = statements.find((each) => each.error && each.ops.some((id) => ops[id]?.error && isDrawn(explained(ops[id]).type)));
  if (failed) return failed;
  let best: Statement | null = null;
  let most = 0;
  for (const each of statements) {
    const score = Math.max(0, ...each.ops.map((id) => (ops[id] ? rank(ops[id]) : 0)));
    if (score > 0 && score >= most) [best, most] = [each, score];
  }
  return best ?? statements.at(-1) ?? null;
}

const RANK: Record<string, number> = { contraction: 5, window: 5, inplace: 5, loss: 4, layer: 4, normalization: 4, elementwise: 4, activation: 4, reduction: 3, movement: 2, random: 2, creation: 1 };

/** The operation that says most about a statement: one that failed, else the most telling kind, the last of them. */
function bestOf(ops: readonly Op[]): Op | null {
  const failed = ops.find((op) => op.error && isDrawn(explained(op).type));
  if (failed) return failed;
  let best: Op | null = null;
  for (const op of ops) if (best === null || rank(op) >= rank(best)) best = op;
  return best;
}

/** How much an operation has to show. */
function rank(op: Op): number {
  const wrote = op.kind === 'inplace';
  const before = (op.explanation as { before?: unknown } | null)?.before;
  if (wrote && (before === undefined || before === null)) return 0;
  // Setting a gradient back to zero has little to tell.
  if (/^(zero|fill)_$/.test(op.name)) return 1;
  return (RANK[explained(op).type ?? ''] ?? 0) + (stretches(op) ? 2 : 0);
}

function stretches(op: Op): boolean {
  return ((op.explanation as { stretched?: number[][] } | null)?.stretched ?? []).some((axes) => axes.length > 0);
}

/** The function tables, fetched once. */
class Functions {
  rows = $state.raw<readonly LabFunction[]>([]);
  #loading: Promise<void> | null = null;

  load(): Promise<void> {
    this.#loading ??= send('get', '/api/v1/lab/functions')
      .then(async (response) => void (this.rows = (await response.json()) as LabFunction[]))
      .catch(() => void (this.#loading = null));
    return this.#loading;
  }

  readonly byName: ReadonlyMap<string, LabFunction> = $derived(new Map(this.rows.map((row) => [row.name, row])));
}

export const functions = new Functions();
