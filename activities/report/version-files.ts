import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetPrefix, type DatasetFile, type DatasetManifest } from '../dataset/manifest.js';
import { download } from '../dataset/published-file.js';
import type { ObjectStore } from '../store/object-store.js';

/** The files of a published version on the local disk, each fetched when it is asked for. */
export interface VersionFiles {
  readonly manifest: DatasetManifest;
  /** Local path of a file. Throws Error when the version has none of that name, PublishedFileDamaged when it is not what the manifest says. */
  local(path: string): Promise<string>;
  /** Files of a kind, in their order. */
  of(kind: DatasetFile['kind']): readonly DatasetFile[];
}

export interface VersionFilesOptions {
  readonly store: ObjectStore;
  readonly manifest: DatasetManifest;
  /** Root of a store of files, whose objects are read where they lie. Others are copied to `cacheDirectory`. */
  readonly storeDirectory?: string | undefined;
  readonly cacheDirectory: string;
}

export function versionFiles({ store, manifest, storeDirectory, cacheDirectory }: VersionFilesOptions): VersionFiles {
  const prefix = datasetPrefix(manifest.name, manifest.version);
  const fetching = new Map<string, Promise<string>>();

  async function local(path: string): Promise<string> {
    const file = manifest.files.find((one) => one.path === path);
    if (!file) throw new Error(`${prefix} has no file ${path}.`);
    if (storeDirectory !== undefined) return join(storeDirectory, prefix, path);
    const started = fetching.get(path) ?? cached(file);
    fetching.set(path, started);
    started.catch(() => fetching.delete(path));
    return started;
  }

  /** Content-addressed, visible when complete: any number of processes may share the cache. */
  async function cached({ path, bytes, sha256 }: DatasetFile): Promise<string> {
    const target = join(cacheDirectory, sha256);
    if ((await stat(target).catch(() => undefined))?.size === bytes) return target;
    await mkdir(cacheDirectory, { recursive: true });
    const partial = `${target}.${process.pid}`;
    try {
      await download(store, { key: `${prefix}/${path}`, sha256 }, { path: partial });
      await rename(partial, target);
    } finally {
      await rm(partial, { force: true });
    }
    return target;
  }

  return {
    manifest,
    local,
    of: (kind) => manifest.files.filter((file) => file.kind === kind).sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
