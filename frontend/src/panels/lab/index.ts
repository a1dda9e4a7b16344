/** What the lab's panels share with the page. */
export { default as Autograd } from './Autograd.svelte';
export { default as Explanation } from './Explanation.svelte';
export { default as Figures } from './Figures.svelte';
export { default as Memory } from './Memory.svelte';
export { default as Values } from './Values.svelte';
