/** Ready snippets of every family, in all five dialects. */
import type { Example, Family } from './example';
import { keras } from './keras';
import { mxnet } from './mxnet';
import { numpy } from './numpy';
import { tensorflow } from './tensorflow';
import { torch } from './torch';

export type { Example, Family };

/** In the order of a course. */
export const FAMILIES: readonly Family[] = ['broadcast', 'creation', 'shape', 'indexing', 'memory', 'reduction', 'contraction', 'activation', 'loss', 'autograd', 'layers', 'training', 'drawing', 'mistakes'];

export const examples: readonly Example[] = [...torch, ...numpy, ...tensorflow, ...mxnet, ...keras];

export const first = examples[0]!;
