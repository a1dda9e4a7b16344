/** What the middle of the page can show of a job. */
import type { Job } from '../../state/job.svelte';

export const VIEWS = ['fit', 'net', 'through', 'predictions', 'kernels', 'draw', 'parameters', 'log', 'code'] as const;
export type View = (typeof VIEWS)[number];

export function isView(name: string | null): name is View {
  return VIEWS.includes(name as View);
}

export function viewsOf(job: Job): View[] {
  const shape = job.started?.input_shape ?? [];
  const rest: View[] = ['parameters', 'log', 'code'];
  if (shape.length === 3) {
    const digit = shape.join() === '1,28,28' && (job.started?.classes.length ?? 0) === 10;
    return ['through', 'kernels', ...(digit ? (['draw'] as const) : []), ...rest];
  }
  // One raw input: the fit says more than the net does.
  const single = job.data?.inputs.shape.length === 2 && job.data.inputs.shape[1] === 1;
  return [...(single ? (['fit'] as const) : []), 'net', ...(single ? [] : (['predictions'] as const)), ...rest];
}
