/** Dragging through the past: the curves follow at once, snapshots are asked for one moment at a time, the newest wish wins. */
import type { Watcher } from '../../state/watcher.svelte';

export class Scrubber {
  #wanted: number | null = null;
  #busy: Promise<void> | null = null;

  constructor(private readonly watcher: Pick<Watcher, 'job' | 'freeze' | 'live'>) {}

  /** Shows the page at a step, or live again for null. Settles when the step that was wished for last is shown. */
  seek(step: number | null): Promise<void> {
    this.#wanted = step;
    if (step === null) {
      this.watcher.live();
      return Promise.resolve();
    }
    this.watcher.job.freeze(step);
    this.#busy ??= this.#follow().finally(() => (this.#busy = null));
    return this.#busy;
  }

  async #follow(): Promise<void> {
    while (this.#wanted !== null) {
      const step = this.#wanted;
      await this.watcher.freeze(step);
      if (this.#wanted === step) this.#wanted = null;
    }
  }
}
