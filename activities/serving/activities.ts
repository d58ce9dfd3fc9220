import { withEffort } from '../activity-context.js';
import type { ModelServers } from './model-servers.js';
import type { ModelsToServe, ServingRequest } from './model-to-serve.js';
import type { ModelToServe, ServedModel } from './served-model.js';

export interface ServingActivitiesDependencies {
  readonly servers: ModelServers;
  readonly modelsToServe: ModelsToServe;
}

/** Activities that serve a model while a workflow needs it, for workers that see the directories of the launchers. */
export function createServingActivities({ servers, modelsToServe }: ServingActivitiesDependencies) {
  /** Finds a checkpoint and names it by its weights. Fails with Input.Invalid, Model.Missing or Serving.Failed. */
  async function modelToServe(request: ServingRequest): Promise<ModelToServe> {
    return withEffort(({ signal, progress }) =>
      modelsToServe(request, { signal, heartbeat: () => progress('reading weights') }),
    );
  }

  /**
   * Starts a server and waits until it answers; a retry finds the one that it has started. Cancelling it ends the job; a worker that stops leaves it to
   * the next one. Fails with Serving.Failed (the end of its output in the message), or Serving.Lost: it may be started for another owner.
   */
  async function startServing(toServe: ModelToServe): Promise<ServedModel> {
    return withEffort(({ signal, cancelled, progress }) =>
      servers.start(toServe, { signal, report: progress, isUnwanted: () => cancelled.aborted }),
    );
  }

  /** Keeps a server until it was stopped, or this is cancelled. Fails with Serving.Lost as soon as the server is gone. */
  async function holdServing(served: ServedModel): Promise<void> {
    return withEffort(({ signal, progress }) => servers.hold(served, { signal, report: progress }));
  }

  /** Ends a server and waits until nothing of it is left. */
  async function stopServing(served: ServedModel): Promise<void> {
    return withEffort(({ progress }) => servers.stop(served, { report: progress }));
  }

  return { modelToServe, startServing, holdServing, stopServing };
}
