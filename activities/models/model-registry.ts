import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pointLatest, publishedVersions } from '../publication/latest.js';
import { jsonDocument } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { modelFolder, ModelManifest, modelManifestKey, type ModelRef, type TrainedStudent } from './model-manifest.js';

/** A version is registered and is another training. Another version is needed; trying again does not help. */
export class ModelExists extends Error {
  override name = 'ModelExists';
}

/** A small file beside a manifest. */
export type ModelDocument = { readonly path: string } & ({ readonly text: string } | { readonly localPath: string });

/** Holds the versions of a model, and `latest.json`. */
export const modelVersionsFolder = (name: string): string => `models/${name}`;

/** The manifest of a model, or undefined when it is not registered. Throws StoreError, or Error when the object is no manifest. */
export async function readModelManifest(store: ObjectStore, model: ModelRef): Promise<ModelManifest | undefined> {
  const key = modelManifestKey(model);
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  const where = `${key} in ${store.description}`;
  try {
    return ModelManifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new Error(
      `${where} is no manifest of a model of schema 1: it is damaged, or was written by another version of cotmill.`,
      { cause },
    );
  }
}

/** Registered versions of a model in the order of their names, v9 before v10. */
export const modelVersions = (store: ObjectStore, name: string): Promise<string[]> =>
  publishedVersions(store, modelVersionsFolder(name));

/** What tells one training from another. */
export type TrainingIdentity = Pick<
  ModelManifest,
  'name' | 'version' | 'method' | 'base' | 'training' | 'settings' | 'trainingSha256'
>;

/**
 * Whether a registered version is the training that is asked for, so that it need not be done again. Throws ModelExists, naming the differences,
 * when it is another one: nothing that is registered is ever overwritten.
 */
export function isRegistered(existing: ModelManifest | undefined, asked: TrainingIdentity): existing is ModelManifest {
  if (!existing) return false;
  if (existing.trainingSha256 === asked.trainingSha256) return true;
  throw new ModelExists(
    `Model ${existing.name} ${existing.version} was registered by run ${existing.run} and is another training: ${differences(existing, asked).join('; ')}. ` +
      'Nothing was overwritten. Choose another "version" of the student in the recipe.',
  );
}

function differences(there: TrainingIdentity, here: TrainingIdentity): string[] {
  const base = ({ base: { name, weightsSha256 } }: TrainingIdentity) =>
    `${name} (weights ${weightsSha256.slice(0, 12)})`;
  const data = ({ training: { name, version, contentSha256, set, view, control } }: TrainingIdentity) =>
    `${name} ${version} ${set} ${view}${control === 'none' ? '' : ` with ${control}`} (content ${contentSha256.slice(0, 12)})`;
  const found = [
    ...changed('method', [there.method, here.method]),
    ...changed('base', [base(there), base(here)]),
    ...changed('data', [data(there), data(here)]),
    ...[...new Set([...Object.keys(there.settings), ...Object.keys(here.settings)])].sort().flatMap((field) => {
      const key = field as keyof typeof there.settings;
      return changed(`settings.${field}`, [JSON.stringify(there.settings[key]), JSON.stringify(here.settings[key])]);
    }),
  ];
  return found.length > 0
    ? found
    : ['it was trained by another kind of trainer, on another number of devices, or with another chat template'];
}

const changed = (what: string, [there, here]: readonly [string | undefined, string | undefined]): string[] =>
  there === here ? [] : [`${what} ${there ?? 'none'}, now ${here ?? 'none'}`];

/**
 * Registers a model: its documents first, the manifest last, then the pointer to the newest version. The same training again is a no-op; of two
 * racers one writes. Throws ModelExists or StoreError.
 */
export async function registerModel(
  store: ObjectStore,
  built: Omit<ModelManifest, 'files'>,
  documents: readonly ModelDocument[],
): Promise<{ readonly manifest: ModelManifest; readonly published: 'new' | 'unchanged' }> {
  const folder = modelVersionsFolder(built.name);
  const existing = await readModelManifest(store, built);
  if (isRegistered(existing, built)) {
    await pointLatest(store, folder, built.version);
    return { manifest: existing, published: 'unchanged' };
  }
  const files: { path: string; bytes: number; sha256: string }[] = [];
  for (const document of documents) {
    const body = 'text' in document ? Buffer.from(document.text) : await readFile(document.localPath);
    await store.put(`${modelFolder(built)}/${document.path}`, body);
    files.push({ path: document.path, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') });
  }
  const manifest = ModelManifest.parse({ ...built, files });
  const isNew = await store.putIfAbsent(modelManifestKey(built), Buffer.from(jsonDocument(manifest)));
  const winner = isNew ? undefined : await readModelManifest(store, built);
  const stands = isRegistered(winner, built) ? winner : manifest;
  await pointLatest(store, folder, built.version);
  return { manifest: stands, published: isNew ? 'new' : 'unchanged' };
}

/** What a workflow keeps of a registered model. Pure. */
export const trainedStudent = (manifest: ModelManifest, published: TrainedStudent['published']): TrainedStudent => ({
  name: manifest.name,
  version: manifest.version,
  method: manifest.method,
  manifestKey: modelManifestKey(manifest),
  base: manifest.base.name,
  training: { name: manifest.training.name, version: manifest.training.version, view: manifest.training.view },
  weightsSha256: manifest.weightsSha256,
  published,
  result: manifest.result,
});
