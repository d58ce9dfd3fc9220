import { ConfigError } from '../../config/config-error.js';
import { datasetFolder, readDatasetManifest } from '../dataset/manifest.js';
import { readTrainingManifest } from '../selection/training-manifest.js';
import type { ObjectStore } from '../store/object-store.js';
import { publishedVersions, readLatest } from './latest.js';

export type ReleaseKind = 'datasets' | 'training';

/** One file of a release. */
export interface ReleaseFile {
  /** Below the version's prefix. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Key in the store. */
  readonly key: string;
}

/** A published version of a data set or training set: what is handed on. */
export interface Release {
  readonly kind: ReleaseKind;
  readonly name: string;
  readonly version: string;
  readonly contentSha256: string;
  /** Where its versions and their pointer lie. */
  readonly folder: string;
  readonly prefix: string;
  /** What the manifest names: tables first, then documents. The manifest itself is not among them. */
  readonly files: readonly ReleaseFile[];
  readonly manifest: { readonly key: string; readonly body: Buffer };
  /** Versions in the order of their publication. */
  readonly history: readonly string[];
}

export interface ReleaseName {
  /** undefined: whatever of the two has this name. */
  readonly kind?: ReleaseKind | undefined;
  readonly name: string;
  /** undefined: the newest. */
  readonly version?: string | undefined;
}

const RELEASE_NAME = /^(?:(datasets|training)\/)?([a-z0-9][a-z0-9._-]*)(?:@([a-z0-9][a-z0-9._-]*))?$/;

/** Reads `NAME`, `NAME@VERSION` or `training/NAME@VERSION`. Throws ConfigError. */
export function parseReleaseName(text: string): ReleaseName {
  const [, kind, name, version] = RELEASE_NAME.exec(text) ?? [];
  if (name === undefined)
    throw new ConfigError('the command', [
      {
        path: '',
        message: `expected NAME or NAME@VERSION, with "datasets/" or "training/" before it if need be, found "${text}"`,
      },
    ]);
  return { kind: kind as ReleaseKind | undefined, name, version };
}

/**
 * A published version with every file that its manifest names. Throws ConfigError that lists what there is, StoreError, or Error when the
 * manifest is none.
 */
export async function readRelease(store: ObjectStore, wanted: ReleaseName): Promise<Release> {
  const kind = wanted.kind ?? (await kindOf(store, wanted.name));
  const folder = `${kind}/${wanted.name}`;
  const latest = await readLatest(store, folder);
  const version = wanted.version ?? latest?.version ?? (await publishedVersions(store, folder)).at(-1);
  const manifest = version === undefined ? undefined : await readManifest(store, kind, { name: wanted.name, version });
  if (manifest === undefined || version === undefined) throw await unknownRelease(store, { ...wanted, kind });
  const prefix = `${folder}/${version}`;
  const key = `${prefix}/manifest.json`;
  return {
    ...{ kind, name: wanted.name, version, folder, prefix, contentSha256: manifest.contentSha256 },
    files: manifest.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256, key: `${prefix}/${path}` })),
    manifest: { key, body: Buffer.from((await store.get(key)) ?? '') },
    history: latest?.history ?? [],
  };
}

const readManifest = (store: ObjectStore, kind: ReleaseKind, { name, version }: { name: string; version: string }) =>
  kind === 'datasets' ? readDatasetManifest(store, name, version) : readTrainingManifest(store, { name, version });

async function kindOf(store: ObjectStore, name: string): Promise<ReleaseKind> {
  const [datasets, training] = await Promise.all([
    publishedVersions(store, datasetFolder(name)),
    publishedVersions(store, `training/${name}`),
  ]);
  if (datasets.length > 0 && training.length > 0)
    throw new ConfigError('the command', [
      {
        path: '',
        message: `expected "datasets/${name}" or "training/${name}": there are both, a data set and a training set of this name`,
      },
    ]);
  return training.length > 0 ? 'training' : 'datasets';
}

async function unknownRelease(store: ObjectStore, { kind, name, version }: ReleaseName): Promise<ConfigError> {
  const versions = await publishedVersions(store, `${kind}/${name}`);
  const message =
    versions.length > 0
      ? `expected a published version of "${name}" (${versions.join(', ')}), found "${version ?? ''}"`
      : `expected a data set or training set that is published in ${store.description}, found "${name}"`;
  return new ConfigError('the command', [{ path: '', message }]);
}

/** The card of a release, or undefined for one from before there were cards. */
export const cardOf = ({ files }: Release): ReleaseFile | undefined => files.find(({ path }) => path === 'README.md');
