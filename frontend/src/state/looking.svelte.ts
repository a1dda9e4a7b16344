/** One result cell of the shown operation, told by the server at any size. A newer wish takes an older one's place; the last answer stays until then. */
import { send } from '../client/call';
import { RequestProblem } from '../client/problem';
import type { Looked } from '../panels/lab/looked';
import type { Answer } from '../panels/lab/trace';

export interface Look {
  op: number;
  cell: number[];
}

/** How long to wait after a refusal, in milliseconds. */
const WAIT = 500;

export class Looking {
  looked = $state.raw<Looked | null>(null);
  /** The server had nothing to tell of the cell: the picture does without. */
  inVain = $state(false);

  #session = crypto.randomUUID();
  #asked: AbortController | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #at = '';
  #of: Answer | null = null;

  /** Wants a cell of an answer to be told; asks only where that is not yet known. */
  want(answer: Answer | null, look: Look | null, seed: number): void {
    const at = look ? `${look.op}:${look.cell.join()}` : '';
    if (answer === this.#of && at === this.#at) return;
    this.#of = answer;
    this.#at = at;
    this.close();
    this.inVain = false;
    if (!answer || !look) return;
    // An edit's answer brings the cell that was looked at before it.
    const brought = answer.looked;
    if (brought && brought.op === look.op && brought.cell.join() === look.cell.join()) this.looked = brought;
    else void this.#ask(answer, look, seed);
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#asked?.abort();
    this.#asked = null;
  }

  async #ask(answer: Answer, look: Look, seed: number): Promise<void> {
    const asked = (this.#asked = new AbortController());
    try {
      const response = await send('post', '/api/v1/evaluate', {
        json: { source: answer.source ?? '', setup: '', dialect: answer.dialect as 'torch', seed, watch: [], session: false, trace: false, long: false, look },
        headers: { 'freedive-session': this.#session },
        signal: asked.signal,
      });
      const told = (await response.json()) as Answer;
      if (this.#asked !== asked) return;
      this.looked = told.looked ?? null;
      this.inVain = this.looked === null;
    } catch (error) {
      if (this.#asked !== asked || asked.signal.aborted) return;
      if (!(error instanceof RequestProblem)) throw error;
      if (error.passes) this.#retry = setTimeout(() => void this.#ask(answer, look, seed), WAIT);
      else this.inVain = true;
    }
  }
}
