/** Snapshots of one type over the whole job, for pictures of change: live ones as they come, older ones from the log. */
import { getFrames, getSnapshots } from '../client/http';
import { RequestProblem } from '../client/problem';
import type { Event, SnapshotOf, SnapshotType } from '../protocol';
import type { Job } from '../state/job.svelte';
import { spreadSteps } from './maths/ridges';

/** Kept in memory; above twice as many they are thinned evenly. */
const KEPT = 100;
/** Asked from the log when a job is opened late. */
const ASKED = 14;

export class History<K extends SnapshotType> {
  frames = $state.raw<readonly SnapshotOf<K>[]>([]);
  #asked = false;

  constructor(
    private readonly job: Job,
    private readonly type: K,
  ) {}

  /** Takes in the newest snapshot; call it whenever the job has one. */
  follow(newest: SnapshotOf<K> | null): void {
    if (!newest || this.frames.at(-1) === newest) return;
    const before = this.frames.filter((frame) => frame.step < newest.step);
    this.#keep([...before, newest]);
  }

  /** The first time, asks the log for what was before this page was opened. */
  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const steps = (await getFrames(this.job.id))[this.type] ?? [];
      const answers = await Promise.all(
        spreadSteps(steps, ASKED).map((step) => getSnapshots(this.job.id, step, [this.type])),
      );
      this.#merge(answers.flat());
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.#asked = false;
    }
  }

  /** At most `count` frames up to a step, evenly spread, the newest always among them. */
  upTo(step: number, count: number): SnapshotOf<K>[] {
    const known = this.frames.filter((frame) => frame.step <= step);
    const chosen = new Set(spreadSteps(known.map((frame) => frame.step), count));
    return known.filter((frame) => chosen.has(frame.step));
  }

  #merge(events: readonly Event[]): void {
    const bySteps = new Map(this.frames.map((frame) => [frame.step, frame]));
    for (const event of events)
      if (event.type === this.type && !bySteps.has(event.step)) bySteps.set(event.step, event as SnapshotOf<K>);
    this.#keep([...bySteps.values()].sort((a, b) => a.step - b.step));
  }

  #keep(frames: SnapshotOf<K>[]): void {
    if (frames.length <= 2 * KEPT) {
      this.frames = frames;
      return;
    }
    const chosen = new Set(spreadSteps(frames.map((frame) => frame.step), KEPT));
    this.frames = frames.filter((frame) => chosen.has(frame.step));
  }
}
