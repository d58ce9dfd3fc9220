import { join, resolve } from 'node:path';
import type { DatasetManifest } from '../activities/dataset/manifest.js';
import { versionFiles, type VersionFiles } from '../activities/report/version-files.js';
import type { ObjectStore } from '../activities/store/object-store.js';
import type { StoreConfig } from '../config/deployment.js';
import { cotmillHome } from './stack/home.js';

/** Local files of versions: those of a store of files are read where they lie, others are kept in COTMILL_HOME/cache. */
export function keptFiles(store: ObjectStore, config: StoreConfig): (manifest: DatasetManifest) => VersionFiles {
  const storeDirectory = config.kind === 'file' ? resolve(config.directory) : undefined;
  const cacheDirectory = join(cotmillHome(), 'cache', 'datasets');
  return (manifest) => versionFiles({ store, manifest, storeDirectory, cacheDirectory });
}
