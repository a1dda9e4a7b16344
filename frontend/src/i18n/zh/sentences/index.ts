/** Chinese lines for what the server says, by the part of it that says them; a chunk of its own. */
import type { Lines } from '../../sentences';
import findings from './findings.json';
import jobs from './jobs.json';
import lab from './lab.json';
import requests from './requests.json';
import training from './training.json';

export { default as parts } from './parts.json';

export const lines: Lines = { ...findings, ...jobs, ...lab, ...requests, ...training };
