/** The word for a metric: of its kind, and what tells it from others of that kind: `top_k(k=2)`. */
import { wordFor } from '../i18n/index.svelte';

const NAME = /^([^(]+)\((.*)\)$/;

export function metricName(name: string): string {
  return worded(name, (kind) => wordFor(`metric.${kind}`, kind));
}

/** Short where there is a short one. */
export function metricWord(name: string): string {
  return worded(name, (kind) => wordFor(`metric.short.${kind}`, wordFor(`metric.${kind}`, kind)));
}

function worded(name: string, wordOf: (kind: string) => string): string {
  const [, kind, fields] = NAME.exec(name) ?? [];
  if (kind === undefined || fields === undefined) return wordOf(name);
  const values = fields.split(' ').map((field) => {
    const [what, value = ''] = field.split('=');
    return /^[\d.]+$/.test(value) ? `${what} = ${value}` : wordFor(`choice.${value}`, value);
  });
  return `${wordOf(kind)} (${values.join(', ')})`;
}
