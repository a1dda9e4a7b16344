/** Words of the Training lab. */
export const training = {
  'training.title': 'Training lab',
  'training.tab.spec': 'Spec',
  'training.tab.net': 'Net',
  'training.tab.output': 'Output',
  'training.tab.gradients': 'Gradients',
  'training.tab.code': 'Code',
} as const;
