/** What every panel of the Training page is given: the job, what is known of its past, and where the person looks. */
import type { PanelState } from '../components/panel';
import { grouped, shortNumber } from '../components/number';
import { LIVE } from '../components/panel';
import { t } from '../i18n/index.svelte';
import { RequestProblem } from '../client/problem';
import type { Command, JobInfo, SnapshotOf, SnapshotType } from '../protocol';
import type { Job } from '../state/job.svelte';
import type { Watcher } from '../state/watcher.svelte';
import { changesByStep } from './changes';
import type { Note } from './drawing/chart';
import { Focus } from './focus.svelte';
import { History } from './history.svelte';

/** What panels use of a watcher. */
export type Followed = Pick<Watcher, 'job' | 'connection' | 'info' | 'command'>;

/** A picture this many steps, or this share of the job, behind the page says of which step it is. */
const LAG = 10;
const LAG_SHARE = 0.02;

export class Desk {
  readonly focus = new Focus();
  readonly histograms: History<'histograms'>;

  /** Why the last command was refused. */
  refusal = $state.raw<RequestProblem | null>(null);

  constructor(readonly watcher: Followed) {
    this.histograms = new History(watcher.job, 'histograms');
  }

  get job(): Job {
    return this.watcher.job;
  }

  get info(): JobInfo | null {
    return this.watcher.info;
  }

  /** Whether commands can reach the job. */
  get open(): boolean {
    return ['starting', 'running', 'paused'].includes(this.job.state);
  }

  /** The farthest step that a chart has something to show of: a rewind leaves the abandoned part in sight. */
  readonly reach: number = $derived.by(() => {
    void this.job.version;
    return Math.max(this.job.liveStep, ...this.job.abandoned.map((columns) => columns.steps.at(-1) ?? 0));
  });

  /** Tells the job something; a refusal is kept for the page to say. */
  async command(command: Command): Promise<boolean> {
    try {
      await this.watcher.command(command);
      this.refusal = null;
      return true;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.refusal = error;
      return false;
    }
  }

  /** What people did, as dotted rules in the charts: `lr 0.2 → 0.03`. */
  readonly notes: readonly Note[] = $derived.by(() => {
    const { job, info } = this;
    const notes: Note[] = [];
    if (info?.parent && info.parent.step > 0) notes.push({ step: info.parent.step, words: t('note.forked') });
    for (const { step, changes } of changesByStep(job.commands)) {
      const parts = changes.map(({ name, was, now }) => {
        const word = name === 'batch_size' ? t('note.batch') : name.replace('_', ' ');
        return was === null ? `${word} ${shortNumber(now)}` : `${word} ${shortNumber(was)} → ${shortNumber(now)}`;
      });
      notes.push({ step, words: parts.join(', ') });
    }
    for (const event of job.told) if (event.type === 'rewound') notes.push({ step: event.step, words: t('note.rewound') });
    return notes.sort((a, b) => a.step - b.step);
  });

  /** The frame's state for a panel that has something to show or not. */
  status(filled: boolean, empty: string): PanelState {
    const { job } = this;
    if (!filled) {
      // The reason stands once, above the tabs; five panels that repeat it would drown it.
      if (job.failed) return { kind: 'empty', message: t('panel.failedBefore') };
      if (job.frozenStep !== null && job.frozen === null) return { kind: 'loading' };
      return { kind: 'empty', message: empty };
    }
    if (job.frozenStep !== null) return { kind: 'frozen', step: job.frozenStep };
    if (this.watcher.connection === 'lost') return { kind: 'stale', message: t('panel.reconnecting', { step: grouped(job.liveStep) }) };
    if (job.state === 'interrupted') return { kind: 'stale', message: t('panel.interrupted', { step: grouped(job.liveStep) }) };
    return LIVE;
  }

  /** The state for a panel of one snapshot: it names the step that the snapshot is of where that is not the page's. */
  snapshotStatus(type: SnapshotType, empty: string): PanelState {
    const shown: SnapshotOf<SnapshotType> | null = this.job.shown(type);
    const status = this.status(shown !== null, empty);
    if (!shown || (status.kind !== 'frozen' && status.kind !== 'live')) return status;
    const behind = this.job.step - shown.step > Math.max(LAG, this.job.step * LAG_SHARE);
    return status.kind === 'frozen' || behind ? { kind: 'frozen', step: shown.step } : status;
  }
}
