/** The shape that leaves each layer, beside its row in the form. */
import type { Outline, TrainSpec } from '../../protocol';

export function layerFacts(spec: TrainSpec, outline: Outline): Record<string, string> {
  const model = spec.model as { kind: string; layers?: unknown[] };
  if (!model.layers) return {};
  const shape = (numbers: readonly number[]) => numbers.join('×');
  // The sequential builder's rows are the layers themselves; an MLP's rows each begin with a Linear.
  const layers = model.kind === 'sequential' ? outline.layers : outline.layers.filter((layer) => layer.kind === 'Linear');
  return Object.fromEntries(
    model.layers.flatMap((_, i) => {
      const layer = layers[i];
      if (!layer) return [];
      const same = layer.input_shape.join() === layer.output_shape.join();
      const words = same ? shape(layer.output_shape) : `${shape(layer.input_shape)} → ${shape(layer.output_shape)}`;
      return [[`model.layers.${i}`, words]];
    }),
  );
}
