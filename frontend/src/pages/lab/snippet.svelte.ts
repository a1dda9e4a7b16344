/** Where the snippet comes from and where it is kept: an example, a link, what was typed before a reload. Hands it to the trace. */
import type { Dialect } from '../../panels/lab/trace';
import { place } from '../../state/location.svelte';
import type { Trace } from '../../state/trace.svelte';
import { examples, first, type Example } from './examples';
import { decodeSource, encodeSource } from './link';
import { isSealed } from './trust';

const LINK_MS = 300;
const DRAFT = 'lab.draft';

export class Snippet {
  /** The link held a snippet that cannot be read. */
  badLink = $state(false);
  /** The snippet came with a link and waits to be read and run by a person: runs are not sealed here. */
  asks = $state(false);
  /** The example that the snippet began as, and what a person watches beside it. */
  #origin: Example | null = null;
  #own: readonly string[] = [];
  #writing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly trace: Trace,
    readonly dialects: readonly string[],
  ) {}

  /** What the address holds, else the first example. */
  async open(): Promise<void> {
    const { trace } = this;
    const example = examples.find((each) => each.id === place.get('example'));
    const source = reloaded() ?? (await decodeSource(place.get('code'), place.get('z')));
    this.badLink = source === null && place.get('z') !== null;
    this.#origin = example ?? (source === null ? first : null);
    const dialect = place.get('dialect');
    trace.source = source ?? this.#origin!.source;
    trace.dialect = dialect && this.dialects.includes(dialect) ? (dialect as Dialect) : 'auto';
    trace.seed = Math.max(0, Math.floor(Number(place.get('seed') ?? 0))) || 0;
    this.#own = place.get('watch')?.split('\n').filter(Boolean) ?? [];
    this.#rewatch();
    // Code of others: in the address, and not typed here before a reload.
    const linked = (source !== null && reloaded() === null) || this.#own.length > 0;
    trace.held = linked;
    if (linked) void this.#decide();
    trace.run();
  }

  /** Runs what came with a link where the machine is kept from it, and asks first where it is not. */
  async #decide(): Promise<void> {
    const sealed = await isSealed();
    if (!this.trace.held) return; // somebody pressed Run meanwhile, or chose an example
    this.asks = !sealed;
    if (sealed) this.trace.start();
  }

  /** Run was pressed. */
  start(): void {
    this.asks = false;
    this.trace.start();
  }

  edit(source: string): void {
    this.trace.source = source;
    this.#rewatch();
    this.rerun();
  }

  choose(example: Example): void {
    this.#origin = example;
    this.trace.source = example.source;
    if (this.#own.length === 0) this.asks = this.trace.held = false;
    // Every example says by its imports what it is written in.
    this.trace.dialect = 'auto';
    this.#rewatch();
    this.trace.choose(null);
    this.rerun();
  }

  watch(list: readonly string[]): void {
    const given = this.trace.watch.filter((each) => this.#origin?.watch?.includes(each));
    if (given.every((each) => list.includes(each))) this.#own = list.filter((each) => !given.includes(each));
    else {
      // Who takes one of the example's away has chosen for himself: all that is left is his own.
      this.#own = list;
      this.#origin = null;
    }
    this.#rewatch();
    this.rerun();
  }

  /** Runs it, and keeps it in the address a moment later. */
  rerun(): void {
    this.trace.run();
    try {
      // What was not run is not taken for one's own after a reload.
      if (!this.trace.held) sessionStorage.setItem(DRAFT, JSON.stringify([location.search, this.trace.source]));
    } catch {
      // Storage may be forbidden; the link follows in a moment.
    }
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => void this.write(), LINK_MS);
  }

  /** Writes all that a link needs into the address. */
  async write(): Promise<void> {
    clearTimeout(this.#writing);
    const { trace } = this;
    const begun = this.#origin && keeps(trace.source, this.#origin.source) ? this.#origin : null;
    const isWhole = begun !== null && trace.source === begun.source;
    const code = isWhole ? { code: null, z: null } : await encodeSource(trace.source);
    place.set({
      example: begun?.id ?? null,
      ...code,
      dialect: trace.dialect === 'auto' ? null : trace.dialect,
      seed: trace.seed ? String(trace.seed) : null,
      watch: this.#own.length ? this.#own.join('\n') : null,
    });
  }

  /** An example's watched expressions stay while a line of it does. */
  #rewatch(): void {
    const given = this.#origin?.watch && keeps(this.trace.source, this.#origin.source) ? this.#origin.watch : [];
    this.trace.watch = [...given, ...this.#own.filter((each) => !given.includes(each))];
  }
}

function keeps(source: string, begun: string): boolean {
  const lines = new Set(source.split('\n').map((line) => line.trim()));
  return begun.split('\n').some((line) => line.trim() !== '' && !/^(import|from)\b/.test(line) && lines.has(line.trim()));
}

/** What was typed right before the page was loaded again: the link is written a moment later than the text. */
function reloaded(): string | null {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  try {
    const [search, text] = JSON.parse(sessionStorage.getItem(DRAFT) ?? '[]') as string[];
    return navigation?.type === 'reload' && search === location.search ? (text ?? null) : null;
  } catch {
    return null;
  }
}
