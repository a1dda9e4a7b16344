/** Icons are components of lucide, 16 px with a stroke of 1.6, and take the color of the text. */
import type Check from '@lucide/svelte/icons/check';

export type Icon = typeof Check;

export const ICON = { size: 16, strokeWidth: 1.6, 'aria-hidden': true } as const;
