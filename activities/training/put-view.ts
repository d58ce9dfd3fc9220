import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { trainingPrefix, type TrainingFile, type TrainingRef } from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { viewDocuments, type ViewReport } from './view-documents.js';
import type { ViewTableFile } from './view-table.js';

/** The folder of a view in the store. */
export interface ViewPlace {
  readonly store: ObjectStore;
  readonly training: TrainingRef;
  /** Name of the folder. */
  readonly view: string;
}

/** Moves a table from the local disk into the folder of its view. */
export async function putTable({ store, training, view }: ViewPlace, file: ViewTableFile): Promise<TrainingFile> {
  const { name, localPath, rows, bytes, sha256 } = file;
  const path = `views/${view}/${name}`;
  await store.putFile(`${trainingPrefix(training)}/${path}`, localPath);
  await rm(localPath);
  return { path, kind: 'view', bytes, rows, sha256 };
}

/** Writes what readers of the folder need besides the tables. */
export async function putDocuments(store: ObjectStore, report: ViewReport): Promise<TrainingFile[]> {
  const files: TrainingFile[] = [];
  for (const { name, text } of viewDocuments(report)) {
    const path = `views/${report.name}/${name}`;
    const body = Buffer.from(text);
    await store.put(`${trainingPrefix(report.trainingSet)}/${path}`, body);
    const sha256 = createHash('sha256').update(body).digest('hex');
    files.push({ path, kind: 'view', bytes: body.length, rows: null, sha256 });
  }
  return files;
}
