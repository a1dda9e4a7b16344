/** Words of the page around an explanation: results beside code, runs of a line, memory, the graph's walk, files. */
export const labPage = {
  'labPage.ran': 'ran {count} {count:time|times}',
  'labPage.runs': 'Runs of this line',
  'labPage.run': 'line {line}, run',
  'labPage.runBack': 'Previous run',
  'labPage.runOn': 'Next run',
  'labPage.runsHeld': 'the first {count} are recorded',
  'labPage.absent': 'not defined here',
  'labPage.linkInBar': 'The browser does not let this page copy. The address bar holds the link.',
  'labPage.again': 'The code is kept, and runs by itself as soon as it can.',
} as const;
