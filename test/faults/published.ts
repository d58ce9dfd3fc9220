import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDatasetManifest, type DatasetManifest } from '../../activities/dataset/manifest.js';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { readParquet } from '../support/read-parquet.js';

/** What a published version holds, counted in its Parquet files. */
export interface Published {
  readonly manifest: DatasetManifest;
  /** sha256 of every table's bytes as they lie in the store, by path. */
  readonly tables: Readonly<Record<string, string>>;
  readonly questions: number;
  readonly failed: number;
  /** Rows beyond the first of their identity, over the tables data, questions, chains and metadata. */
  readonly duplicates: number;
}

const IDENTITY = {
  data: 'question_id',
  questions: 'question_id',
  chains: '(question_id, chain_index)',
  metadata: '(question_id, chain_index)',
} as const;

/** Downloads a version's tables into a directory and counts. Throws when the bytes are not those that the manifest names. */
export async function readPublished(
  store: ObjectStore,
  version: { readonly name: string; readonly version: string },
  directory: string,
): Promise<Published> {
  const manifest = await readDatasetManifest(store, version.name, version.version);
  if (!manifest) throw new Error(`${version.name} ${version.version} is not published`);
  const tables: Record<string, string> = {};
  let duplicates = 0;
  for (const file of manifest.files.filter(({ rows }) => rows !== null)) {
    const body = await store.get(`datasets/${version.name}/${version.version}/${file.path}`);
    if (!body) throw new Error(`${file.path} is named by the manifest and is not there`);
    const hash = createHash('sha256').update(body).digest('hex');
    if (hash !== file.sha256) throw new Error(`${file.path}: the manifest names ${file.sha256}, its bytes are ${hash}`);
    tables[file.path] = hash;
    const folder = join(directory, file.kind);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file.path.replaceAll('/', '-')), body);
  }
  for (const [kind, identity] of Object.entries(IDENTITY))
    duplicates += await count(directory, kind, `count(*) - count(DISTINCT ${identity})`);
  return {
    manifest,
    tables,
    questions: await count(directory, 'questions', 'count(DISTINCT question_id)'),
    failed: await count(directory, 'questions', "count(*) FILTER (outcome = 'failed')"),
    duplicates,
  };
}

async function count(directory: string, kind: string, expression: string): Promise<number> {
  const [row] = await readParquet(join(directory, kind, '*.parquet'), `SELECT ${expression} AS n FROM file`);
  return Number(row?.['n']);
}
