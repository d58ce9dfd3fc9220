import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetPrefix, type DatasetManifest } from '../dataset/manifest.js';
import { jsonDocument, readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { download, fileHash } from '../dataset/published-file.js';
import { picksKey, selectionKey, type Selection, type TrainingFile, type TrainingRef } from './training-set.js';

/** Copies the chain metadata of a data set into a directory. Throws PublishedFileDamaged or StoreError. */
export async function fetchMetadata(
  store: ObjectStore,
  manifest: Pick<DatasetManifest, 'name' | 'version' | 'files'>,
  { directory, signal }: { readonly directory: string; readonly signal: AbortSignal },
): Promise<string[]> {
  const prefix = datasetPrefix(manifest.name, manifest.version);
  const paths: string[] = [];
  for (const { kind, path, sha256 } of manifest.files) {
    if (kind !== 'metadata') continue;
    const local = join(directory, `metadata-${paths.length}.parquet`);
    await download(store, { key: `${prefix}/${path}`, sha256 }, { path: local, signal });
    paths.push(local);
  }
  return paths;
}

/** Writes `picks.parquet` from a local file, and `selection.json`. */
export async function storeSelection(store: ObjectStore, selection: Selection, picks: string): Promise<TrainingFile[]> {
  await store.putFile(picksKey(selection), picks);
  const body = Buffer.from(jsonDocument(selection));
  await store.put(selectionKey(selection), body);
  const { size: bytes } = await stat(picks);
  const rows = selection.counts.selected.chains;
  const sha256 = createHash('sha256').update(body).digest('hex');
  return [
    { path: 'picks.parquet', kind: 'picks', bytes, rows, sha256: await fileHash(picks) },
    { path: 'selection.json', kind: 'selection', bytes: body.length, rows: null, sha256 },
  ];
}

/** `selection.json` of a version. Throws StoreError, or Error when there is none. */
export async function readSelection(store: ObjectStore, training: TrainingRef): Promise<Selection> {
  const key = selectionKey(training);
  const found = await readJson<Selection>(store, key);
  if (!found) throw new Error(`There is no ${key} in ${store.description}, which belongs to a published training set.`);
  return found;
}
