/** What the list of jobs says of each one: its family, its color, what was changed, what it reached. */
import { percent, measured, shortNumber } from '../components/number';
import type { JobInfo, Recipe } from '../protocol';

export interface JobRow {
  job: JobInfo;
  /** A fork, listed under its parent. */
  child: boolean;
  /** Identity of the newest eight; null for the rest. */
  color: number | null;
  /** What a fork changed: `lr 0.05 → 0.5`. */
  changes: string;
}

const IDENTITIES = 8;

/** Colors of the newest eight by id. A job keeps its own while newer ones come and others are filtered out. */
export function identities(all: readonly JobInfo[]): ReadonlyMap<string, number> {
  const byAge = all.toSorted((a, b) => a.created - b.created);
  const first = Math.max(0, byAge.length - IDENTITIES);
  return new Map(byAge.slice(first).map((job, i) => [job.id, (first + i) % IDENTITIES]));
}

/** Forks under their parent, which keeps its place in the order; what has no parent here stands alone. */
export function family(jobs: readonly JobInfo[], colors: ReadonlyMap<string, number>): JobRow[] {
  const here = new Set(jobs.map((job) => job.id));
  const children = new Map<string, JobInfo[]>();
  for (const job of jobs) {
    const parent = job.parent?.job;
    if (!parent || !here.has(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), job]);
  }
  const rows: JobRow[] = [];
  const add = (job: JobInfo, parent: JobInfo | null) => {
    rows.push({ job, child: parent !== null, color: colors.get(job.id) ?? null, changes: parent ? changes(parent, job) : '' });
    // Oldest fork first, as they were made.
    for (const child of (children.get(job.id) ?? []).toReversed()) add(child, job);
  };
  for (const job of jobs) if (!job.parent || !here.has(job.parent.job)) add(job, null);
  return rows;
}

type Values = Record<string, number | null | undefined>;

/** What a fork changed, from what it was; its spec is that of its parent. */
function changes(parent: JobInfo, job: JobInfo): string {
  const before = (parent.parent?.changes ?? {}) as Values;
  const [optimizer, spec] = [parent.spec.optimizer, parent.spec] as unknown as Values[];
  const was = (name: string) => before[name] ?? optimizer?.[name] ?? (name === 'momentum' ? optimizer?.beta1 : spec?.[name]);
  return Object.entries((job.parent?.changes ?? {}) as Values)
    .filter(([name, value]) => typeof value === 'number' && value !== was(name))
    .map(([name, value]) => {
      const old = was(name);
      return `${name.replace('_', ' ')} ${typeof old === 'number' ? `${shortNumber(old)} → ` : ''}${shortNumber(value)}`;
    })
    .join(', ');
}

/** The newest job of each recipe, by the recipe's name. A job that went on to other data or another model shows nothing of it. */
export function newestByRecipe(recipes: readonly Recipe[], jobs: readonly JobInfo[]): ReadonlyMap<string, JobInfo> {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe.spec]));
  const newest = new Map<string, JobInfo>();
  for (const job of jobs) {
    const spec = job.recipe ? byName.get(job.recipe) : undefined;
    if (!job.recipe || !spec || newest.has(job.recipe)) continue;
    if (job.spec.dataset.kind === spec.dataset.kind && job.spec.model.kind === spec.model.kind) newest.set(job.recipe, job);
  }
  return newest;
}

/** How far beyond the middle job's highest and lowest loss the shared scale reaches, as factors. */
const HIGHEST = 10;
const LOWEST = 1000;

/** One scale for all sparks, so that their heights can be compared. A job that diverged leaves it, or all others would be flat. */
export function sharedRange(jobs: readonly JobInfo[]): [number, number] | null {
  const sparks = jobs.map((job) => (job.spark ?? []).filter((value): value is number => value !== null && value > 0)).filter((values) => values.length > 0);
  if (sparks.length === 0) return null;
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
  const [lows, highs] = [sparks.map((values) => Math.min(...values)), sparks.map((values) => Math.max(...values))];
  const [least, most] = [middle(lows) / LOWEST, middle(highs) * HIGHEST];
  return [Math.min(...lows.filter((low) => low >= least)), Math.max(...highs.filter((high) => high <= most))];
}

export interface Score {
  name: string;
  value: number;
}

/** The measurement that says most of a job besides its loss. */
const SCORES = ['accuracy', 'r2', 'auc', 'f1', 'mae'];

/** Where smaller is better. */
const ERRORS = new Set(['mae', 'loss']);

export function primary(job: JobInfo): Score | null {
  const measuredNow = job.latest?.test ?? job.latest?.validation ?? {};
  for (const kind of SCORES) {
    // Several of one kind have their fields in their names: `f1(average=macro)`.
    const found = Object.entries(measuredNow).find(([name, value]) => name.split('(')[0] === kind && typeof value === 'number');
    if (found) return { name: found[0], value: Number(found[1]) };
  }
  return null;
}

export function scoreWords(score: Score | null): string {
  if (!score) return '–';
  return score.name === 'accuracy' ? percent(score.value) : measured(score.value);
}

/** The best validation loss and score, where several jobs can be compared. */
export function best(jobs: readonly JobInfo[]): { loss: number | null; score: number | null } {
  const losses = jobs.map((job) => job.latest?.validation?.loss).filter((loss) => typeof loss === 'number');
  const scores = jobs.map(primary).filter((score) => score !== null);
  const names = new Set(scores.map((score) => score.name));
  const values = scores.map((score) => score.value);
  const comparable = names.size === 1 && values.length > 1;
  const datasets = new Set(jobs.map((job) => JSON.stringify(job.spec.dataset)));
  if (datasets.size > 1) return { loss: null, score: null };
  return {
    loss: losses.length > 1 ? Math.min(...losses) : null,
    score: comparable ? (ERRORS.has([...names][0]!) ? Math.min(...values) : Math.max(...values)) : null,
  };
}
