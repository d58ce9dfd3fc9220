import { readDatasetManifest, type DatasetManifest } from '../dataset/manifest.js';
import { findPlanManifest, type PlanSource } from '../dataset/plan-manifest.js';
import { readEvaluationSummary } from '../evaluation/read-evaluation.js';
import type { StoredEvaluation } from '../experiment/find-evaluations.js';
import { readModelManifest } from '../models/model-registry.js';
import { readTrainingManifest } from '../selection/training-manifest.js';
import { selectionKey, type Selection } from '../selection/training-set.js';
import type { ObjectStore } from '../store/object-store.js';
import { datasetId, trainingId, type Manifests } from './lineage-nodes.js';

/** Reads every manifest of a store; of plans and selections, which are larger, those of `details` alone. Throws StoreError, or Error for a damaged one. */
export async function readManifests(store: ObjectStore, details: ReadonlySet<string>): Promise<Manifests> {
  const refs = (folder: string) => versionsBelow(store, folder);
  const present = <Value>(values: readonly (Value | undefined)[]): Value[] =>
    values.filter((value) => value !== undefined);
  const [datasets, trainings, models, scores] = await Promise.all([
    refs('datasets').then((found) => mapped(found, ({ name, version }) => readDatasetManifest(store, name, version))),
    refs('training').then((found) => mapped(found, (ref) => readTrainingManifest(store, ref))),
    refs('models').then((found) => mapped(found, (ref) => readModelManifest(store, ref))),
    readScores(store),
  ]);
  const found = { datasets: present(datasets), trainings: present(trainings), models: present(models), scores };
  const detailed = found.datasets.filter((dataset) => details.has(datasetId(dataset)));
  return {
    ...found,
    sources: new Map(
      await mapped(detailed, async (dataset) => [dataset.planId, await sourcesOf(store, dataset)] as const),
    ),
    selections: new Map(
      (
        await mapped(
          found.trainings.filter((training) => details.has(trainingId(training))),
          async (training) => ({ id: trainingId(training), bytes: await store.get(selectionKey(training)) }),
        )
      ).flatMap(({ id, bytes }) =>
        bytes ? [[id, JSON.parse(Buffer.from(bytes).toString('utf8')) as Selection] as const] : [],
      ),
    ),
  };
}

async function sourcesOf(store: ObjectStore, { publishedBy, planId }: DatasetManifest): Promise<readonly PlanSource[]> {
  return (await findPlanManifest(store, publishedBy.run, planId))?.sources ?? [];
}

async function readScores(store: ObjectStore): Promise<StoredEvaluation[]> {
  const found: Omit<StoredEvaluation, 'summary'>[] = [];
  for await (const { key } of store.list('evaluations/')) {
    const [, run = '', model = '', evaluation = '', file, ...rest] = key.split('/');
    if (file === 'summary.json' && rest.length === 0) found.push({ run, model, evaluation, summaryKey: key });
  }
  return mapped(found, async (score) => ({ ...score, summary: await readEvaluationSummary(store, score.summaryKey) }));
}

/** Published versions below `datasets`, `training` or `models`. */
async function versionsBelow(store: ObjectStore, folder: string): Promise<{ name: string; version: string }[]> {
  const found: { name: string; version: string }[] = [];
  for await (const { key } of store.list(`${folder}/`)) {
    const [, name = '', version = '', file, ...rest] = key.split('/');
    if (file === 'manifest.json' && rest.length === 0) found.push({ name, version });
  }
  return found;
}

const AT_ONCE = 16;

/** In their order, some at the same time. */
async function mapped<Item, Value>(items: readonly Item[], read: (item: Item) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    values.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(read))));
  return values;
}
