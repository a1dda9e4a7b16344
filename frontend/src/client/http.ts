/** Typed requests to the server, one function for each thing that can be asked. */
import type {
  Catalog,
  Command,
  CommandReceipt,
  Event,
  Fork,
  JobEdit,
  JobInfo,
  JobPage,
  MetricColumns,
  NewJob,
  Outline,
  Prediction,
  PredictionRequest,
  SnapshotType,
  TrainSpec,
  Upload,
  Workers,
} from '../protocol';
import { decodeFrames } from './frames';
import { problemFrom, RequestProblem } from './problem';

const ROOT = '/api/v1';

type Query = Record<string, string | number | boolean | undefined>;

interface Options {
  query?: Query;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  keepalive?: boolean;
}

export function pathOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) params.set(key, String(value));
  const tail = params.toString();
  return `${ROOT}${path}${tail ? `?${tail}` : ''}`;
}

async function answer(method: string, path: string, options: Options = {}): Promise<Response> {
  const { query, json, body, headers = {}, signal, keepalive } = options;
  if (json !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(pathOf(path, query), {
      method,
      headers,
      body: json === undefined ? body : JSON.stringify(json),
      signal,
      keepalive,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RequestProblem(0, 'offline', String(error));
  }
  if (!response.ok) throw await problemFrom(response);
  return response;
}

async function read<T>(method: string, path: string, options?: Options): Promise<T> {
  const response = await answer(method, path, options);
  return (await response.json()) as T;
}

const at = (job: string, rest = '') => `/jobs/${encodeURIComponent(job)}${rest}`;

export const getCatalog = () => read<Catalog>('GET', '/catalog');
export const getWorkers = () => read<Workers>('GET', '/workers');

export const submitJob = (job: NewJob) => read<JobInfo>('POST', '/jobs', { json: job });
export const listJobs = (query: { limit?: number; cursor?: string; q?: string; state?: string } = {}) =>
  read<JobPage>('GET', '/jobs', { query });
export const getJob = (job: string) => read<JobInfo>('GET', at(job));
export const editJob = (job: string, edit: JobEdit) => read<JobInfo>('PATCH', at(job), { json: edit });
// Also while the page is being left: a deletion that was not undone must still arrive.
export const deleteJob = async (job: string): Promise<void> =>
  void (await answer('DELETE', at(job), { keepalive: true }));
export const commandJob = (job: string, command: Command) =>
  read<CommandReceipt>('POST', at(job, '/commands'), { json: command });
export const forkJob = (job: string, fork: Fork) => read<JobInfo[]>('POST', at(job, '/forks'), { json: fork });

export const getMetrics = (job: string, query: { points?: number } = {}) =>
  read<MetricColumns>('GET', at(job, '/metrics'), { query });
export const getCode = async (job: string): Promise<string> => (await answer('GET', at(job, '/code'))).text();

/** The newest snapshot of each type at or before a step. */
export async function getSnapshots(job: string, step: number, types?: SnapshotType[]): Promise<Event[]> {
  const response = await answer('GET', at(job, '/snapshots'), {
    query: { step, types: types?.join(',') },
    headers: { accept: 'application/msgpack' },
  });
  return decodeFrames(new Uint8Array(await response.arrayBuffer())).flatMap((frame) => frame.events);
}

/** For each snapshot type, the steps of which a frame is kept. */
export const getFrames = (job: string) => read<Record<string, number[]>>('GET', at(job, '/frames'));

export const outline = (spec: TrainSpec, signal?: AbortSignal) =>
  read<Outline>('POST', '/outlines', { json: spec, signal });
export const predict = (job: string, request: PredictionRequest, signal?: AbortSignal) =>
  read<Prediction>('POST', at(job, '/predictions'), { json: request, signal });

export const uploadTable = (file: Blob, name: string) =>
  read<Upload>('POST', '/uploads', { query: { name }, body: file, headers: { 'content-type': 'text/csv' } });
export const getUpload = (id: string) => read<Upload>('GET', `/uploads/${encodeURIComponent(id)}`);
