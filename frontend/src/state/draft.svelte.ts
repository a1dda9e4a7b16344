/** The spec that the person is putting together: a base, what the link changes about it, and what the server says of it. */
import { outline, preview } from '../client/http';
import { fitted } from '../components/form/fitting';
import type { Schema } from '../components/form/schema';
import { RequestProblem } from '../client/problem';
import { fieldPath, positionWords } from '../i18n/position';
import { sentences } from '../i18n/spoken.svelte';
import type { DataShown, Outline, TrainSpec } from '../protocol';
import { place } from './location.svelte';
import { differences, fromParams, toParams, type Json } from './spec_link';

/** Milliseconds after the last change before the server is asked whether it fits. */
const PAUSE = 200;
/** Milliseconds until it is asked for the data again while every worker is busy. */
const BUSY = 2000;

export class Draft {
  readonly base: TrainSpec;
  outline = $state.raw<Outline | null>(null);
  problem = $state.raw<RequestProblem | null>(null);
  /** Whether the data are to be shown. */
  looks = false;
  /** The data as a job would show them; null where there is no picture of them, or none can be had now. */
  data = $state.raw<DataShown | null>(null);
  #seen = '';
  #names: ReadonlySet<string>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | null = null;

  constructor(
    base: TrainSpec,
    /** The JSON Schema of a spec, which the link must fit. */
    readonly schema: Schema,
  ) {
    this.base = base;
    this.#names = new Set(Object.keys(base));
  }

  /** The query belongs to several: only names of spec fields are the spec's. */
  #isOurs(name: string): boolean {
    return this.#names.has(name.split('.')[0]!);
  }

  get #link(): { spec: Json; unknown: string[] } {
    const base = this.base as unknown as Json;
    const { spec, unknown } = fromParams<Json>(
      base,
      [...place.query].filter(([name]) => this.#isOurs(name)),
    );
    const { value, refused } = fitted(this.schema, this.schema, spec, base);
    return { spec: value, unknown: [...unknown, ...refused] };
  }

  /** The base with what the link says on top. */
  readonly spec: TrainSpec = $derived.by(() => this.#link.spec as unknown as TrainSpec);
  /** Parameters of the link that lead nowhere. */
  readonly unknown: string[] = $derived.by(() => this.#link.unknown);
  readonly changes: number = $derived.by(
    () => differences(this.base as unknown as Json, this.spec as unknown as Json).length,
  );

  /** What a person must give before there is anything to ask the server about. */
  readonly lacks: 'upload' | 'points' | null = $derived.by(() => {
    const dataset = this.spec.dataset as unknown as Json & object;
    if ('upload' in dataset && dataset.upload === '') return 'upload';
    return 'points' in dataset && Array.isArray(dataset.points) && dataset.points.length === 0 ? 'points' : null;
  });

  /** Writes the spec into the link. */
  change(spec: TrainSpec): void {
    const query = new URLSearchParams([...place.query].filter(([name]) => !this.#isOurs(name)));
    for (const [name, value] of toParams(this.base as unknown as Json, spec as unknown as Json)) query.set(name, value);
    place.setAll(query);
  }

  reset(): void {
    this.change(this.base);
  }

  /** Asks the server whether the spec fits, once the person has stopped changing it. */
  check(spec: TrainSpec): () => void {
    clearTimeout(this.#timer);
    if (this.lacks) {
      this.#asked?.abort();
      this.outline = null;
      this.problem = null;
      return () => undefined;
    }
    // What comes back must not count as a reason to ask again, so no state is read here.
    this.#timer = setTimeout(() => void this.#ask(spec), this.#asked ? PAUSE : 0);
    return () => clearTimeout(this.#timer);
  }

  async #ask(spec: TrainSpec): Promise<void> {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    try {
      this.outline = await outline(spec, asked.signal);
      this.problem = null;
      await this.#look(spec, asked.signal);
    } catch (error) {
      if (error instanceof RequestProblem) {
        this.problem = error;
        if (error.status === 422) this.outline = null;
      } else if (!asked.signal.aborted) throw error;
    }
  }

  /** Asks for the data when they are others, and again while no worker is idle to load them. */
  async #look(spec: TrainSpec, signal: AbortSignal): Promise<void> {
    const asked = JSON.stringify([spec.dataset, spec.seed]);
    if (!this.looks || asked === this.#seen) return;
    const found = await preview(spec, signal);
    this.data = found.data ?? null;
    if (found.lacks !== 'worker') this.#seen = asked;
    else this.#timer = setTimeout(() => void this.#ask(spec), BUSY);
  }
}

/** Sentences by the path of the field they belong to; what names no field stands under `''`. */
export function problemsByPath(problem: RequestProblem | null): Record<string, string> {
  if (!problem || problem.status !== 422) return {};
  const all = problem.errors.length > 0 ? problem.errors : [{ ...problem, message: problem.detail }];
  const found: Record<string, string> = {};
  for (const { position, message, hint } of all) {
    const path = fieldPath(position ?? '');
    // Where it stands already says which field it is about.
    const said = position ? message.replace(`\`${position}\`: `, '') : message;
    found[path] ??= sentences(said, hint).replaceAll(`\`${position}\``, () => positionWords(path));
  }
  return found;
}
