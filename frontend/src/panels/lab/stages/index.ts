/** The stages of any operation: one builder for each kind of explanation. */
import { explained } from '../relations';
import type { Stage } from '../scene';
import { contractionStages } from './contraction';
import { elementwiseStages } from './elementwise';
import { movementStages } from './movement';
import type { Ask } from './placing';
import { activationStages, creationStages, curveStages, lossStages } from './plots';
import { reductionStages } from './reduction';
import { inplaceStages } from './writing';

export type { Ask } from './placing';

export function stagesOf(ask: Ask): Stage[] {
  const ex = explained(ask.op);
  switch (ex.type) {
    case 'elementwise': {
      const curve = (ask.op.explanation as { curve?: string }).curve;
      return [...elementwiseStages(ask), ...(curve ? curveStages(ask, curve) : [])];
    }
    case 'activation':
      return activationStages(ask);
    case 'movement':
      return movementStages(ask);
    case 'reduction':
      return reductionStages(ask);
    case 'contraction':
    case 'window':
      return contractionStages(ask);
    case 'inplace':
      return inplaceStages(ask);
    case 'loss':
      return lossStages(ask);
    default:
      return ask.op.outputs.length > 0 ? creationStages(ask) : [];
  }
}

/** Whether there is a picture of an operation. */
export const isDrawn = (type: string | undefined): boolean => type !== undefined && type !== 'autograd' && type !== 'query' && type !== 'optimizer';
