/** English: the dictionary that fixes which keys exist. */
import { components } from './components';
import { forms } from './forms';
import { jobs } from './jobs';
import { lab } from './lab';
import { labPage } from './labPage';
import { panels } from './panels';
import { shell } from './shell';
import { training } from './training';

export const en = { ...shell, ...components, ...forms, ...jobs, ...lab, ...labPage, ...panels, ...training } as const;
