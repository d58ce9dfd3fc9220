import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../../config/config-error.js';
import { studentView, type Student } from '../../../config/student.js';
import { download, PublishedFileDamaged } from '../../dataset/published-file.js';
import { readJsonFile, writeJsonFile } from '../../local-files.js';
import type { ModelRef } from '../../models/model-manifest.js';
import { readTrainingManifest } from '../../selection/training-manifest.js';
import { trainingPrefix, type TrainingFile, type TrainingManifest } from '../../selection/training-set.js';
import { createAtomicFiles } from '../../store/atomic-file.js';
import { readJson } from '../../store/json-objects.js';
import type { ObjectStore } from '../../store/object-store.js';
import type { ViewReport } from '../view-documents.js';
import { fileName, namesBySplit, splitFiles, splitRows, viewTables } from '../view-files.js';
import type { HashOptions } from '../../models/weights.js';
import { viewFolder, type TrainingData, type TrainingPlan } from './training-plan.js';

/** The view of a published training set that a student learns. */
export interface StudentView {
  readonly manifest: TrainingManifest;
  readonly report: ViewReport;
  /** Parquet files with the rows, sorted by path. */
  readonly files: readonly TrainingFile[];
  /** How LLaMA-Factory reads them, where it has a reader for the form. */
  readonly llamaFactory: TrainingFile | undefined;
  /** Of names and hashes of the files. */
  readonly dataSha256: string;
}

/** Finds what a student learns. Throws ConfigError when the training set is not there or has no such view, or the view no rows. */
export async function findStudentView(
  store: ObjectStore,
  student: Pick<Student, 'trainingSet' | 'view' | 'method'> & { readonly set: string },
  training: ModelRef,
): Promise<StudentView> {
  const refuse = (field: string, message: string): ConfigError =>
    new ConfigError('the student', [{ path: field, message }]);
  if (training.name !== student.trainingSet)
    throw refuse('trainingSet', `expected ${training.name}, the training set given, found "${student.trainingSet}"`);
  const manifest = await readTrainingManifest(store, training);
  if (!manifest)
    throw refuse(
      'trainingSet',
      `expected a published training set: ${training.name} ${training.version} is not in ${store.description}; run "cotmill select" first`,
    );
  const name = viewFolder({ set: student.set, view: studentView(student) });
  const files = viewTables(manifest, name);
  const report = await readViewReport(store, manifest, name);
  if (!report) throw refuse('view', missingView(manifest, name));
  if (splitFiles(files, 'train').length === 0) throw refuse('view', emptyView(name, report));
  const lines = files.map(({ path, sha256 }) => `${fileName(path)} ${sha256}`);
  const llamaFactory = manifest.files.find(({ path }) => path === `views/${name}/dataset_info.json`);
  return {
    manifest,
    report,
    files,
    llamaFactory,
    dataSha256: createHash('sha256').update(lines.join('\n')).digest('hex'),
  };
}

function missingView({ name, version, files }: TrainingManifest, wanted: string): string {
  const there = new Set(files.flatMap(({ path }) => /^views\/([^/]+)\//.exec(path)?.[1] ?? []));
  return `expected a view of training set ${name} ${version} (${[...there].sort().join(', ') || 'it has none'}), found "${wanted}"`;
}

function emptyView(name: string, { rows, spec }: ViewReport): string {
  if (rows.train > 0)
    return `expected a view with Parquet files (files: [parquet]); "${name}" has ${spec.files.join(', ')}`;
  return `expected rows to train on: view "${name}" has none; its view.json says why`;
}

async function readViewReport(
  store: ObjectStore,
  manifest: TrainingManifest,
  name: string,
): Promise<ViewReport | undefined> {
  const path = `views/${name}/view.json`;
  if (!manifest.files.some((file) => file.path === path)) return undefined;
  const key = `${trainingPrefix(manifest)}/${path}`;
  const report = await readJson<ViewReport>(store, key);
  if (report) return report;
  throw new PublishedFileDamaged(`There is no ${key} in ${store.description}, which its manifest names: restore it.`);
}

const atomic = createAtomicFiles();

/** Copies the rows of a view into a folder, where jobs see them, and writes `data.json` last. What is there already stays. */
export async function fetchViewData(
  store: ObjectStore,
  { manifest, files, llamaFactory }: StudentView,
  { directory, heartbeat, signal }: HashOptions & { readonly directory: string },
): Promise<TrainingData> {
  const there = await readTrainingData(directory);
  if (there) return there;
  await mkdir(directory, { recursive: true });
  for (const { path, sha256 } of [...files, ...(llamaFactory ? [llamaFactory] : [])]) {
    const source = { key: `${trainingPrefix(manifest)}/${path}`, sha256 };
    await atomic.replace(join(directory, fileName(path)), (partial) =>
      download(store, source, { path: partial, heartbeat, signal }),
    );
  }
  const { train = [], validation = [] } = namesBySplit(files.map(({ path }) => path));
  return await writeTrainingData(directory, {
    schema: 1,
    kind: 'view',
    train,
    validation,
    rows: splitRows(files),
  });
}

const Count = z.int().min(0);
const Stored = z.strictObject({
  schema: z.literal(1),
  kind: z.enum(['view', 'own-answers']),
  train: z.array(z.string()).min(1),
  validation: z.array(z.string()),
  rows: z.strictObject({ train: Count, validation: Count }),
});

/** `data.json` of a training's data folder, or undefined while the rows are not there. */
export const readTrainingData = (directory: string): Promise<TrainingData | undefined> =>
  readJsonFile(join(directory, 'data.json'), Stored, `. Delete the folder ${directory}.`);

/** The same of a training whose rows are there. Throws Error when they are not. */
export async function trainingData({ job }: Pick<TrainingPlan, 'job'>, directory: string): Promise<TrainingData> {
  const rows = await readTrainingData(directory);
  if (rows) return rows;
  throw new Error(`The rows of ${job} are not in ${directory}: was the folder deleted? Start the run again.`);
}

/** Says that the rows are there: call it when the files stand whole under their names. */
export async function writeTrainingData(directory: string, data: TrainingData): Promise<TrainingData> {
  await writeJsonFile(join(directory, 'data.json'), data);
  return data;
}
