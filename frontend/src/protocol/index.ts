/** Short names for the generated types, and what the generator cannot know: tensors arrive as bytes. */
import type { components, paths } from './schema.gen';

type Schemas = components['schemas'];

/** A tensor as MessagePack brings it (little-endian bytes) or as JSON does (numbers, null where not finite). */
export type TensorData = Omit<Schemas['TensorData'], 'data'> & { data: Uint8Array | (number | null)[] };

/** A wire type with every tensor inside it read as above. */
type Wired<T> = T extends Schemas['TensorData']
  ? TensorData
  : T extends (infer U)[]
    ? Wired<U>[]
    : T extends object
      ? { [K in keyof T]: Wired<T[K]> }
      : T;

export type StateChanged = Schemas['StateChanged'];
export type Started = Schemas['Started'];
export type DataShown = Wired<Schemas['DataShown']>;
export type Preview = Wired<Schemas['Preview']>;
export type Metrics = Wired<Schemas['Metrics']>;
export type Evaluated = Schemas['Evaluated'];
export type Checkpointed = Schemas['Checkpointed'];
export type CommandAnswered = Schemas['CommandAnswered'];
export type Logged = Schemas['Logged'];
export type Diagnosed = Schemas['Diagnosed'];
export type Rewound = Schemas['Rewound'];
export type Finished = Schemas['Finished'];
export type Failed = Schemas['Failed'];
export type Progress = Schemas['Progress'];
export type Queued = Schemas['Queued'];
export type Watched = Schemas['Watched'];
export type Histograms = Wired<Schemas['Histograms']>;
export type Boundary = Wired<Schemas['Boundary']>;
export type Curve = Wired<Schemas['Curve']>;
export type Weights = Wired<Schemas['Weights']>;
export type Activations = Wired<Schemas['Activations']>;
export type Predictions = Wired<Schemas['Predictions']>;
export type Confusion = Wired<Schemas['Confusion']>;

/** Everything a job can say. */
export type Event =
  | StateChanged
  | Started
  | DataShown
  | Metrics
  | Evaluated
  | Checkpointed
  | CommandAnswered
  | Logged
  | Diagnosed
  | Rewound
  | Finished
  | Failed
  | Snapshot;

/** What newer events of the same type supersede. */
export type Snapshot =
  | Progress
  | Queued
  | Watched
  | Histograms
  | Boundary
  | Curve
  | Weights
  | Activations
  | Predictions
  | Confusion;

export type SnapshotType = Snapshot['type'];
export type SnapshotOf<K extends SnapshotType> = Extract<Snapshot, { type: K }>;

export type Layer = Schemas['Layer'];
export type Parameter = Schemas['Parameter'];
export type UnitMaps = Wired<Schemas['UnitMaps']>;
export type WeightPicture = Wired<Schemas['WeightPicture']>;
export type LayerActivations = Wired<Schemas['LayerActivations']>;

export type Command = CommandAnswered['command'];
export type Changes = Schemas['Changes'];
export type TrainSpec = Schemas['TrainSpec'];
export type Fork = Schemas['Fork'];
export type NewJob = Schemas['NewJob'];
export type JobEdit = Schemas['JobEdit'];
export type JobInfo = Schemas['JobInfo'];
export type JobPage = Schemas['JobPage'];
export type JobState = JobInfo['state'];
export type Split = Evaluated['split'];
export type Task = Started['task'];
export type CommandReceipt = Schemas['CommandReceipt'];
export type CheckpointInfo = Schemas['CheckpointInfo'];
export type MetricColumns = Schemas['MetricColumns'];
export type Outline = Schemas['Outline'];
export type PredictionRequest = Schemas['PredictionRequest'];
export type Prediction = Wired<Schemas['Prediction']>;
export type Upload = Schemas['Upload'];
/** How the letters of a file may be written, where it does not say so itself. */
export type Encoding = NonNullable<NonNullable<paths['/api/v1/uploads']['post']['parameters']['query']>['encoding']>;
export type Catalog = Schemas['Catalog'];
export type Recipe = Schemas['Recipe'];
export type Entry = Schemas['Entry'];
export type Text = Schemas['Text'];
export type Workers = Schemas['Workers'];
export type WorkerInfo = Schemas['WorkerInfo'];
export type DeviceInfo = Schemas['DeviceInfo'];
export type Problem = Schemas['Problem'];
export type ProblemDocument = Schemas['ProblemDocument'];

/** Closes a switch over a union: a case that is missing does not compile. */
export function assertNever(value: never): never {
  throw new Error(`expected one of the known cases, got ${JSON.stringify(value)}`);
}
