import type { Deployment } from '../../../config/deployment.js';
import type { TrainingPresets } from '../../../config/training-preset.js';
import type { Launchers } from '../../jobs/open-launchers.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { TrainingJobDependencies } from './activities.js';
import { createBaseCheckpoints } from './base-checkpoint.js';
import { createTrainingPreparation } from './prepare-training.js';
import { createStudentRegistration } from './register-student.js';
import { createTrainingRuns } from './run-training.js';

export interface OpenTraining {
  readonly store: ObjectStore;
  readonly deployment: Pick<Deployment, 'models' | 'trainers'>;
  readonly launchers: Launchers;
  readonly presets: TrainingPresets;
  /** Path of the Python of the set-up; throws when there is none. */
  readonly python: () => string;
}

/** The parts of training, put together for one deployment. */
export function openTraining({ store, deployment, launchers, presets, python }: OpenTraining): TrainingJobDependencies {
  const { models, trainers } = deployment;
  const bases = createBaseCheckpoints({ store, models });
  const runs = createTrainingRuns({ trainers, launchers, bases, python });
  return {
    store,
    launchers,
    runs,
    prepare: createTrainingPreparation({ store, trainers, presets, launchers, bases }),
    register: createStudentRegistration({ store, runs }),
  };
}
