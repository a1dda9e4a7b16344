/** What can be undone: one message at a time, for six seconds. */

const SHOWN_MS = 6000;

export interface Offer {
  message: string;
  undo: () => void;
  /** Called once when the time to undo is over. */
  done?: () => void;
}

class Toasts {
  current = $state.raw<Offer | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // Who leaves the page has not undone anything.
    addEventListener('pagehide', () => this.dismiss());
  }

  offer(offer: Offer): void {
    this.dismiss();
    this.current = offer;
    this.resume();
  }

  undo(): void {
    const offer = this.#take();
    offer?.undo();
  }

  dismiss(): void {
    const offer = this.#take();
    offer?.done?.();
  }

  /** Time stands still while a pointer or the focus rests on the message. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), SHOWN_MS);
  }

  #take(): Offer | null {
    clearTimeout(this.#timer);
    const offer = this.current;
    this.current = null;
    return offer;
  }
}

export const toasts = new Toasts();
