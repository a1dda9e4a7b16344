/** The stages of any operation: one builder for each kind of explanation. */
import { isLarge, speaksOf } from '../looked';
import { explained } from '../relations';
import type { Stage } from '../scene';
import { contractionStages } from './contraction';
import { elementwiseStages } from './elementwise';
import { autogradStages, normalizationStages, optimizerStages, plainStages } from './layers';
import { largeStages } from './large';
import { lossStages } from './losses';
import { movementStages } from './movement';
import type { Ask } from './placing';
import { activationStages, creationStages, curveStages } from './plots';
import { reductionStages } from './reduction';
import { inplaceStages } from './writing';

export type { Ask } from './placing';

export function stagesOf(ask: Ask): Stage[] {
  const stages = ownStages(ask);
  const closely = closelyStages(ask).filter((stage) => stages.length === 0 || stage.name === 'closely');
  return stages.length + closely.length > 0 ? [...stages, ...closely] : plainStages(ask);
}

/** Above the sizes that the trace holds in full: the part around the chosen cell. */
function closelyStages(ask: Ask): Stage[] {
  const type = explained(ask.op).type;
  if (type === 'contraction' || type === 'window' || !isLarge(ask.answer, ask.op)) return [];
  return speaksOf(ask.looked, ask.answer, ask.op) ? largeStages(ask, ask.looked) : [];
}

function ownStages(ask: Ask): Stage[] {
  const ex = explained(ask.op);
  switch (ex.type) {
    case 'elementwise': {
      const curve = (ask.op.explanation as { curve?: string }).curve;
      const drawn = curve ? curveStages(ask, curve) : [];
      return drawn.length > 0 ? drawn : elementwiseStages(ask);
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
    case 'normalization':
      return normalizationStages(ask);
    case 'autograd':
      return autogradStages(ask);
    case 'optimizer':
      return optimizerStages(ask);
    case 'creation':
    case 'random':
      return creationStages(ask);
    default:
      return plainStages(ask);
  }
}

/** Whether an operation of that kind is worth its place among the others of a statement: questions are answered beside the code. */
export const isDrawn = (type: string | undefined): boolean => type !== undefined && type !== 'query';
