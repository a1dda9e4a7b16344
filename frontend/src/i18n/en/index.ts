/** English: the dictionary that fixes which keys exist. */
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

export const en = { ...shell, ...components, ...forms, ...jobs, ...lab, ...labLook, ...labPage, ...labStages, ...panels, ...training } as const;
