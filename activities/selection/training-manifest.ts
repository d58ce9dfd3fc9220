import { createHash } from 'node:crypto';
import { canonicalJson } from '../../config/canonical-json.js';
import type { TrainingSet } from '../../config/training-set.js';
import { contentHash } from '../dataset/manifest.js';
import { pointLatest } from '../publication/latest.js';
import { jsonDocument, readSchemaOne } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import {
  trainingFolder,
  trainingManifestKey,
  type DatasetVersion,
  type TrainingFile,
  type TrainingManifest,
  type TrainingRef,
} from './training-set.js';

/** A version exists and is something else. Another version is needed; trying again does not help. */
export class TrainingSetExists extends Error {
  override name = 'TrainingSetExists';
}

/** Identity of what was asked for. */
export const specHash = (spec: TrainingSet): string => createHash('sha256').update(canonicalJson(spec)).digest('hex');

/** The manifest of a version, or undefined when it is not published. Throws StoreError, or Error when the object is no manifest. */
export async function readTrainingManifest(
  store: ObjectStore,
  ref: TrainingRef,
): Promise<TrainingManifest | undefined> {
  return readSchemaOne(store, trainingManifestKey(ref));
}

/** What a training set follows from. */
export interface TrainingInputs {
  readonly dataset: DatasetVersion;
  readonly specSha256: string;
}

/**
 * Whether a published version is the one asked for: drawn from the same content in the same way it is the same, and need not be made again.
 * Throws TrainingSetExists when it is another one, so that nothing below it is ever overwritten.
 */
export function isPublished(
  existing: TrainingManifest | undefined,
  inputs: TrainingInputs,
): existing is TrainingManifest {
  if (!existing) return false;
  const differences = [
    ...(existing.specSha256 === inputs.specSha256 ? [] : ['it was asked for with other settings']),
    ...(sameDataset(existing.dataset, inputs.dataset) ? [] : [datasetDifference(existing.dataset, inputs.dataset)]),
  ];
  if (differences.length === 0) return true;
  throw new TrainingSetExists(
    `Training set ${existing.name} ${existing.version} is published already and is another one: ${differences.join('; ')}. Nothing was overwritten. Choose another "version".`,
  );
}

const sameDataset = (a: DatasetVersion, b: DatasetVersion): boolean =>
  a.name === b.name && a.version === b.version && a.contentSha256 === b.contentSha256;

function datasetDifference(there: DatasetVersion, here: DatasetVersion): string {
  const said = ({ name, version, contentSha256 }: DatasetVersion): string =>
    `${name} ${version} (content ${contentSha256.slice(0, 12)})`;
  return `it was drawn from ${said(there)}, this one from ${said(here)}`;
}

export interface TrainingPublication extends TrainingInputs {
  readonly training: TrainingRef;
  readonly files: readonly TrainingFile[];
}

/** Publishes by one write and moves the pointer `latest`. The same again is a no-op; of two racers one writes. Throws TrainingSetExists. */
export async function publishTrainingSet(
  store: ObjectStore,
  { training, dataset, specSha256, files }: TrainingPublication,
): Promise<{ readonly manifest: TrainingManifest; readonly published: 'new' | 'unchanged' }> {
  const built: TrainingManifest = {
    schema: 1,
    ...training,
    dataset,
    specSha256,
    contentSha256: contentHash(files),
    files,
  };
  const isNew = await store.putIfAbsent(trainingManifestKey(training), Buffer.from(jsonDocument(built)));
  const existing = isNew ? undefined : await readTrainingManifest(store, training);
  const manifest = isPublished(existing, { dataset, specSha256 }) ? existing : built;
  await pointLatest(store, trainingFolder(training.name), training.version);
  return { manifest, published: isNew ? 'new' : 'unchanged' };
}
