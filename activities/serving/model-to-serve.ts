import type { ModelRef } from '../models/model-manifest.js';
import type { HashOptions } from '../models/weights.js';
import type { BaseCheckpoints } from '../training/jobs/base-checkpoint.js';
import type { ModelToServe } from './served-model.js';
import { placeOf, type ServingDependencies } from './server-place.js';

const HASH_DIGITS = 12;

/** Which model is wanted, where and by whom. */
export interface ServingRequest {
  /** A model of the deployment, or a registered student. */
  readonly model: { readonly model: string } | { readonly student: ModelRef };
  /** Name of the server of the deployment. */
  readonly server: string;
  /** Who wants it, for the name of the job. */
  readonly owner: string;
}

/** Name of a model in requests: other weights are another model, whose answers must be asked anew. */
export const servedName = (name: string, weightsSha256: string): string =>
  `${name}-${weightsSha256.slice(0, HASH_DIGITS)}`;

/**
 * Finds the checkpoint of a model and names it by its weights; hashes of large files are remembered. Throws ServingFailed for a server, ConfigError
 * for a model that is not there, CheckpointMissing, StoreError, or the signal's reason.
 */
export function createModelsToServe(dependencies: ServingDependencies & { readonly bases: BaseCheckpoints }) {
  const { bases } = dependencies;
  return async function modelToServe(
    { model, server, owner }: ServingRequest,
    options: HashOptions,
  ): Promise<ModelToServe> {
    const { workDirectory } = placeOf(dependencies, server, 'none').launcher;
    const base = await bases.identify(model, { ...options, workDirectory });
    const { chatTemplate: _template, ...checkpoint } = await bases.locate(base);
    return { server, owner, model: servedName(base.name, base.weightsSha256), checkpoint };
  };
}

export type ModelsToServe = ReturnType<typeof createModelsToServe>;
