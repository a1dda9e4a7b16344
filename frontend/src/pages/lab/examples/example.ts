/** What a ready snippet is. */
import type { Dialect } from '../../../panels/lab/trace';

export type Family =
  | 'broadcast' | 'creation' | 'shape' | 'indexing' | 'memory' | 'reduction' | 'contraction' | 'activation' | 'loss' | 'autograd' | 'layers' | 'training' | 'mistakes' | 'drawing';

export interface Example {
  id: string;
  dialect: Exclude<Dialect, 'auto'>;
  family: Family;
  title: { en: string; zh: string };
  source: string;
  watch?: readonly string[];
}

export const code = (text: TemplateStringsArray): string => text.raw[0]!.replace(/^\n/, '').replace(/\n$/, '');
