/** Where something is wrong, in words: `model.layers.0.dropout` as the form says it, "Model › layer 1 › Dropout". */
import { t, wordFor } from './index.svelte';
import { spoken } from './spoken.svelte';

/** The path of a field inside the spec, which may lie inside a larger body. */
export function fieldPath(position: string): string {
  return position.replace(/^(body\.)?(spec\.)?/, '');
}

/** The labels on the way to a field; any other position (a line, a header) in its own words. */
export function positionWords(position: string): string {
  const parts = fieldPath(position).split('.');
  if (wordFor(`field.${parts[0]}`, '') === '') return spoken(position);
  const words: string[] = [];
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1] ?? '';
    if (!/^\d+$/.test(part)) words.push(wordFor(`field.${before}.${part}`, wordFor(`field.${part}`, part.replaceAll('_', ' '))));
    else if (before === 'layers') words.splice(-1, 1, t('net.layer', { index: Number(part) + 1 }));
    else words.push(t('form.row', { place: Number(part) + 1 }));
  }
  return words.join(' › ');
}
