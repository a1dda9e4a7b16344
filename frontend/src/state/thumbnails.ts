/** The small picture of a job: what it answers over the plane, or else the weights that look at its inputs. */
import { getSnapshots } from '../client/http';
import type { Boundary, Event, JobInfo, TensorData, Weights } from '../protocol';
import { values } from '../protocol/numbers';

/** Numbers as rows of pixels, largest magnitude `max`. */
export interface Thumbnail {
  width: number;
  height: number;
  numbers: Float32Array;
  max: number;
  /** A sample of a plane may be drawn smooth; pictures of weights keep their pixels. */
  smooth: boolean;
}

/** Filters shown of a layer; more would be dust at this size. */
const FILTERS = 9;

function finish(width: number, height: number, numbers: Float32Array, smooth: boolean): Thumbnail {
  let max = 0;
  for (const value of numbers) if (Math.abs(value) > max) max = Math.abs(value);
  return { width, height, numbers, max, smooth };
}

/** The output over the plane, highest y on top. */
function ofPlane({ output }: Boundary): Thumbnail | null {
  const [outputs, height, width] = output.shape as [number, number, number];
  if (outputs !== 1) return null;
  const source = values(output);
  const numbers = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    numbers.set(Float32Array.from(source.subarray(y * width, (y + 1) * width)), (height - 1 - y) * width);
  return finish(width, height, numbers, true);
}

/** A matrix as it is; filters side by side with a pixel of zero between them. */
function ofWeights(tensor: TensorData): Thumbnail | null {
  const source = values(tensor);
  if (tensor.shape.length === 2) {
    const [rows, columns] = tensor.shape as [number, number];
    return finish(columns, rows, Float32Array.from(source), false);
  }
  if (tensor.shape.length !== 4) return null;
  const [filters, channels, height, width] = tensor.shape as [number, number, number, number];
  const shown = Math.min(filters, FILTERS);
  const across = Math.ceil(Math.sqrt(shown));
  const down = Math.ceil(shown / across);
  const side = across * (width + 1) - 1;
  const numbers = new Float32Array(side * (down * (height + 1) - 1));
  for (let k = 0; k < shown; k++) {
    const left = (k % across) * (width + 1);
    const top = Math.floor(k / across) * (height + 1);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        numbers[(top + y) * side + left + x] = source[(k * channels * height + y) * width + x]!;
  }
  return finish(side, down * (height + 1) - 1, numbers, false);
}

/** The picture that a job's newest snapshots allow, or null. */
export function thumbnailOf(events: readonly Event[]): Thumbnail | null {
  const plane = events.find((event): event is Boundary => event.type === 'boundary');
  const weights = events.find((event): event is Weights => event.type === 'weights');
  const first = weights?.tensors[0]?.values;
  return (plane ? ofPlane(plane) : null) ?? (first ? ofWeights(first) : null);
}

const known = new Map<string, Promise<Thumbnail | null>>();

/** Asked once for each job and step. */
export function loadThumbnail(job: JobInfo): Promise<Thumbnail | null> {
  const key = `${job.id} ${job.step}`;
  let found = known.get(key);
  if (!found) {
    found = getSnapshots(job.id, job.step ?? 0, ['boundary', 'weights']).then(thumbnailOf, () => null);
    known.set(key, found);
  }
  return found;
}
