import { createServingActivities, type ServingActivitiesDependencies } from './serving/activities.js';
import type { Answerers } from './serving/answerers.js';
import { createTrainingJobActivities, type TrainingJobDependencies } from './training/jobs/activities.js';
import { createOwnAnswerActivities } from './training/own-answers/activities.js';

export interface LauncherActivitiesDependencies {
  readonly training: TrainingJobDependencies;
  readonly serving: ServingActivitiesDependencies;
  readonly answerers: Answerers;
}

/** Activities of the duty `jobs`: trainings, servers, and what is asked of models that are served for it. */
export const createLauncherActivities = ({ training, serving, answerers }: LauncherActivitiesDependencies) => ({
  ...createTrainingJobActivities(training),
  ...createServingActivities(serving),
  ...createOwnAnswerActivities({ ...training, answerers }),
});
