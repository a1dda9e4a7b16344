/** What can be asked of the server, one function for each; call.ts checks them against the schema. */
import type {
  Encoding,
  Preview,
  Command,
  Event,
  Fork,
  JobEdit,
  NewJob,
  Prediction,
  PredictionRequest,
  SnapshotType,
  TrainSpec,
} from '../protocol';
import { call, send, type QueryOf } from './call';
import { decodeFrames } from './frames';

export const getCatalog = () => call('get', '/api/v1/catalog');
export const getWorkers = () => call('get', '/api/v1/workers');

export const submitJob = (job: NewJob) => call('post', '/api/v1/jobs', { json: job });
export const listJobs = (query: QueryOf<'/api/v1/jobs', 'get'> = {}) => call('get', '/api/v1/jobs', { query });
export const getJob = (id: string) => call('get', '/api/v1/jobs/{id}', { path: { id } });
export const editJob = (id: string, edit: JobEdit) => call('patch', '/api/v1/jobs/{id}', { path: { id }, json: edit });
/** Also while the page is being left: a deletion that was not undone must still arrive. */
export const deleteJob = async (id: string): Promise<void> =>
  void (await send('delete', '/api/v1/jobs/{id}', { path: { id }, keepalive: true }));
export const commandJob = (id: string, command: Command) =>
  call('post', '/api/v1/jobs/{id}/commands', { path: { id }, json: command });
export const forkJob = (id: string, fork: Fork) => call('post', '/api/v1/jobs/{id}/forks', { path: { id }, json: fork });

export const getCode = async (id: string): Promise<string> =>
  (await send('get', '/api/v1/jobs/{id}/code', { path: { id } })).text();

/** The newest snapshot of each type at or before a step. */
export async function getSnapshots(id: string, step: number, types?: SnapshotType[]): Promise<Event[]> {
  const response = await send('get', '/api/v1/jobs/{id}/snapshots', {
    path: { id },
    query: { step, types: types?.join(',') },
    headers: { accept: 'application/msgpack' },
  });
  return decodeFrames(new Uint8Array(await response.arrayBuffer())).flatMap((frame) => frame.events);
}

/** For each snapshot type, the steps of which a frame is kept. */
export const getFrames = (id: string) => call('get', '/api/v1/jobs/{id}/frames', { path: { id } });

export const outline = (spec: TrainSpec, signal?: AbortSignal) => call('post', '/api/v1/outlines', { json: spec, signal });
export const preview = (spec: TrainSpec, signal?: AbortSignal): Promise<Preview> => call('post', '/api/v1/previews', { json: spec, signal });
export const predict = (id: string, request: PredictionRequest, signal?: AbortSignal): Promise<Prediction> =>
  call('post', '/api/v1/jobs/{id}/predictions', { path: { id }, json: request, signal });

export const uploadTable = (file: Blob, name: string, encoding?: Encoding) =>
  call('post', '/api/v1/uploads', { query: { name, encoding }, body: file, headers: { 'content-type': 'text/csv' } });
export const getUpload = (id: string) => call('get', '/api/v1/uploads/{id}', { path: { id } });
