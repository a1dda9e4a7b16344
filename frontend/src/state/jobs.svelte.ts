/** The list of jobs, asked for again while anybody looks at it. */
import { deleteJob, listJobs } from '../client/http';
import { RequestProblem } from '../client/problem';
import type { JobInfo, JobState } from '../protocol';
import { identities } from './job_table';

/** Milliseconds between two questions while something runs, and while nothing does. */
const SOON = 1500;
const LATER = 6000;
const PAGE = 100;

const MOVING: readonly JobState[] = ['running', 'starting', 'queued'];
const ACTIVE: readonly JobState[] = ['running', 'starting', 'paused', 'queued'];

class JobList {
  #all = $state.raw<readonly JobInfo[] | null>(null);
  /** Deleted by the person, but still within the time to undo. */
  #hidden = $state.raw<ReadonlySet<string>>(new Set());
  total = $state(0);
  problem = $state.raw<RequestProblem | null>(null);
  /** How many pages of the list are asked for. */
  #pages = 1;
  #following = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Newest first; null until the first answer. */
  readonly jobs: readonly JobInfo[] | null = $derived(this.#all?.filter((job) => !this.#hidden.has(job.id)) ?? null);
  /** Running first, what waits last. */
  readonly active: readonly JobInfo[] = $derived(
    (this.jobs ?? [])
      .filter((job) => ACTIVE.includes(job.state))
      .toSorted((a, b) => ACTIVE.indexOf(a.state) - ACTIVE.indexOf(b.state)),
  );
  /** Colors of the newest jobs, also of those that are about to be deleted. */
  readonly colors: ReadonlyMap<string, number> = $derived(identities(this.#all ?? []));
  readonly more: boolean = $derived((this.#all?.length ?? 0) < this.total);

  /** Keeps asking until the function it gives back is called. */
  follow(): () => void {
    this.#following += 1;
    if (this.#following === 1) void this.#ask();
    return () => {
      this.#following -= 1;
      if (this.#following === 0) clearTimeout(this.#timer);
    };
  }

  /** Jobs that match and are not among those already here: asked of the server, for the list is long. */
  async beyond(query: string): Promise<readonly JobInfo[]> {
    if (query.trim() === '' || !this.more) return [];
    try {
      const { jobs } = await listJobs({ q: query.trim(), limit: PAGE });
      const here = new Set(this.#all?.map((job) => job.id));
      return jobs.filter((job) => !here.has(job.id));
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
      return [];
    }
  }

  showMore(): void {
    this.#pages += 1;
    void this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      const found: JobInfo[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < this.#pages; page++) {
        const answer = await listJobs({ limit: PAGE, cursor });
        found.push(...answer.jobs);
        this.total = answer.total;
        if (!answer.next) break;
        cursor = answer.next;
      }
      this.#all = found;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
    }
  }

  hide(id: string): void {
    this.#hidden = new Set([...this.#hidden, id]);
  }

  unhide(id: string): void {
    this.#hidden = new Set([...this.#hidden].filter((other) => other !== id));
  }

  /** Deletes for good what was hidden before. */
  async remove(id: string): Promise<void> {
    try {
      await deleteJob(id);
      this.#all = this.#all?.filter((job) => job.id !== id) ?? null;
      this.total -= 1;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
    }
    this.unhide(id);
  }

  async #ask(): Promise<void> {
    if (document.visibilityState === 'visible' || this.#all === null) await this.refresh();
    if (this.#following === 0) return;
    const moving = this.#all?.some((job) => MOVING.includes(job.state)) ?? false;
    this.#timer = setTimeout(() => void this.#ask(), moving || this.problem ? SOON : LATER);
  }
}

export const jobList = new JobList();
