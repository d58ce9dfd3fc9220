import { readDatasetManifest } from '../dataset/manifest.js';
import { findPlanManifest } from '../dataset/plan-manifest.js';
import { listEvaluations, withSummary } from '../experiment/find-evaluations.js';
import { readModelManifest } from '../models/model-registry.js';
import { publishedBelow } from '../publication/latest.js';
import { readTrainingManifest } from '../selection/training-manifest.js';
import { selectionKey, type Selection } from '../selection/training-set.js';
import { readJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { datasetId, trainingId, type Manifests, type Versioned } from './lineage-nodes.js';

/** Reads every manifest of a store; plans and selections, which are larger, come {@link withDetails}. Throws StoreError, or Error for a damaged one. */
export async function readManifests(store: ObjectStore): Promise<Manifests> {
  const [datasets, trainings, models, scores] = await Promise.all([
    readPublished(store, 'datasets', ({ name, version }) => readDatasetManifest(store, name, version)),
    readPublished(store, 'training', (ref) => readTrainingManifest(store, ref)),
    readPublished(store, 'models', (ref) => readModelManifest(store, ref)),
    listEvaluations(store).then((listed) => mapped(listed, (one) => withSummary(store, one))),
  ]);
  return { datasets, trainings, models, scores, sources: new Map(), selections: new Map() };
}

/** The same with plans and selections of the data sets and training sets of these ids. Throws StoreError. */
export async function withDetails(
  store: ObjectStore,
  manifests: Manifests,
  ids: ReadonlySet<string>,
): Promise<Manifests> {
  const datasets = manifests.datasets.filter((dataset) => ids.has(datasetId(dataset)));
  const trainings = manifests.trainings.filter((training) => ids.has(trainingId(training)));
  const sources = await mapped(datasets, async ({ publishedBy, planId }) => {
    const plan = await findPlanManifest(store, publishedBy.run, planId);
    return [planId, plan?.sources ?? []] as const;
  });
  const selections = await mapped(trainings, async (training) => {
    const selection = await readJson<Selection>(store, selectionKey(training));
    return selection && ([trainingId(training), selection] as const);
  });
  return { ...manifests, sources: new Map(sources), selections: new Map(present(selections)) };
}

async function readPublished<Manifest>(
  store: ObjectStore,
  folder: string,
  read: (ref: Versioned) => Promise<Manifest | undefined>,
): Promise<Manifest[]> {
  const refs: Versioned[] = [];
  for await (const ref of publishedBelow(store, folder)) refs.push(ref);
  return present(await mapped(refs, read));
}

const present = <Value>(values: readonly (Value | undefined)[]): Value[] =>
  values.filter((value) => value !== undefined);

const AT_ONCE = 16;

/** In their order, some at the same time. */
async function mapped<Item, Value>(items: readonly Item[], read: (item: Item) => Promise<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    values.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(read))));
  return values;
}
