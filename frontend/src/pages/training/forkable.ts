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
