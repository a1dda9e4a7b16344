/** The spec under a person's hands, for widgets that must see a neighbouring field. */
import { createContext } from 'svelte';
import type { TrainSpec } from '../../protocol';

export const [currentSpec, setCurrentSpec] = createContext<() => TrainSpec | null>();
