/** Follows one job: its description by HTTP, its events by socket, its past by HTTP again. */
import { commandJob, getFrames, getJob, getSnapshots } from '../client/http';
import { RequestProblem } from '../client/problem';
import { Stream, type Connection } from '../client/stream';
import type { Command, CommandReceipt, Event, JobInfo } from '../protocol';
import { Job } from './job.svelte';

/** Frames of the past that are kept, so that dragging back and forth asks only once. */
const REMEMBERED = 40;

export class Watcher {
  readonly job: Job;
  info = $state.raw<JobInfo | null>(null);
  connection = $state<Connection>('connecting');
  problem = $state.raw<RequestProblem | null>(null);
  /** Steps at which the log holds any snapshot, ascending: the keyframes of the timeline. */
  keyframes = $state.raw<readonly number[]>([]);

  #stream: Stream | null = null;
  #past = new Map<number, readonly Event[]>();
  #closed = false;

  constructor(id: string) {
    this.job = new Job(id);
    void this.#begin();
  }

  async #begin(): Promise<void> {
    await this.refresh();
    // A job that does not exist will not come; a server that is away may.
    if (this.#closed || this.problem?.status === 404) return;
    this.#stream = new Stream([[this.job.id, 0]], {
      frames: (frames) => this.#take(frames.flatMap((frame) => frame.events)),
      connection: (state) => {
        this.connection = state;
        // Something changed while nobody listened: a restart, or the job is gone.
        if (state === 'lost' || this.info === null) void this.refresh();
      },
    });
  }

  #take(events: readonly Event[]): void {
    // What was remembered of the steps behind a rewind is no longer what the log says of them.
    if (events.some((event) => event.type === 'rewound')) this.#past.clear();
    this.job.applyAll(events);
  }

  /** Asks again for what events do not carry: name, tags, notes; and whether the job is still there. */
  async refresh(): Promise<void> {
    try {
      this.info = await getJob(this.job.id);
      this.problem = null;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
      if (error.status === 404) this.#stream?.close();
    }
  }

  command(command: Command): Promise<CommandReceipt> {
    return commandJob(this.job.id, command);
  }

  /** Shows the page as it was at `step`. The newest call wins. */
  async freeze(step: number): Promise<void> {
    this.job.freeze(step);
    let events = this.#past.get(step);
    if (!events) {
      try {
        events = await getSnapshots(this.job.id, step);
      } catch (error) {
        if (!(error instanceof RequestProblem)) throw error;
        this.problem = error;
        return;
      }
      this.#past.set(step, events);
      for (const oldest of this.#past.keys()) {
        if (this.#past.size <= REMEMBERED) break;
        this.#past.delete(oldest);
      }
    }
    if (this.job.frozenStep === step) this.job.freeze(step, events);
  }

  live(): void {
    this.job.thaw();
  }

  async loadKeyframes(): Promise<void> {
    const frames = await getFrames(this.job.id);
    this.keyframes = [...new Set(Object.values(frames).flat())].sort((a, b) => a - b);
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
  }
}
