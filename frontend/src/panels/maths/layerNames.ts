/** What people call the layers that hold weights: `conv 1`, `linear 2`; by parameter name. */
import type { Started } from '../../protocol';

const SHORT: Record<string, string> = { Conv2d: 'conv', BatchNorm1d: 'norm', BatchNorm2d: 'norm' };

/** The layer of a parameter: everything before the last dot. */
export function layerOf(parameter: string): string {
  return parameter.slice(0, Math.max(0, parameter.lastIndexOf('.')));
}

/** For each layer with parameters its short name, in order. */
export function layerNames(started: Started): Map<string, string> {
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  for (const layer of started.layers) {
    if (!started.parameters.some((parameter) => layerOf(parameter.name) === layer.name)) continue;
    const kind = SHORT[layer.kind] ?? layer.kind.toLowerCase();
    const nth = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, nth);
    names.set(layer.name, `${kind} ${nth}`);
  }
  return names;
}

/** Names of the weight tensors (no biases, no norms), in order. */
export function weightNames(started: Started): string[] {
  return started.parameters.filter((p) => p.shape.length > 1).map((p) => p.name);
}
