/** How deep each recipe's net is: its layers with weights, as the server outlines them. */
import { outline } from '../client/http';
import { RequestProblem } from '../client/problem';
import type { Outline, Recipe } from '../protocol';

export interface Level {
  /** Null: the net depends on data that is still to be given. */
  depth: number | null;
  recipes: Recipe[];
}

/** Layers that carry a matrix or kernels; the scale and shift of a normalization do not make a net deeper. */
export function depthOf({ layers }: Pick<Outline, 'layers'>): number {
  return layers.filter((layer) => (layer.parameters ?? 0) > 0 && !layer.kind.includes('Norm')).length;
}

class Depths {
  #known = $state.raw<Readonly<Record<string, number | null>>>({});
  #asked = false;

  async load(recipes: readonly Recipe[]): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const found = await Promise.all(
      recipes.map(async (recipe): Promise<[string, number | null]> => {
        // Without its file a table has no columns, and so the net no shape.
        if ((recipe.spec.dataset as { upload?: string }).upload === '') return [recipe.name, null];
        try {
          return [recipe.name, depthOf(await outline(recipe.spec))];
        } catch (error) {
          if (!(error instanceof RequestProblem)) throw error;
          return [recipe.name, null];
        }
      }),
    );
    this.#known = Object.fromEntries(found);
  }

  /** From the surface down, empty depths included; recipes of unknown depth last. */
  levels(recipes: readonly Recipe[]): Level[] {
    const placed = recipes.filter((recipe) => typeof this.#known[recipe.name] === 'number');
    const deepest = Math.max(0, ...placed.map((recipe) => this.#known[recipe.name]!));
    const levels: Level[] = Array.from({ length: deepest }, (_, i) => ({
      depth: i + 1,
      recipes: placed.filter((recipe) => this.#known[recipe.name] === i + 1),
    }));
    const unknown = recipes.filter((recipe) => this.#known[recipe.name] === null);
    if (unknown.length > 0) levels.push({ depth: null, recipes: unknown });
    return levels;
  }
}

export const depths = new Depths();
