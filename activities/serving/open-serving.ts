import type { Deployment } from '../../config/deployment.js';
import type { Launchers } from '../jobs/open-launchers.js';
import type { ObjectStore } from '../store/object-store.js';
import { createBaseCheckpoints } from '../training/jobs/base-checkpoint.js';
import type { ServingActivitiesDependencies } from './activities.js';
import { createModelServers } from './model-servers.js';
import { createModelsToServe } from './model-to-serve.js';
import type { ServingPrograms } from './server-job.js';

export interface OpenServing {
  readonly store: ObjectStore;
  readonly deployment: Pick<Deployment, 'launchers' | 'servers' | 'models'>;
  readonly launchers: Launchers;
  readonly programs: ServingPrograms;
}

/** The parts of serving, put together for one deployment. */
export function openServing({ store, ...dependencies }: OpenServing): ServingActivitiesDependencies {
  const bases = createBaseCheckpoints({ store, models: dependencies.deployment.models });
  return {
    servers: createModelServers(dependencies),
    modelsToServe: createModelsToServe({ ...dependencies, bases }),
  };
}
