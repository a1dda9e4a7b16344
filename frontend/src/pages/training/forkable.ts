/** Which changes of a spec a fork can make: those hyper-parameters that may change between two steps. */
import type { Changes, TrainSpec } from '../../protocol';
import { differences, type Json } from '../../state/spec_link';

const AT: Record<string, keyof Changes> = {
  'optimizer.lr': 'lr',
  'optimizer.momentum': 'momentum',
  'optimizer.beta1': 'momentum',
  'optimizer.weight_decay': 'weight_decay',
  batch_size: 'batch_size',
};

/** A spec with what was changed of a job since: what its form shows, and what would start it again as it is. */
export function withChanges(spec: TrainSpec, changes: Changes | null | undefined): TrainSpec {
  if (!changes) return spec;
  const next = structuredClone(spec);
  const optimizer = next.optimizer as Record<string, unknown>;
  for (const [path, name] of Object.entries(AT)) {
    const [parent, field] = path.split('.') as [string, string | undefined];
    const value = changes[name];
    if (value === null || value === undefined) continue;
    if (field === undefined) (next as unknown as Record<string, unknown>)[parent] = value;
    else if (field in optimizer) optimizer[field] = value;
  }
  if (typeof changes.dropout === 'number' && 'layers' in next.model)
    for (const layer of next.model.layers ?? []) if ('dropout' in layer && layer.dropout) layer.dropout = changes.dropout;
  return next;
}

/** The changes as a fork takes them; null where there is none, or where one of them needs a new start. */
export function forkChanges(base: TrainSpec, spec: TrainSpec): Changes | null {
  const found: Partial<Record<keyof Changes, number>> = {};
  for (const [path, value] of differences(base as unknown as Json, spec as unknown as Json)) {
    const name = AT[path];
    if (!name || typeof value !== 'number') return null;
    found[name] = value;
  }
  return Object.keys(found).length > 0 ? (found as Changes) : null;
}
