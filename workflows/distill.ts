import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  executeChild,
  proxyActivities,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { RunSummary } from '../activities/dataset/run-summary.js';
import type { Activities } from '../activities/index.js';
import type { TrainedStudent } from '../activities/models/model-manifest.js';
import { storage } from './activity-options.js';
import { followsContent, withVersions } from './content-versions.js';
import { buildDataset } from './dataset/build-dataset.js';
import { describeRun } from './dataset/describe.js';
import { tellChange } from './dataset/shard-children.js';
import { experiment } from './experiment/experiment.js';
import { gatesOf, judgeGates } from './experiment/gates.js';
import { runFailure } from './failures.js';
import { selfImprove } from './improve/self-improve.js';
import { checkRunInput } from './input.js';
import { makeTrainingSets, trainingSetsOf } from './selection/training-sets.js';
import { control, type Phase } from './messages.js';
import { COT_OUTCOME, COT_PHASE, COT_RUN } from './search-attributes.js';
import { acceptSteering } from './steering.js';
import { emptyTally, type Tally } from './tally.js';
import { IO_QUEUE } from './task-queues.js';

const { nameVersions } = proxyActivities<Activities>({ ...storage, taskQueue: IO_QUEUE });

export interface DistillInput {
  /** Name of the run; left out: the workflow id. */
  readonly run?: string;
  /** The recipe, as it stands in its file. */
  readonly recipe: unknown;
}

/**
 * A run as its phases: build the data set, draw the training sets that the recipe asks for, train its students and ask them its benchmarks, let one of
 * them go on by itself, judge the gates.
 */
export async function distill(input: DistillInput): Promise<RunSummary> {
  const run = checkRunInput(input, workflowInfo().workflowId);
  const datasetId = `${run}/dataset`;
  const node: { phase: Phase; dataset?: ChildWorkflowHandle<typeof buildDataset>; built?: RunSummary } = {
    phase: 'building',
  };
  const steering = acceptSteering({
    initial: { paused: false, concurrency: 0 },
    progress: () => ({
      phase: node.dataset ? node.phase : 'preparing',
      questions: node.built?.questions.total ?? 0,
      tally: node.built ? tallyOf(node.built) : emptyTally,
      children: childrenOf(node, run),
      questionsInFlight: 0,
    }),
    deaf: () => (node.built ? noQuestionsAtWork(run, node.phase) : undefined),
    tell: async (next) => (node.built ? undefined : node.dataset?.signal(control, next)),
  });
  const enter = (phase: Phase): void => {
    node.phase = phase;
    upsertSearchAttributes([
      { key: COT_RUN, value: run },
      { key: COT_PHASE, value: phase },
    ]);
  };

  enter('building');
  setCurrentDetails(`run **${run}**, data set below \`${datasetId}\``);
  const given = steering.control;
  node.dataset = await startChild(buildDataset, {
    workflowId: datasetId,
    args: [{ run, recipe: input.recipe, execution: workflowInfo().runId, control: given }],
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  }).catch(notTwice(run));
  await tellChange(datasetId, given, steering.control);
  const built = await node.dataset.result();

  const recipe = await withContentVersions(input.recipe, built);
  const specs = trainingSetsOf(recipe);
  if (specs.length > 0) {
    node.built = built;
    enter('selecting');
    setCurrentDetails(describeRun(built));
  }
  const drawn = specs.length > 0 ? await withTrainingSets(run, built, specs) : built;

  // Recipes of runs from before there were experiments ask for none.
  if (asksForExperiment(recipe)) {
    node.built = drawn;
    enter('training');
    setCurrentDetails(describeRun(drawn));
  }
  const made = asksForExperiment(recipe) ? await withExperiment(run, drawn, recipe) : drawn;
  const imitation = imitationOf(recipe, made);
  if (imitation) enter('improving');
  const summary = withGates(imitation ? await withImprovement(run, made, { recipe, imitation }) : made, recipe);

  enter('done');
  setCurrentDetails(describeRun(summary));
  await condition(allHandlersFinished);
  return summary;
}

function noQuestionsAtWork(run: string, phase: Phase): string {
  const built = `run ${run} has built its data set and is ${phase}: it has no questions at work`;
  return phase === 'improving'
    ? `${built}. A round that explores is a run of its own, ${run}-r1, ${run}-r2 ...: steer that one.`
    : `${built}. "cotmill cancel ${run}" stops it, and the same run goes on from there.`;
}

/** The recipe with the versions that everything after the data set gets. Runs from before there was a choice have those as written. */
async function withContentVersions(recipe: unknown, { dataset: { name, version } }: RunSummary): Promise<unknown> {
  if (!followsContent(recipe)) return recipe;
  return withVersions(recipe, await nameVersions({ recipe, dataset: { name, version } }));
}

/** Two runs of one name would share their journals: the second one ends, whoever started it. */
function notTwice(run: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw runFailure(
      'Run.AtWork',
      `run ${run} is at work already, started by hand or by a schedule: wait for it with "cotmill wait ${run}", or give this one another name.`,
    );
  };
}

async function withTrainingSets(run: string, built: RunSummary, specs: readonly unknown[]): Promise<RunSummary> {
  const { name, version } = built.dataset;
  return { ...built, trainingSets: await makeTrainingSets({ run, dataset: { name, version }, specs }) };
}

/** Whether a recipe has students or evaluations. Pure. */
function asksForExperiment(recipe: unknown): boolean {
  const { students = [], evaluations = [] } = recipe as Partial<Record<'students' | 'evaluations', readonly unknown[]>>;
  return students.length + evaluations.length > 0;
}

async function withExperiment(run: string, drawn: RunSummary, recipe: unknown): Promise<RunSummary> {
  const { dataset, trainingSets = [], questions } = drawn;
  const { name, version } = dataset;
  const found = await executeChild(experiment, {
    workflowId: `${run}/experiment`,
    args: [{ run, recipe, dataset: { name, version }, trainingSets, questions }],
    staticSummary: `students and evaluations of ${name} ${version}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  return { ...drawn, experiment: found };
}

/** The student that goes on by itself; recipes of runs from before there were such students want none. Pure. */
function imitationOf(recipe: unknown, { experiment }: RunSummary): TrainedStudent | undefined {
  const { selfImprove } = recipe as { readonly selfImprove?: { readonly student?: unknown } };
  return experiment?.students.find(({ name }) => name === selfImprove?.student);
}

async function withImprovement(
  run: string,
  made: RunSummary,
  { recipe, imitation }: { readonly recipe: unknown; readonly imitation: TrainedStudent },
): Promise<RunSummary> {
  const { name, version } = imitation;
  const improvement = await executeChild(selfImprove, {
    workflowId: `${run}/improvement`,
    args: [{ run, recipe, imitation: { name, version }, imitationScores: made.experiment?.evaluations ?? [] }],
    staticSummary: `self-improvement of ${name} ${version}`,
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  return { ...made, improvement };
}

/** Children that answer how far the run is. */
function childrenOf(
  { phase, dataset, built }: { readonly phase: Phase; readonly dataset?: object; readonly built?: RunSummary },
  run: string,
): readonly string[] {
  if (phase === 'training') return [`${run}/experiment`];
  if (phase === 'improving') return [`${run}/improvement`];
  return dataset && !built ? [`${run}/dataset`] : [];
}

/** Judges the gates of a recipe that has them. Missed ones end nothing: what was made stands, and whoever started the run sees them in its summary. */
function withGates(made: RunSummary, recipe: unknown): RunSummary {
  const wanted = gatesOf(recipe);
  if (wanted.length === 0) return made;
  const gates = judgeGates(wanted, { run: made, ...made.experiment });
  const outcome = gates.every(({ passed }) => passed) ? 'gates-passed' : 'gates-missed';
  upsertSearchAttributes([{ key: COT_OUTCOME, value: outcome }]);
  return { ...made, gates };
}

/** Counts of a data set that is done, as its workflow counted them while it was at work. */
function tallyOf({ questions, calls, tokens, cost }: RunSummary): Tally {
  const { accepted, rejected, failed } = questions;
  return {
    accepted,
    rejected,
    failed,
    spending: { ...calls, inputTokens: tokens.input, outputTokens: tokens.output, cost },
  };
}
