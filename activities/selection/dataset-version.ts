import { ConfigError } from '../../config/config-error.js';
import { datasetFolder, readDatasetManifest, type DatasetManifest } from '../dataset/manifest.js';
import { newestVersion, publishedBelow, publishedVersions } from '../publication/latest.js';
import { naturalOrder } from '../publication/natural-order.js';
import type { ObjectStore } from '../store/object-store.js';

/** A data set as people name it; without a version the newest one is meant. */
export interface DatasetRef {
  readonly name: string;
  readonly version?: string | undefined;
}

/** The manifest of a published version. Throws ConfigError that lists what there is, StoreError, or Error when it is no manifest. */
export async function publishedDataset(store: ObjectStore, { name, version }: DatasetRef): Promise<DatasetManifest> {
  const wanted = version ?? (await newestVersion(store, datasetFolder(name)));
  const manifest = wanted === undefined ? undefined : await readDatasetManifest(store, name, wanted);
  if (manifest) return manifest;
  const path = version === undefined ? 'dataset.name' : 'dataset.version';
  throw new ConfigError('data set', [{ path, message: await missing(store, { name, version }) }]);
}

async function missing(store: ObjectStore, { name, version }: DatasetRef): Promise<string> {
  const versions = await publishedVersions(store, datasetFolder(name));
  if (versions.length > 0)
    return `expected a published version of "${name}" (${versions.join(', ')}), found "${version ?? ''}"`;
  const names = await publishedNames(store);
  return `expected a published data set of ${store.description} (${names.join(', ') || 'there is none'}), found "${name}"`;
}

async function publishedNames(store: ObjectStore): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name } of publishedBelow(store, 'datasets')) found.add(name);
  return [...found].sort(naturalOrder);
}
