/** Chinese: the same keys, or it does not compile. */
import type { en } from '../en';
import { components } from './components';
import { forms } from './forms';
import { jobs } from './jobs';
import { lab } from './lab';
import { labLook } from './labLook';
import { labPage } from './labPage';
import { labStages } from './labStages';
import { panels } from './panels';
import { shell } from './shell';
import { training } from './training';

export const zh: Record<keyof typeof en, string> = { ...shell, ...components, ...forms, ...jobs, ...lab, ...labLook, ...labPage, ...labStages, ...panels, ...training };
