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
    try {
      this.info = await getJob(this.job.id);
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
      // A job that does not exist will not come; a server that is away may.
      if (error.status === 404) return;
    }
    if (this.#closed) return;
    this.#stream = new Stream([[this.job.id, 0]], {
      frames: (frames) => this.job.apply(...frames.flatMap((frame) => frame.events)),
      connection: (state) => {
        this.connection = state;
        if (state === 'open' && this.info === null) void this.refresh();
      },
    });
  }

  /** Asks again for what events do not carry: name, tags, notes. */
  async refresh(): Promise<void> {
    this.info = await getJob(this.job.id);
    this.problem = null;
  }

  command(command: Command): Promise<CommandReceipt> {
    return commandJob(this.job.id, command);
  }

  /** Shows the page as it was at `step`. The newest call wins. */
  async freeze(step: number): Promise<void> {
    this.job.freeze(step);
    let events = this.#past.get(step);
    if (!events) {
      events = await getSnapshots(this.job.id, step);
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
