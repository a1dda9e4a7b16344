/** The spec under a person's hands: where it began, what was changed, what the server thinks of it, and its link. */
import { outline as askOutline } from '../../client/http';
import { RequestProblem } from '../../client/problem';
import type { Changes, Outline, TrainSpec } from '../../protocol';
import { differences, fromParams, toParams, valueAt, type Json } from '../../state/spec_link';

const PAUSE = 200;

/** Where in a spec each live hyper-parameter stands. */
const LIVE: Record<keyof Changes, string> = {
  lr: 'optimizer.lr',
  momentum: 'optimizer.momentum',
  weight_decay: 'optimizer.weight_decay',
  batch_size: 'batch_size',
  dropout: '',
};

export class Draft {
  /** Name of the recipe it began with; null when it began with a job. */
  recipe = $state<string | null>(null);
  base = $state.raw<TrainSpec | null>(null);
  spec = $state.raw<TrainSpec | null>(null);
  outline = $state.raw<Outline | null>(null);
  problem = $state.raw<RequestProblem | null>(null);
  /** Parameters of a link that lead nowhere. */
  unknown = $state.raw<readonly string[]>([]);
  readonly changes: [string, Json][] = $derived(
    this.base && this.spec ? differences(this.base as unknown as Json, this.spec as unknown as Json) : [],
  );

  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;

  begin(base: TrainSpec, params: Iterable<[string, string]> = [], recipe: string | null = null): void {
    const { spec, unknown } = fromParams(base as unknown as Json, params);
    this.base = base;
    this.recipe = recipe;
    this.unknown = unknown;
    this.set(spec as unknown as TrainSpec);
  }

  set(spec: TrainSpec): void {
    this.spec = spec;
    this.#ask();
  }

  reset(): void {
    if (this.base) this.set(this.base);
  }

  /** The query of a link to this spec: recipe first, then what differs from it. */
  params(): [string, string][] {
    if (!this.base || !this.spec) return [];
    const rest = toParams(this.base as unknown as Json, this.spec as unknown as Json);
    return this.recipe ? [['recipe', this.recipe], ...rest] : rest;
  }

  /** The changes as a fork can make them; null where one of them needs a new start. */
  forkable(): Changes | null {
    const found: Record<string, Json> = {};
    for (const [path] of this.changes) {
      const name = Object.entries(LIVE).find(([, at]) => at === path)?.[0];
      const value = name ? valueAt(this.spec as unknown as Json, path) : undefined;
      if (!name || typeof value !== 'number') return null;
      found[name] = value;
    }
    return Object.keys(found).length ? (found as Changes) : null;
  }

  /** Sentences by the path of the field that they concern. */
  get problems(): Record<string, string> {
    const found: Record<string, string> = {};
    const add = (position: string | null | undefined, message: string) => {
      const path = this.#known(position ?? '');
      if (path) found[path] ??= message;
    };
    for (const error of this.problem?.errors ?? []) add(error.position, error.message);
    if (this.problem) add(this.problem.position, this.problem.detail + (this.problem.hint ? ` ${this.problem.hint}` : ''));
    return found;
  }

  /** The longest part of a position that is a field of the spec. */
  #known(position: string): string {
    const parts = position.split('.').filter((part) => part !== 'body' && part !== 'spec');
    while (parts.length) {
      if (valueAt(this.spec as unknown as Json, parts.join('.')) !== undefined) return parts.join('.');
      parts.pop();
    }
    return '';
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#outline(), PAUSE);
  }

  async #outline(): Promise<void> {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    try {
      this.outline = await askOutline(this.spec!, asking.signal);
      this.problem = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      if (!(error instanceof RequestProblem)) throw error;
      this.outline = null;
      this.problem = error;
    }
  }
}
