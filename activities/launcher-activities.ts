import { createServingActivities, type ServingActivitiesDependencies } from './serving/activities.js';
import type { Answerers } from './serving/answerers.js';
import { createTrainingJobActivities, type TrainingJobDependencies } from './training/jobs/activities.js';
import { createOwnAnswerActivities } from './training/own-answers/activities.js';
import { createPreflightActivities } from './training/preflight/activities.js';
import type { Preflights } from './training/preflight/preflight.js';

export interface LauncherActivitiesDependencies {
  readonly training: TrainingJobDependencies;
  readonly serving: ServingActivitiesDependencies;
  readonly answerers: Answerers;
  readonly preflights: Preflights;
}

/** Activities of the duty `jobs`: trainings, servers, and what is asked of models that are served for it. */
export const createLauncherActivities = ({
  training,
  serving,
  answerers,
  preflights,
}: LauncherActivitiesDependencies) => ({
  ...createTrainingJobActivities(training),
  ...createPreflightActivities(preflights),
  ...createServingActivities(serving),
  ...createOwnAnswerActivities({ ...training, answerers }),
});
