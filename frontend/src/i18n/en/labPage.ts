/** Words of the page around an explanation: results beside code, runs of a line, memory, the graph's walk, files. */
export const labPage = {
  'labPage.ran': 'ran {count} {count:time|times}',
} as const;
