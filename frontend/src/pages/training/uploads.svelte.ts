/** Tables that this page knows: sent now, or named by a link and asked for once. */
import { getUpload, uploadTable } from '../../client/http';
import { RequestProblem } from '../../client/problem';
import type { Upload } from '../../protocol';

class Uploads {
  known = $state.raw<Record<string, Upload>>({});
  problem = $state<string | null>(null);
  busy = $state(false);
  #asked = new Set<string>();

  async send(file: File): Promise<Upload | null> {
    this.busy = true;
    this.problem = null;
    try {
      const upload = await uploadTable(file, file.name);
      this.known = { ...this.known, [upload.id]: upload };
      return upload;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error.detail + (error.hint ? ` ${error.hint}` : '');
      return null;
    } finally {
      this.busy = false;
    }
  }

  async ask(id: string): Promise<void> {
    if (!id || this.known[id] || this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      this.known = { ...this.known, [id]: await getUpload(id) };
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error.detail;
    }
  }
}

export const uploads = new Uploads();
