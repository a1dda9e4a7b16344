/** Every page: its path, its name where it stands in the top bar, and how it is loaded. To add one, add an entry. */
import type { Component } from 'svelte';
import type { PlainKey } from '../i18n/index.svelte';

export interface PageProps {
  /** Parameters of the path, such as `job` in `/training/:job`. */
  params: Record<string, string>;
}

export interface Page {
  pattern: string;
  load: () => Promise<{ default: Component<PageProps> | Component }>;
  /** The word in the top bar and in the window's title. */
  title: PlainKey;
  /** Pages with a path of their own in the top bar, in this order. */
  place?: string;
}

const training = () => import('./Training.svelte');

export const pages: readonly Page[] = [
  { pattern: '/', title: 'nav.home', load: () => import('./Home.svelte') },
  { pattern: '/lab', title: 'nav.lab', place: '/lab', load: () => import('./Lab.svelte') },
  { pattern: '/training', title: 'nav.training', place: '/training', load: training },
  { pattern: '/training/:job', title: 'nav.training', load: training },
  { pattern: '/jobs', title: 'nav.jobs', place: '/jobs', load: () => import('./Jobs.svelte') },
];

export const places = pages.filter((page): page is Page & { place: string } => page.place !== undefined);
