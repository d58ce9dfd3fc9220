import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { RunSummary } from '../activities/dataset/run-summary.js';
import { buildDataset } from './dataset/build-dataset.js';
import { describeRun } from './dataset/describe.js';
import { tellChange } from './dataset/shard-children.js';
import { checkRunInput } from './input.js';
import { control, type Phase } from './messages.js';
import { COT_PHASE, COT_RUN } from './search-attributes.js';
import { acceptSteering } from './steering.js';
import { emptyTally } from './tally.js';

export interface DistillInput {
  /** Name of the run; left out: the workflow id. */
  readonly run?: string;
  /** The recipe, as it stands in its file. */
  readonly recipe: unknown;
}

/** A run as its phases. Today: build the data set. */
export async function distill(input: DistillInput): Promise<RunSummary> {
  const run = checkRunInput(input, workflowInfo().workflowId);
  const datasetId = `${run}/dataset`;
  const node: { phase: Phase; dataset?: ChildWorkflowHandle<typeof buildDataset> } = { phase: 'building' };
  const steering = acceptSteering({
    initial: { paused: false, concurrency: 0 },
    progress: () => ({
      phase: node.phase,
      questions: 0,
      tally: emptyTally,
      children: node.dataset ? [datasetId] : [],
      questionsInFlight: 0,
    }),
    tell: async (next) => node.dataset?.signal(control, next),
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
  });
  await tellChange(datasetId, given, steering.control);
  const summary = await node.dataset.result();

  enter('done');
  setCurrentDetails(describeRun(summary));
  await condition(allHandlersFinished);
  return summary;
}
