import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkOptions } from '../dataset/commit-shard.js';
import { datasetPrefix, readDatasetManifest, type DatasetManifest } from '../dataset/manifest.js';
import { download } from '../dataset/published-file.js';
import type { ChainRow } from '../dataset/rows.js';
import { openDatabase } from '../duckdb/open-database.js';
import { parquetRows } from '../duckdb/sql.js';
import type { ObjectStore } from '../store/object-store.js';

const MEMORY_MIB = 512;
const COLUMNS = [
  'question_id',
  'chain_index',
  'chain_id',
  'question',
  'domain',
  'teacher',
  'reason',
  'thought',
  'solution',
  'original_thought',
  'original_solution',
  'reasoning_valid',
  'difficulty_after',
  'rv',
  'cd',
  'scorer',
  'text_tokens',
] as const satisfies readonly (keyof ChainRow)[];

/** A rollout with its texts. */
export type RolloutRow = Pick<ChainRow, (typeof COLUMNS)[number]>;

export interface ExploredDataset {
  readonly name: string;
  readonly version: string;
}

/** The manifest of what was explored. Throws Error when it is not there. */
export async function exploredManifest(
  store: ObjectStore,
  { name, version }: ExploredDataset,
): Promise<DatasetManifest> {
  const manifest = await readDatasetManifest(store, name, version);
  if (manifest) return manifest;
  throw new Error(`Data set ${name} ${version} is not in ${store.description}: was it deleted? Start the run again.`);
}

/**
 * Every rollout of an exploration, file after file, some thousand at a time: memory stays flat whatever the number. Throws StoreError,
 * PublishedFileDamaged; the signal's reason when aborted.
 */
export async function* rolloutRows(
  store: ObjectStore,
  manifest: DatasetManifest,
  options: WorkOptions,
): AsyncGenerator<readonly RolloutRow[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cotmill-rollouts-'));
  try {
    for (const file of manifest.files.filter(({ kind }) => kind === 'chains')) {
      const path = join(directory, 'chains.parquet');
      const key = `${datasetPrefix(manifest.name, manifest.version)}/${file.path}`;
      await download(store, { key, sha256: file.sha256 }, { path, ...options });
      yield* rowsOf(path, directory, options);
      await rm(path);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function* rowsOf(
  path: string,
  directory: string,
  { signal, heartbeat }: WorkOptions,
): AsyncGenerator<readonly RolloutRow[]> {
  const { connection, close } = await openDatabase({ directory, memoryLimitMiB: MEMORY_MIB, threads: 1, signal });
  try {
    const columns = COLUMNS.map((column) => `"${column}"`).join(', ');
    const result = await connection.stream(`SELECT ${columns} FROM ${parquetRows([path])}`);
    for await (const rows of result.yieldRowObjectJs()) {
      signal.throwIfAborted();
      heartbeat();
      yield rows as unknown as RolloutRow[];
    }
  } finally {
    close();
  }
}
