/** Which theme holds now: the system's, unless the person has chosen one. */
import { palettes, type Palette } from './palette';
import type { Theme } from './colormaps';

export type ThemeChoice = Theme | 'system';

const dark = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;
const still = typeof matchMedia === 'function' ? matchMedia('(prefers-reduced-motion: reduce)') : null;

function stored(): ThemeChoice {
  const value = document.documentElement.dataset.theme;
  return value === 'light' || value === 'dark' ? value : 'system';
}

class Appearance {
  choice = $state<ThemeChoice>(stored());
  #systemDark = $state(dark?.matches ?? false);
  /** People who ask for less motion get pictures that swap rather than travel. */
  reducedMotion = $state(still?.matches ?? false);

  readonly theme: Theme = $derived(this.choice === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.choice);
  readonly palette: Palette = $derived(palettes[this.theme]);

  constructor() {
    dark?.addEventListener('change', (event) => (this.#systemDark = event.matches));
    still?.addEventListener('change', (event) => (this.reducedMotion = event.matches));
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    const root = document.documentElement;
    if (choice === 'system') delete root.dataset.theme;
    else root.dataset.theme = choice;
    try {
      if (choice === 'system') localStorage.removeItem('theme');
      else localStorage.setItem('theme', choice);
    } catch {
      // Storage may be forbidden; the choice then lasts for this page.
    }
  }

  toggle(): void {
    this.choose(this.theme === 'dark' ? 'light' : 'dark');
  }
}

export const appearance = new Appearance();
