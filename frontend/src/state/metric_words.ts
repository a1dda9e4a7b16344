/** The word for a metric: short where there is a short one, its name where there is none. */
import { wordFor } from '../i18n/index.svelte';

export function metricWord(name: string): string {
  return wordFor(`metric.short.${name}`, wordFor(`metric.${name}`, name));
}
