/** Tables that were sent, by id: several fields of a form look at the same one. */
import { getUpload, uploadTable } from '../client/http';
import { RequestProblem } from '../client/problem';
import type { Encoding, Upload } from '../protocol';

class Uploads {
  #known = $state.raw<Readonly<Record<string, Upload>>>({});
  problem = $state.raw<RequestProblem | null>(null);
  busy = $state(false);
  #asked = new Set<string>();

  /** The table of an id, asked for once; null until it is here. */
  get(id: string): Upload | null {
    return this.#known[id] ?? null;
  }

  async load(id: string): Promise<void> {
    if (id === '' || this.#asked.has(id)) return;
    this.#asked.add(id);
    await this.#keep(getUpload(id));
  }

  /** Sends a file; null if it was refused, and `problem` says why. */
  async send(file: File, encoding?: Encoding): Promise<Upload | null> {
    this.busy = true;
    const upload = await this.#keep(uploadTable(file, file.name, encoding));
    this.busy = false;
    return upload;
  }

  async #keep(answer: Promise<Upload>): Promise<Upload | null> {
    try {
      const upload = await answer;
      this.#asked.add(upload.id);
      this.#known = { ...this.#known, [upload.id]: upload };
      this.problem = null;
      return upload;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
      return null;
    }
  }
}

export const uploads = new Uploads();

/** What a column asks for when it is to be predicted. */
export function taskOfColumn({ type, unique }: Upload['columns'][number]): 'binary' | 'multiclass' | 'regression' {
  if (type === 'number') return 'regression';
  return unique === 2 ? 'binary' : 'multiclass';
}
