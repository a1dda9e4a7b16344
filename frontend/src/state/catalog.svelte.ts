/** What can be chosen: recipes, entries and the JSON Schema of a spec, asked for once. */
import { getCatalog } from '../client/http';
import { RequestProblem } from '../client/problem';
import { words } from '../i18n/index.svelte';
import type { Catalog, Entry, Recipe, Text } from '../protocol';

class Choices {
  value = $state.raw<Catalog | null>(null);
  problem = $state.raw<RequestProblem | null>(null);
  #asked: Promise<void> | null = null;

  /** Loads the catalog the first time; later calls cost nothing. */
  load(): Promise<void> {
    this.#asked ??= this.#ask();
    return this.#asked;
  }

  async #ask(): Promise<void> {
    try {
      this.value = await getCatalog();
      this.problem = null;
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      this.problem = error;
      this.#asked = null;
    }
  }

  recipe(name: string | null): Recipe | null {
    return this.value?.recipes.find((recipe) => recipe.name === name) ?? null;
  }

  entry(kind: string, folder?: string): Entry | null {
    const entries = this.value?.entries ?? {};
    const lists = folder ? [entries[folder] ?? []] : Object.values(entries);
    return lists.flat().find((entry) => entry.kind === kind) ?? null;
  }
}

export const catalog = new Choices();

/** A text of the catalog in the person's language. */
export function say(text: Text): string {
  return text[words.language];
}
