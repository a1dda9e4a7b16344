/** A job as its events tell it. `apply` holds the page's one switch over event types; drawing only reads from here. */
import {
  assertNever,
  type Checkpointed,
  type CommandAnswered,
  type DataShown,
  type Diagnosed,
  type Evaluated,
  type Event,
  type Failed,
  type Finished,
  type JobState,
  type Logged,
  type Rewound,
  type Snapshot,
  type SnapshotOf,
  type SnapshotType,
  type Split,
  type Started,
  type StateChanged,
} from '../protocol';
import { values } from '../protocol/numbers';
import { Columns } from './columns';

/** What the log panel lists, in order; nothing is ever dropped from it. */
export type Told = StateChanged | CommandAnswered | Logged | Diagnosed | Rewound | Finished | Failed | Checkpointed;

export type Snapshots = { [K in SnapshotType]?: SnapshotOf<K> };

/** Rewinds whose abandoned curves stay visible. */
const BRANCHES = 5;

export class Job {
  readonly id: string;

  state = $state<JobState>('queued');
  reason = $state<string | null>(null);
  worker = $state<number | null>(null);
  device = $state<string | null>(null);
  started = $state.raw<Started | null>(null);
  data = $state.raw<DataShown | null>(null);
  finished = $state.raw<Finished | null>(null);
  failed = $state.raw<Failed | null>(null);

  /** Steps taken so far. */
  liveStep = $state(0);
  /** Where the person has scrubbed to; null is live. */
  frozenStep = $state<number | null>(null);
  /** Seconds spent training so far. */
  seconds = $state(0);

  evaluations = $state.raw<readonly Evaluated[]>([]);
  checkpoints = $state.raw<readonly Checkpointed[]>([]);
  commands = $state.raw<readonly CommandAnswered[]>([]);
  diagnoses = $state.raw<readonly Diagnosed[]>([]);
  told = $state.raw<readonly Told[]>([]);

  /** Newest snapshot of each type. */
  snapshots = $state.raw<Snapshots>({});
  /** Snapshots at `frozenStep`, once they are here. */
  frozen = $state.raw<Snapshots | null>(null);

  /** Grows whenever `columns` did: read it to follow them, for they are not reactive themselves. */
  version = $state(0);
  #columns = new Columns([]);
  /** Parts of the curves that a rewind left behind, newest last. */
  abandoned: readonly Columns[] = [];

  #lastFact = 0;
  /** Lists that grew since they were last published. */
  #pending = new Map<keyof Lists, Event[]>();

  constructor(id: string) {
    this.id = id;
  }

  /** Metrics of every step; reading them follows their growth. */
  get columns(): Columns {
    void this.version;
    return this.#columns;
  }

  /** The step that the page shows. */
  readonly step: number = $derived(this.frozenStep ?? this.liveStep);
  readonly epoch: number = $derived(this.started ? this.step / this.started.steps_per_epoch : 0);
  readonly ended: boolean = $derived(['finished', 'stopped', 'failed'].includes(this.state));

  /** The snapshot of one type that belongs on the page: of the frozen step, or the newest. */
  shown<K extends SnapshotType>(type: K): SnapshotOf<K> | null {
    const from: Snapshots | null = this.frozenStep === null ? this.snapshots : this.frozen;
    return (from?.[type] as SnapshotOf<K> | undefined) ?? null;
  }

  /** The newest evaluation of a split at or before the step that the page shows. */
  evaluation(split: Split): Evaluated | null {
    return this.evaluations.findLast((event) => event.split === split && event.step <= this.step) ?? null;
  }

  /** Shows the page as it was at `step`; `snapshots` may follow later. */
  freeze(step: number, snapshots: readonly Event[] | null = null): void {
    this.frozenStep = step;
    if (snapshots)
      this.frozen = Object.fromEntries((snapshots as Snapshot[]).map((event) => [event.type, event])) as Snapshots;
  }

  thaw(): void {
    this.frozenStep = null;
    this.frozen = null;
  }

  /** Takes events in the order of the log; those it has seen already are passed over. */
  apply(...events: Event[]): void {
    this.applyAll(events);
  }

  /** The same for a whole message, which may hold more events than a call can have arguments. */
  applyAll(events: Iterable<Event>): void {
    for (const event of events) this.#take(event);
    this.#publish();
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'state':
        if (this.#seen(event)) return;
        this.state = event.state;
        this.reason = event.reason ?? null;
        this.worker = event.reason === 'parked' ? null : (event.worker ?? this.worker);
        this.device = event.device ?? this.device;
        this.#reach(event.step);
        return this.#tell(event);
      case 'started':
        if (this.#seen(event)) return;
        this.started = event;
        this.device = event.device;
        // After a crash the worker says again what it trains; the history must survive that.
        if (this.#columns.length === 0 || this.#columns.names.join() !== event.columns.join())
          this.#columns = new Columns(event.columns);
        return;
      case 'data':
        if (this.#seen(event)) return;
        this.data = event;
        return;
      case 'metrics':
        if (this.#seen(event)) return;
        this.#columns.append(event.first_step, values(event.values));
        this.seconds = event.seconds;
        this.#reach(this.#columns.steps.at(-1) ?? 0);
        this.version += 1;
        return;
      case 'evaluation':
        if (this.#seen(event)) return;
        return this.#list('evaluations', event);
      case 'checkpoint':
        if (this.#seen(event)) return;
        if (event.dropped.length > 0) this.#keep('checkpoints', (other) => !event.dropped.includes(other.step));
        this.#list('checkpoints', event);
        return this.#tell(event);
      case 'command':
        if (this.#seen(event)) return;
        this.#list('commands', event);
        return this.#tell(event);
      case 'log':
        if (this.#seen(event)) return;
        return this.#tell(event);
      case 'diagnosis':
        if (this.#seen(event)) return;
        this.#list('diagnoses', event);
        return this.#tell(event);
      case 'rewound':
        if (this.#seen(event)) return;
        this.#rewind(event.step);
        return this.#tell(event);
      case 'finished':
        if (this.#seen(event)) return;
        this.finished = event;
        this.#reach(event.step);
        return this.#tell(event);
      case 'failed':
        if (this.#seen(event)) return;
        this.failed = event;
        return this.#tell(event);
      case 'progress':
      case 'queue':
      case 'watchers':
      case 'histograms':
      case 'boundary':
      case 'curve':
      case 'weights':
      case 'activations':
      case 'predictions':
      case 'confusion':
        return this.#show(event);
      default:
        return assertNever(event);
    }
  }

  /** Facts come once and in order, but a reconnect may bring some again. */
  #seen(event: Event): boolean {
    if (event.seq > 0 && event.seq <= this.#lastFact) return true;
    this.#lastFact = Math.max(this.#lastFact, event.seq);
    return false;
  }

  #show(event: Snapshot): void {
    const known = this.snapshots[event.type];
    if (known && known.seq > 0 && event.seq <= known.seq) return;
    this.snapshots = { ...this.snapshots, [event.type]: event };
  }

  #reach(step: number): void {
    if (step > this.liveStep) this.liveStep = step;
  }

  #rewind(step: number): void {
    const cut = this.#columns.cutAfter(step);
    if (cut) this.abandoned = [...this.abandoned, cut].slice(-BRANCHES);
    this.#keep('evaluations', (event) => event.step <= step);
    this.#keep('checkpoints', (event) => event.step <= step);
    this.#keep('diagnoses', (event) => event.step <= step);
    this.#keep('commands', (event) => event.step <= step);
    this.snapshots = Object.fromEntries(
      Object.entries(this.snapshots).filter(([, event]) => event.step <= step),
    ) as Snapshots;
    this.liveStep = step;
    this.finished = null;
    this.failed = null;
    if (this.frozenStep !== null && this.frozenStep > step) this.thaw();
    this.version += 1;
  }

  #tell(event: Told): void {
    this.#list('told', event);
  }

  #list<K extends keyof Lists>(name: K, event: Lists[K][number]): void {
    const list = this.#pending.get(name);
    if (list) list.push(event);
    else this.#pending.set(name, [event]);
  }

  #keep<K extends keyof Lists>(name: K, keep: (event: Lists[K][number]) => boolean): void {
    this.#publish();
    this.#lists[name] = this.#lists[name].filter(keep as (event: Event) => boolean);
  }

  /** A new array for each list that grew, once per message and not once per event. */
  #publish(): void {
    for (const [name, fresh] of this.#pending) this.#lists[name] = [...this.#lists[name], ...fresh];
    this.#pending.clear();
  }

  /** The lists by name; which type each one holds is known where it is written. */
  get #lists(): Record<keyof Lists, readonly Event[]> {
    return this as unknown as Record<keyof Lists, readonly Event[]>;
  }
}

type Lists = Pick<Job, 'evaluations' | 'checkpoints' | 'commands' | 'diagnoses' | 'told'>;
