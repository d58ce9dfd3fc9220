import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewName, type TrainingView } from '../../config/training-view.js';
import type { WorkOptions } from '../dataset/commit-shard.js';
import { createParquetWriter } from '../dataset/parquet.js';
import { download } from '../dataset/published-file.js';
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
import { viewDocuments } from '../training/view-documents.js';
import { viewColumns, type ViewRow } from '../training/view-rows.js';
import { createViewTable } from '../training/view-table.js';
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
  return withTemporaryDirectory(tmpdir(), 'cotmill-round-', async (directory) => {
    const earlier = set.base ? await earlierFiles(store, set.base, viewName(set.view)) : [];
    const made = await newFiles(set, directory, options);
    const files: TrainingFile[] = [];
    const total = earlier.filter(({ split }) => split === 'train').length + made.length;
    let index = 0;
    for (const file of earlier) {
      const name = file.split === 'train' ? `train-${padded(index++)}-of-${padded(total)}.parquet` : file.name;
      const path = join(directory, 'earlier.parquet');
      await download(store, { key: file.key, sha256: file.sha256 }, { path, ...options });
      files.push(await put(store, set, { ...file, name, path }));
    }
    for (const file of made)
      files.push(await put(store, set, { ...file, name: `train-${padded(index++)}-of-${padded(total)}.parquet` }));
    const rows = countRows(files);
    files.push(...(await putDocuments(store, set, { files, rows })));
    const { training, dataset, specSha256 } = set;
    await publishTrainingSet(store, { training, dataset, specSha256, files });
    return rows;
  });
}

interface LocalFile {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

async function newFiles(
  { view, rows }: RoundTrainingSet,
  directory: string,
  { signal, heartbeat }: WorkOptions,
): Promise<LocalFile[]> {
  const parquet = await createParquetWriter({ temporaryDirectory: join(directory, 'spill') });
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
    return (await table.finish()).map(({ localPath, ...file }) => ({ ...file, path: localPath }));
  } finally {
    await table.close();
    parquet.close();
  }
}

interface EarlierFile extends Omit<LocalFile, 'path'> {
  readonly split: SplitName;
  readonly key: string;
}

async function earlierFiles(store: ObjectStore, ref: TrainingRef, view: string): Promise<EarlierFile[]> {
  const manifest = await training(store, ref);
  return viewTables(manifest, view)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, rows, bytes, sha256 }) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const split = name.startsWith('validation-') ? 'validation' : 'train';
      return { name, split, key: `${trainingPrefix(ref)}/${path}`, rows: rows ?? 0, bytes, sha256 };
    });
}

/** Parquet files of a view that have rows. */
export const viewTables = ({ files }: TrainingManifest, view: string): TrainingFile[] =>
  files.filter(({ path, rows }) => path.startsWith(`views/${view}/`) && path.endsWith('.parquet') && rows);

export async function training(store: ObjectStore, ref: TrainingRef): Promise<TrainingManifest> {
  const manifest = await readTrainingManifest(store, ref);
  if (manifest) return manifest;
  throw new Error(
    `Training set ${ref.name} ${ref.version} is not in ${store.description}: was it deleted? Start the run again.`,
  );
}

async function put(
  store: ObjectStore,
  { training: ref, view }: RoundTrainingSet,
  file: LocalFile,
): Promise<TrainingFile> {
  const path = `views/${viewName(view)}/${file.name}`;
  await store.putFile(`${trainingPrefix(ref)}/${path}`, file.path);
  await rm(file.path);
  return { path, kind: 'view', bytes: file.bytes, rows: file.rows, sha256: file.sha256 };
}

async function putDocuments(
  store: ObjectStore,
  { training: ref, dataset, view }: RoundTrainingSet,
  { files, rows }: { readonly files: readonly TrainingFile[]; readonly rows: RowCounts },
): Promise<TrainingFile[]> {
  const name = viewName(view);
  const names = files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).sort();
  const bySplit = (split: SplitName): string[] => names.filter((one) => one.startsWith(`${split}-`));
  const splits = (['train', 'validation'] as const).filter((split) => bySplit(split).length > 0);
  const documents = viewDocuments({
    schema: 1,
    name,
    set: 'default',
    trainingSet: ref,
    dataset,
    spec: { ...view, files: ['parquet'] },
    rows,
    leftOut: {},
    jsonlWithout: [],
    files: Object.fromEntries(splits.map((split) => [split, bySplit(split)])),
  });
  const written: TrainingFile[] = [];
  for (const { name: document, text } of documents) {
    const path = `views/${name}/${document}`;
    const body = Buffer.from(text);
    await store.put(`${trainingPrefix(ref)}/${path}`, body);
    const sha256 = createHash('sha256').update(body).digest('hex');
    written.push({ path, kind: 'view', bytes: body.length, rows: null, sha256 });
  }
  return written;
}

function countRows(files: readonly TrainingFile[]): RowCounts {
  const of = (split: SplitName): number =>
    files.reduce((sum, { path, rows }) => sum + (path.includes(`/${split}-`) ? (rows ?? 0) : 0), 0);
  return { train: of('train'), validation: of('validation') };
}

const padded = (number: number): string => String(number).padStart(5, '0');
