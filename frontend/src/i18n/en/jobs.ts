/** Words of Home and of the list of jobs. */
export const jobs = {
  'home.title': 'See every number a network computes.',
  'home.lead': 'Train a net, watch it, take one step at a time. Each picture is drawn from what torch computed.',
  'home.open': 'Open',
  'home.training': 'Watch a net learn, pause it, change it',
  'home.recipes': 'Recipes',
  'home.recipesLead': 'Named starting points. Each is a spec that you can change.',
  'home.running': 'Running',
  'home.nothingRuns': 'No job runs now.',
  'home.newJob': 'New job',
  'home.keys': 'keys',
  'home.rest': 'Every page is also a REST call',
  'jobs.title': 'Jobs',
} as const;
