/** Keeps a spec whole when its dataset changes: a loss and metrics that serve the new task take the place of those that do not. */
import { defaultOf, resolve, variants, type Schema } from '../components/form/schema';
import type { Catalog, Entry, Task, TrainSpec } from '../protocol';

/** What the dataset asks for; for drawn points and tables a field says it. */
export function taskOf(spec: TrainSpec, catalog: Catalog): Task | null {
  const dataset = spec.dataset as { kind: string; task?: Task; classes?: number };
  if (dataset.task) return dataset.task;
  if (dataset.kind === 'drawn') return dataset.classes === 2 ? 'binary' : 'multiclass';
  return entryOf(catalog, 'datasets', dataset.kind)?.tasks?.[0] ?? null;
}

function entryOf(catalog: Catalog, folder: string, kind: string): Entry | undefined {
  return catalog.entries[folder]?.find((entry) => entry.kind === kind);
}

function serves(catalog: Catalog, folder: string, kind: string, task: Task): boolean {
  const tasks = entryOf(catalog, folder, kind)?.tasks ?? [];
  return tasks.length === 0 || tasks.includes(task);
}

/** The loss a person would expect first. */
const FIRST_LOSS: Record<Task, string> = {
  binary: 'bce_with_logits',
  multiclass: 'cross_entropy',
  regression: 'mse',
};
const FIRST_METRIC: Record<Task, string> = { binary: 'accuracy', multiclass: 'accuracy', regression: 'mae' };

/** An entry with every field at its default, as a form needs it. */
function whole(catalog: Catalog, field: string, kind: string): unknown {
  const root = catalog.train_schema as Schema;
  const property = resolve(root, root.properties?.[field] ?? {});
  const variant = variants(root, property.items ? resolve(root, property.items) : property).get(kind);
  return variant ? defaultOf(root, { ...variant, default: undefined }) : { kind };
}

export function fitTask(next: TrainSpec, before: TrainSpec, catalog: Catalog | null): TrainSpec {
  if (!catalog) return next;
  const task = taskOf(next, catalog);
  if (!task || task === taskOf(before, catalog)) return next;
  const loss = serves(catalog, 'losses', next.loss.kind, task)
    ? next.loss
    : (whole(catalog, 'loss', FIRST_LOSS[task]) as TrainSpec['loss']);
  const kept = (next.metrics ?? []).filter((metric) => serves(catalog, 'metrics', metric.kind, task));
  const metrics = kept.length > 0 ? kept : ([whole(catalog, 'metrics', FIRST_METRIC[task])] as TrainSpec['metrics']);
  return { ...next, loss, metrics };
}
