import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewName, type TrainingView } from '../../config/training-view.js';
import type { WorkOptions } from '../dataset/commit-shard.js';
import { readDatasetManifest, type DatasetManifest } from '../dataset/manifest.js';
import { createParquetWriter, type ParquetWriter } from '../dataset/parquet.js';
import type { SplitName, TrainingFile, TrainingRef } from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { withTemporaryDirectory } from '../temporary-directory.js';
import type { SetContents } from './chain-tables.js';
import { gatherChosenChains, type ChosenChains } from './chosen-chains.js';
import { putDocuments, putTable } from './put-view.js';
import type { ViewReport } from './view-documents.js';
import { namesBySplit } from './view-files.js';
import { questionRows, viewColumns } from './view-rows.js';
import { createViewTable, type ViewTable, type ViewTableFile } from './view-table.js';
import { createViewTally } from './view-tally.js';

const ROWS_PER_FILE = 10_000;

export interface ViewWriterDependencies {
  readonly store: ObjectStore;
  /** Takes the texts of the training set twice or three times, and one file of the data set. @default the system's */
  readonly temporaryDirectory?: string;
  /** Of each of two DuckDB instances, one at a time. @default 512 */
  readonly duckdbMemoryMiB?: number;
  /** @default 10000 */
  readonly rowsPerFile?: number;
}

export interface WriteViewsInput {
  readonly dataset: { readonly name: string; readonly version: string };
  /** Its `picks.parquet` is there; its manifest is not needed. */
  readonly trainingSet: TrainingRef;
  readonly views: readonly TrainingView[];
}

/**
 * Writes the views of a training set: `training/<name>/<version>/views/<view>/`, for the sets of the verbosity experiment `<view>-short` and so on.
 * The bytes follow from data set, picks and views alone, so that writing them again changes nothing. What has no row is counted in `view.json`.
 * Throws StoreError; Error when picks or data set are missing, damaged, or do not belong together; the signal's reason when aborted.
 */
export function createViewWriter(dependencies: ViewWriterDependencies) {
  async function writeViews(input: WriteViewsInput, options: WorkOptions): Promise<TrainingFile[]> {
    if (input.views.length === 0) return [];
    const { name, version } = input.dataset;
    const dataset = await readDatasetManifest(dependencies.store, name, version);
    if (!dataset)
      throw new Error(`Data set ${name} ${version} is not in ${dependencies.store.description}: build it first.`);
    return withTemporaryDirectory(dependencies.temporaryDirectory ?? tmpdir(), 'cotmill-views-', (directory) =>
      writeAll({ ...dependencies, input, dataset, directory, options }),
    );
  }

  return { writeViews };
}

export type ViewWriter = ReturnType<typeof createViewWriter>;

interface Work extends ViewWriterDependencies {
  readonly input: WriteViewsInput;
  readonly dataset: DatasetManifest;
  readonly directory: string;
  readonly options: WorkOptions;
}

async function writeAll(work: Work): Promise<TrainingFile[]> {
  const { input, directory, dataset, duckdbMemoryMiB = 512, store } = work;
  const spool = join(directory, 'spool');
  await mkdir(spool);
  const forPairs = input.views.some(({ form }) => form === 'dpo' || form === 'cogpo');
  const withOriginals = forPairs || input.views.some((view) => 'text' in view && view.text === 'original');
  const chains = await gatherChosenChains(
    { store, dataset, trainingSet: input.trainingSet, forPairs, withOriginals, directory: spool, duckdbMemoryMiB },
    work.options,
  );
  const parquet = createParquetWriter({
    temporaryDirectory: join(directory, 'spill'),
    memoryLimitMiB: duckdbMemoryMiB,
  });
  const files: TrainingFile[] = [];
  for (const set of chains.sets)
    for (const view of input.views) files.push(...(await writeView({ ...work, chains, parquet, set, view })));
  return files;
}

interface ViewWork extends Work {
  readonly chains: ChosenChains;
  readonly parquet: ParquetWriter;
  readonly set: SetContents;
  readonly view: TrainingView;
}

/** One pass over the spooled texts. Files of earlier views have left the local disk by then. */
async function writeView(work: ViewWork): Promise<TrainingFile[]> {
  const { view, set, input, dataset } = work;
  const name = set.set === 'default' ? viewName(view) : `${viewName(view)}-${set.set}`;
  const columns = viewColumns(view);
  const incomplete = set.incomplete.filter((column) => column in columns);
  const tables = { train: openTable(work, 'train', incomplete), validation: openTable(work, 'validation', incomplete) };
  try {
    const tally = createViewTally();
    for await (const question of work.chains.questions(set.set)) {
      work.options.signal.throwIfAborted();
      work.options.heartbeat();
      const made = questionRows(view, question);
      for (const row of made.rows) await tables[question.split].write(row);
      tally.add(question.split, made);
    }
    const files = [...(await tables.train.finish()), ...(await tables.validation.finish())];
    const report: ViewReport = {
      schema: 1,
      name,
      set: set.set,
      trainingSet: { name: input.trainingSet.name, version: input.trainingSet.version },
      dataset: { name: dataset.name, version: dataset.version, contentSha256: dataset.contentSha256 },
      spec: view,
      ...tally.counts(),
      jsonlWithout: view.files.includes('jsonl') ? incomplete : [],
      files: namesBySplit(files.map((file) => file.name)),
    };
    return await deliver(work, report, files);
  } finally {
    await Promise.allSettled([tables.train.close(), tables.validation.close()]);
  }
}

const openTable = (work: ViewWork, split: SplitName, incomplete: readonly string[]): ViewTable =>
  createViewTable({
    split,
    incomplete,
    files: work.view.files,
    columns: viewColumns(work.view),
    rowsPerFile: work.rowsPerFile ?? ROWS_PER_FILE,
    directory: work.directory,
    parquet: work.parquet,
    signal: work.options.signal,
  });

async function deliver(
  { store, input, options }: ViewWork,
  report: ViewReport,
  tables: readonly ViewTableFile[],
): Promise<TrainingFile[]> {
  const files: TrainingFile[] = [];
  for (const table of tables) {
    options.signal.throwIfAborted();
    files.push(await putTable({ store, training: input.trainingSet, view: report.name }, table));
    options.heartbeat();
  }
  return [...files, ...(await putDocuments(store, report))];
}
