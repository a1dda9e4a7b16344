/** The socket as a cursor on the log: it only reads, and after a break it goes on from the last event it saw. */
import { decodeFrames, type Frame } from './frames';

export type Connection = 'connecting' | 'open' | 'lost';

export interface StreamListener {
  frames(frames: Frame[]): void;
  connection(state: Connection): void;
}

/** Pauses between attempts, in milliseconds; the last one repeats. */
const PAUSES = [200, 500, 1000, 2000, 4000];

export class Stream {
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #closed = false;
  readonly #cursors: Map<string, number>;
  readonly #listener: StreamListener;

  constructor(jobs: Iterable<readonly [job: string, after: number]>, listener: StreamListener) {
    this.#cursors = new Map(jobs);
    this.#listener = listener;
    addEventListener('online', this.#retryNow);
    document.addEventListener('visibilitychange', this.#retryNow);
    this.#open();
  }

  /** The last sequence number seen of a job. */
  after(job: string): number {
    return this.#cursors.get(job) ?? 0;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener('online', this.#retryNow);
    document.removeEventListener('visibilitychange', this.#retryNow);
    this.#socket?.close();
    this.#socket = null;
  }

  #url(): string {
    const params = new URLSearchParams();
    for (const [job, after] of this.#cursors) {
      params.append('job', job);
      params.append('after', String(after));
    }
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return `${scheme}://${location.host}/api/v1/stream?${params}`;
  }

  #open(): void {
    this.#listener.connection('connecting');
    const socket = new WebSocket(this.#url());
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      this.#listener.connection('open');
    };
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer && data.byteLength > 0) this.#receive(new Uint8Array(data));
    };
    // An error is always followed by a close.
    socket.onclose = () => {
      if (this.#closed || this.#socket !== socket) return;
      this.#socket = null;
      this.#listener.connection('lost');
      const pause = PAUSES[Math.min(this.#attempts, PAUSES.length - 1)];
      this.#attempts += 1;
      this.#timer = setTimeout(() => this.#open(), pause);
    };
  }

  #receive(message: Uint8Array): void {
    const frames = decodeFrames(message);
    this.#listener.frames(frames);
    for (const { job, events } of frames) {
      const last = events.at(-1)?.seq ?? 0;
      if (last > this.after(job)) this.#cursors.set(job, last);
    }
  }

  #retryNow = (): void => {
    if (this.#closed || this.#socket || document.visibilityState === 'hidden') return;
    clearTimeout(this.#timer);
    this.#open();
  };
}
