/** Who computes: worker processes and devices, asked for while anybody looks at the page. */
import { getWorkers } from '../client/http';
import type { Workers } from '../protocol';

/** Milliseconds between two questions: while workers start, and once they are ready. */
const SOON = 700;
const LATER = 5000;

class Crew {
  value = $state.raw<Workers | null>(null);
  reachable = $state(true);
  readonly warming: boolean = $derived(
    this.value !== null && !this.value.workers.some((w) => w.state === 'idle' || w.state === 'busy'),
  );
  #following = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Keeps asking until the function it gives back is called. */
  follow(): () => void {
    this.#following += 1;
    if (this.#following === 1) void this.#ask();
    return () => {
      this.#following -= 1;
      if (this.#following === 0) clearTimeout(this.#timer);
    };
  }

  async #ask(): Promise<void> {
    if (document.visibilityState === 'visible' || this.value === null) {
      try {
        this.value = await getWorkers();
        this.reachable = true;
      } catch {
        this.reachable = false;
      }
    }
    if (this.#following > 0)
      this.#timer = setTimeout(() => void this.#ask(), this.warming || !this.reachable ? SOON : LATER);
  }
}

export const crew = new Crew();
