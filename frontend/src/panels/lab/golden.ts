/** Answers that the real server gave, for the tests of this folder. */
import { readFileSync } from 'node:fs';
import type { Answer } from './trace';

export function golden(name: 'broadcast' | 'views' | 'products' | 'stretched' | 'overwritten' | 'dot' | 'found'): Answer {
  const url = new URL(`../../../../tests/golden/lab_${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Answer;
}
