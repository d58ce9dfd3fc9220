import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { trainingPrefix, type TrainingFile, type TrainingRef } from './training-set.js';

/**
 * Lists of the files that the steps of a training set have written, kept apart from them until the manifest names them all. A large set has
 * hundreds of files: their names and hashes would weigh down the history of a workflow.
 */
const STEPS = ['selection', 'views', 'documents'] as const;
export type DraftStep = (typeof STEPS)[number];

const draftKey = (training: TrainingRef, step: DraftStep): string => `drafts/${trainingPrefix(training)}/${step}.json`;

/** Writes the list of a step, in place of an earlier one. */
export async function writeDraft(
  store: ObjectStore,
  { training, step }: { readonly training: TrainingRef; readonly step: DraftStep },
  files: readonly TrainingFile[],
): Promise<void> {
  await writeJson(store, draftKey(training, step), files);
}

/** Files of every step so far. Throws Error when the first step was never done. */
export async function readDrafts(store: ObjectStore, training: TrainingRef): Promise<TrainingFile[]> {
  const lists = await Promise.all(STEPS.map((step) => readJson<TrainingFile[]>(store, draftKey(training, step))));
  if (!lists[0])
    throw new Error(`There is no ${draftKey(training, 'selection')} in ${store.description}: select the chains again.`);
  return lists.flatMap((files) => files ?? []);
}

/** Forgets the lists of all steps, or of an earlier training set that never came to its end. */
export async function deleteDrafts(store: ObjectStore, training: TrainingRef): Promise<void> {
  for (const step of STEPS) await store.delete(draftKey(training, step));
}
