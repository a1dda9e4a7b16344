export { drawFigure, type Figure } from './layout';
export { figureRows, figureWords } from './words';
export type { Frame } from './shapes';
