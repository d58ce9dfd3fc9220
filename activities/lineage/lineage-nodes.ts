import type { DatasetManifest } from '../dataset/manifest.js';
import type { PlanSource } from '../dataset/plan-manifest.js';
import type { StoredEvaluation } from '../experiment/find-evaluations.js';
import type { ModelManifest } from '../models/model-manifest.js';
import { servedName } from '../serving/model-to-serve.js';
import type { Selection, TrainingManifest } from '../selection/training-set.js';
import type { LineageNode } from './lineage-graph.js';

/** What is published in a store, as its manifests have it. */
export interface Manifests {
  readonly datasets: readonly DatasetManifest[];
  readonly trainings: readonly TrainingManifest[];
  readonly models: readonly ModelManifest[];
  readonly scores: readonly StoredEvaluation[];
  /** Sources of the plans of data sets, by plan id, as far as they were read. */
  readonly sources: ReadonlyMap<string, readonly PlanSource[]>;
  /** Of training sets, by id of the node, as far as they were read. */
  readonly selections: ReadonlyMap<string, Selection>;
}

export interface Versioned {
  readonly name: string;
  readonly version: string;
}
export const datasetId = ({ name, version }: Versioned): string => `dataset ${name}@${version}`;
export const trainingId = ({ name, version }: Versioned): string => `training ${name}@${version}`;
export const modelId = ({ name, version }: Versioned): string => `model ${name}@${version}`;
export const scoreId = ({ run, evaluation, model }: Pick<StoredEvaluation, 'run' | 'evaluation' | 'model'>): string =>
  `score ${run}/${evaluation}/${model}`;
const recipeId = (fingerprint: string): string => `recipe ${fingerprint.slice(0, SHORT)}`;
const sourceId = (planId: string, name: string): string => `source ${planId}/${name}`;

/** Digits of a hash that tell it from others to people. */
const SHORT = 12;
const short = (hash: string): string => hash.slice(0, SHORT);

/** Nodes of everything in the manifests. Pure. */
export function lineageNodes(manifests: Manifests): LineageNode[] {
  return [
    ...manifests.scores.flatMap((score) => scoreNodes(score, manifests.models)),
    ...manifests.models.flatMap(modelNodes),
    ...manifests.trainings.map((training) => trainingNode(training, manifests)),
    ...manifests.datasets.flatMap((dataset) => datasetNodes(dataset, manifests)),
  ];
}

function scoreNodes(score: StoredEvaluation, models: readonly ModelManifest[]): LineageNode[] {
  const { summary, summaryKey } = score;
  const { benchmark, counts, scores, decoding, problemsSha256 } = summary;
  const asked = askedModel(score, models);
  const passed = scores.passAt1;
  const benchmarkNode: LineageNode = {
    id: `benchmark ${benchmark.name}`,
    kind: 'benchmark',
    facts: { title: benchmark.title, dataset: benchmark.dataset, revision: benchmark.revision, size: benchmark.size },
    madeOf: [],
  };
  return [
    {
      id: scoreId(score),
      kind: 'score',
      facts: {
        'pass@1': passed
          ? `${figure(passed.value)} (${figure(passed.interval.low)} to ${figure(passed.interval.high)} at 95 %)`
          : 'nothing was scored',
        ...{ problems: counts.problems, 'answers a problem': decoding.samples },
        ...{ 'problems SHA-256': short(problemsSha256), prompt: `${decoding.prompt.name} ${decoding.prompt.version}` },
        ...{ sampling: JSON.stringify(decoding.sampling), summary: summaryKey },
      },
      madeOf: [asked.id, benchmarkNode.id],
    },
    ...(asked.node ? [asked.node] : []),
    benchmarkNode,
  ];
}

const figure = (share: number): string => share.toFixed(4);

/** The model whose weights answered: a student by the hash in its name in requests, anything else as it was called. */
function askedModel(
  { model, summary: { requestModel } }: StoredEvaluation,
  models: readonly ModelManifest[],
): { readonly id: string; readonly node?: LineageNode } {
  const named = models.filter(({ name }) => name === model);
  const found = named.find(({ name, weightsSha256 }) => servedName(name, weightsSha256) === requestModel);
  if (found) return { id: modelId(found) };
  const asked = requestModel ?? model;
  const id = `base ${asked}`;
  const why = named.length > 0 ? 'its weights are those of no registered version' : 'a model that was not trained here';
  return { id, node: { id, kind: 'base', facts: { known: why }, madeOf: [] } };
}

function modelNodes(manifest: ModelManifest): LineageNode[] {
  const { base, training, result, settings, trainer, checkpoint } = manifest;
  const baseId = base.kind === 'student' ? modelId(base) : `base ${servedName(base.name, base.weightsSha256)}`;
  const node: LineageNode = {
    id: modelId(manifest),
    kind: 'model',
    facts: {
      ...{ method: manifest.method, weights: short(manifest.weightsSha256), run: manifest.run },
      ...{ steps: result.steps, rows: result.rows, loss: result.loss, settings: JSON.stringify(settings) },
      data: `${training.view} of ${training.set}${training.control === 'none' ? '' : `, control ${training.control}`}`,
      ...{ trainer: `${trainer.name} (${trainer.kind})`, checkpoint: checkpoint.directory },
    },
    madeOf: [trainingId(training), baseId],
  };
  if (base.kind === 'student') return [node];
  return [node, { id: baseId, kind: 'base', facts: { weights: short(base.weightsSha256) }, madeOf: [] }];
}

function trainingNode(manifest: TrainingManifest, { datasets, selections }: Manifests): LineageNode {
  const { dataset, specSha256, contentSha256 } = manifest;
  const selection = selections.get(trainingId(manifest));
  const there = datasets.find(({ name, version }) => name === dataset.name && version === dataset.version);
  return {
    id: trainingId(manifest),
    kind: 'training',
    facts: {
      ...(selection && {
        selection: JSON.stringify(selection.spec.kernel),
        seed: selection.seed,
        chains: selection.counts.selected.chains,
        questions: selection.counts.selected.questions,
      }),
      ...{ 'selection SHA-256': short(specSha256), content: short(contentSha256) },
      ...(there &&
        there.contentSha256 !== dataset.contentSha256 && {
          'drawn from': `content ${short(dataset.contentSha256)}, which the data set no longer has`,
        }),
    },
    madeOf: [datasetId(dataset)],
  };
}

function datasetNodes(manifest: DatasetManifest, { sources }: Manifests): LineageNode[] {
  const { publishedBy, planId, questions, chains, fingerprint } = manifest;
  const read = sources.get(planId) ?? [];
  return [
    {
      id: datasetId(manifest),
      kind: 'dataset',
      facts: {
        ...{ accepted: `${questions.accepted} of ${questions.total} questions, ${chains.accepted} chains` },
        ...{
          content: short(manifest.contentSha256),
          run: publishedBy.run,
          execution: publishedBy.execution,
          plan: planId,
        },
      },
      madeOf: [recipeId(fingerprint), ...read.map(({ name }) => sourceId(planId, name))],
    },
    {
      id: recipeId(fingerprint),
      kind: 'recipe',
      facts: { fingerprint, file: `datasets/${manifest.name}/${manifest.version}/recipe.json` },
      madeOf: [],
    },
    ...read.map((source) => sourceNode(planId, source)),
  ];
}

function sourceNode(planId: string, { name, dataset, revision, accepted, rows, files }: PlanSource): LineageNode {
  return {
    id: sourceId(planId, name),
    kind: 'source',
    facts: {
      ...(dataset !== undefined && { dataset }),
      ...(revision !== undefined && { revision }),
      files: files.map(({ path, sha256 }) => (sha256 === undefined ? path : `${path} (${short(sha256)})`)).join(', '),
      questions: `${accepted} of ${rows} rows`,
    },
    madeOf: [],
  };
}
