import { join } from 'node:path';
import type { Deployment } from '../../../config/deployment.js';
import { ConfigError } from '../../../config/config-error.js';
import { fileHash } from '../../dataset/published-file.js';
import type { ModelManifest, ModelRef } from '../../models/model-manifest.js';
import { readModelManifest } from '../../models/model-registry.js';
import { hashCheckpoint, hubWeightsHash, type HashOptions } from '../../models/weights.js';
import type { ObjectStore } from '../../store/object-store.js';

/** Where the weights of a base lie, as jobs see them. */
export type BaseCheckpoint = ({ readonly directory: string } | { readonly hub: string; readonly revision: string }) & {
  /** File of the chat template to train with, in place of the model's own. */
  readonly chatTemplate?: string | undefined;
};

export interface BaseCheckpoints {
  /** Names the weights by their content; hashes of large files are remembered in the work directory. Throws ConfigError or CheckpointMissing. */
  identify(base: BaseRef, options: HashOptions & { readonly workDirectory: string }): Promise<ModelManifest['base']>;
  /** Where the weights lie. Throws ConfigError when deployment or store no longer have them. */
  locate(base: ModelManifest['base']): Promise<BaseCheckpoint>;
  /** SHA-256 of the chat template that is put in place of the model's own; null: none is. */
  templateHash(base: ModelManifest['base']): Promise<string | null>;
}

export type BaseRef = { readonly model: string } | { readonly student: ModelRef };

export interface BaseCheckpointDependencies {
  readonly store: ObjectStore;
  readonly models: Deployment['models'];
}

/** Models of the deployment and registered students, as something to train from. */
export function createBaseCheckpoints({ store, models }: BaseCheckpointDependencies): BaseCheckpoints {
  async function identify(
    base: BaseRef,
    { workDirectory, ...options }: HashOptions & { readonly workDirectory: string },
  ): Promise<ModelManifest['base']> {
    if ('student' in base) {
      const { name, version, weightsSha256 } = await registered(base.student);
      return { kind: 'student', name, version, weightsSha256 };
    }
    const { directory, hub, revision } = configured(base.model);
    if (directory === undefined) {
      const weightsSha256 = hubWeightsHash(hub ?? '', revision ?? '');
      return { kind: 'model', name: base.model, weightsSha256 };
    }
    const cacheFile = join(workDirectory, 'weights', `${base.model}.json`);
    const { weightsSha256 } = await hashCheckpoint(directory, { ...options, cacheFile });
    return { kind: 'model', name: base.model, weightsSha256 };
  }

  async function locate(base: ModelManifest['base']): Promise<BaseCheckpoint> {
    // A student's checkpoint has the chat template that it was trained with.
    if (base.kind === 'student') return { directory: (await registered(base)).checkpoint.directory };
    const { directory, hub = '', revision = '', chatTemplate } = configured(base.name);
    return { ...(directory === undefined ? { hub, revision } : { directory }), chatTemplate };
  }

  async function templateHash(base: ModelManifest['base']): Promise<string | null> {
    const { chatTemplate } = await locate(base);
    if (chatTemplate === undefined) return null;
    return fileHash(chatTemplate).catch((error: unknown) => {
      throw new ConfigError(
        'the deployment',
        [{ path: `models.${base.name}.chatTemplate`, message: `can not be read: ${(error as Error).message}` }],
        { cause: error },
      );
    });
  }

  function configured(name: string): Deployment['models'][string] {
    const model = models[name];
    if (model) return model;
    const known = Object.keys(models).sort().join(', ') || 'it has none';
    const message = `expected the name of a model of the deployment (${known}), found "${name}"`;
    throw new ConfigError('the student', [{ path: 'base.model', message }]);
  }

  async function registered(model: ModelRef): Promise<ModelManifest> {
    const manifest = await readModelManifest(store, model);
    if (manifest) return manifest;
    const message = `expected a registered student: ${model.name} ${model.version} is not in ${store.description}; train it first`;
    throw new ConfigError('the student', [{ path: 'base.student', message }]);
  }

  return { identify, locate, templateHash };
}
