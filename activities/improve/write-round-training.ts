import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewName, type TrainingView } from '../../config/training-view.js';
import type { WorkOptions } from '../dataset/commit-shard.js';
import { createParquetWriter } from '../dataset/parquet.js';
import { download } from '../dataset/published-file.js';
import { partName } from '../numbered-name.js';
import { publishTrainingSet, readTrainingManifest } from '../selection/training-manifest.js';
import {
  trainingPrefix,
  type DatasetVersion,
  type SplitName,
  type TrainingFile,
  type TrainingManifest,
  type TrainingRef,
} from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { putDocuments, putTable } from '../training/put-view.js';
import { fileName, namesBySplit, splitFiles, splitRows, viewTables } from '../training/view-files.js';
import { viewColumns, type ViewRow } from '../training/view-rows.js';
import { createViewTable, type ViewTableFile } from '../training/view-table.js';
import { withTemporaryDirectory } from '../temporary-directory.js';

const ROWS_PER_FILE = 10_000;

export interface RoundTrainingSet {
  readonly training: TrainingRef;
  readonly specSha256: string;
  /** What was explored. */
  readonly dataset: DatasetVersion;
  readonly view: TrainingView;
  /** Training set whose rows of that view come first; null: none. */
  readonly base: TrainingRef | null;
  /** What the round found, in an order that follows from it. */
  readonly rows: AsyncIterable<ViewRow>;
}

/** Rows of a training set, split by split. */
export type RowCounts = Readonly<Record<SplitName, number>>;

/**
 * Publishes the training set of a round: the files of an earlier one as they are, and behind them the new rows. The same again writes the same bytes.
 * Throws TrainingSetExists, StoreError, Error when the earlier one is gone; the signal's reason when aborted.
 */
export async function writeRoundTraining(
  store: ObjectStore,
  set: RoundTrainingSet,
  options: WorkOptions,
): Promise<RowCounts> {
  const { training, base, dataset, specSha256, view } = set;
  const place = { store, training, view: viewName(view) };
  return withTemporaryDirectory(tmpdir(), 'cotmill-round-', async (directory) => {
    const earlier = base ? await earlierTables(store, base, place.view) : [];
    const made = await newTables(set, directory, options);
    const of = splitFiles(earlier, 'train').length + made.length;
    let index = 0;
    const nextName = (): string => partName({ stem: 'train', index: index++, of }, 'parquet');
    const tables: TrainingFile[] = [];
    for (const { key, path, rows, bytes, sha256 } of earlier) {
      const name = splitFiles([{ path }], 'train').length > 0 ? nextName() : fileName(path);
      const localPath = join(directory, 'earlier.parquet');
      await download(store, { key, sha256 }, { path: localPath, ...options });
      tables.push(await putTable(place, { name, localPath, rows: rows ?? 0, bytes, sha256 }));
    }
    for (const file of made) tables.push(await putTable(place, { ...file, name: nextName() }));
    const rows = splitRows(tables);
    const documents = await putDocuments(store, {
      ...{ schema: 1, name: place.view, set: 'default', trainingSet: training, dataset },
      ...{ spec: { ...view, files: ['parquet'] }, rows, leftOut: {}, jsonlWithout: [] },
      files: namesBySplit(tables.map(({ path }) => path)),
    });
    await publishTrainingSet(store, { training, dataset, specSha256, files: [...tables, ...documents] });
    return rows;
  });
}

async function newTables(
  { view, rows }: RoundTrainingSet,
  directory: string,
  { signal, heartbeat }: WorkOptions,
): Promise<readonly ViewTableFile[]> {
  const parquet = createParquetWriter({ temporaryDirectory: join(directory, 'spill') });
  const columns = viewColumns(view);
  const table = createViewTable({
    ...{ split: 'train', files: ['parquet'], columns, incomplete: [] },
    ...{ rowsPerFile: ROWS_PER_FILE, directory, parquet, signal },
  });
  try {
    for await (const row of rows) {
      heartbeat();
      await table.write(row);
    }
    return await table.finish();
  } finally {
    await table.close();
  }
}

async function earlierTables(
  store: ObjectStore,
  ref: TrainingRef,
  view: string,
): Promise<(TrainingFile & { readonly key: string })[]> {
  const tables = viewTables(await publishedTraining(store, ref), view);
  return tables.map((file) => ({ ...file, key: `${trainingPrefix(ref)}/${file.path}` }));
}

export async function publishedTraining(store: ObjectStore, ref: TrainingRef): Promise<TrainingManifest> {
  const manifest = await readTrainingManifest(store, ref);
  if (manifest) return manifest;
  throw new Error(
    `Training set ${ref.name} ${ref.version} is not in ${store.description}: was it deleted? Start the run again.`,
  );
}
