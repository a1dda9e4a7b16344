/** The tensor lab's state: the snippet, what the server answered to it, what is chosen and what lights up. Free of DOM. */
import { send } from '../client/call';
import { RequestProblem } from '../client/problem';
import { findings, type Finding } from '../panels/lab/detective';
import { isDrawn } from '../panels/lab/stages';
import { explained, related } from '../panels/lab/relations';
import { colorsOf, gradientsOf, identify, type Answer, type Dialect, type Identity, type LabFunction, type Op, type Ref, type Statement } from '../panels/lab/trace';

export interface Asked {
  source: string;
  dialect: Dialect;
  seed: number;
  watch: readonly string[];
}

/** How long to wait after a refusal that names no time, in milliseconds. */
const WAIT = 400;

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
  /** What the shown answer was asked with; watched expressions are found by it. */
  busy = $state(false);
  problem = $state.raw<RequestProblem | null>(null);
  /** A run kept for comparison. */
  pinned = $state.raw<Answer | null>(null);

  statement = $state<number | null>(null);
  opId = $state<number | null>(null);
  hover = $state.raw<Ref | null>(null);
  /** The result's cell whose sum is written out. */
  cell = $state(0);

  #session = crypto.randomUUID();
  #asked: AbortController | null = null;
  #frame: ReturnType<typeof requestAnimationFrame> | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  readonly names: ReadonlyMap<number, Identity> = $derived(identify(this.shown));
  readonly colors: ReadonlyMap<string, number> = $derived(colorsOf(this.shown));
  readonly grads: ReadonlyMap<number, number[]> = $derived(gradientsOf(this.shown));
  readonly findings: readonly Finding[] = $derived(findings(this.shown, this.names));
  /** Whether the pictures are of an older snippet than the one in the editor. */
  readonly stale: boolean = $derived(this.answer !== this.shown);

  readonly chosen: Statement | null = $derived.by(() => {
    const all = this.shown?.statements ?? [];
    return all.find((each) => each.index === this.statement) ?? all.find((each) => each.index === this.findings[0]?.statement) ?? interesting(all, this.shown?.ops ?? []);
  });
  readonly ops: readonly Op[] = $derived.by(() => {
    const all = this.shown?.ops ?? [];
    return (this.chosen?.ops ?? []).map((id) => all[id]).filter((op): op is Op => op !== undefined && (isDrawn(explained(op).type) || op.error !== null));
  });
  readonly op: Op | null = $derived(this.ops.find((op) => op.id === this.opId) ?? bestOf(this.ops));
  readonly lit: ReadonlySet<string> = $derived(this.shown ? related(this.shown, this.op, this.hover) : new Set<string>());

  /** Chooses a statement; its most telling operation comes with it. */
  choose(statement: number | null, op: number | null = null): void {
    if (this.statement !== statement) this.cell = 0;
    this.statement = statement;
    this.opId = op;
    this.hover = null;
  }

  /** Asks the server at the next frame; what was asked before is dropped. */
  run(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      void this.#ask();
    });
  }

  close(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    clearTimeout(this.#retry);
    this.#asked?.abort();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#retry);
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    this.busy = true;
    try {
      const response = await send('post', '/api/v1/evaluate', {
        json: { source: this.source, setup: '', dialect: this.dialect, seed: this.seed, watch: [...this.watch, ...this.probes], session: false, trace: true },
        headers: { 'freedive-session': this.#session },
        signal: asked.signal,
      });
      const answer = (await response.json()) as Answer;
      if (this.#asked !== asked) return;
      this.answer = answer;
      if (answer.statements.length > 0 || answer.status === 'ok') this.shown = answer;
      this.problem = null;
      this.busy = false;
    } catch (error) {
      if (this.#asked !== asked) return;
      if (!(error instanceof RequestProblem)) {
        if (!asked.signal.aborted) throw error;
        return;
      }
      this.busy = false;
      // A newer request has taken its place: that one will be shown.
      if (error.status === 409) return;
      this.problem = error;
      if (error.status === 429 || error.status === 503) this.#retry = setTimeout(() => this.run(), WAIT);
    }
  }
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

const RANK: Record<string, number> = { contraction: 5, window: 5, inplace: 5, loss: 4, elementwise: 4, activation: 4, reduction: 3, movement: 2, random: 2, creation: 1 };

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
