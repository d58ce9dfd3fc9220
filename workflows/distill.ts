import {
  allHandlersFinished,
  condition,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { RunSummary } from '../activities/dataset/run-summary.js';
import { buildDataset } from './dataset/build-dataset.js';
import { describeRun } from './dataset/describe.js';
import { checkConcurrency, checkRunInput } from './input.js';
import {
  control,
  getProgress,
  pause,
  resume,
  setConcurrency,
  type Control,
  type Phase,
  type Progress,
} from './messages.js';
import { COT_PHASE, COT_RUN } from './search-attributes.js';
import { emptyTally } from './tally.js';

export interface DistillInput {
  /** Name of the run; left out: the workflow id. */
  readonly run?: string;
  /** The recipe, as it stands in its file. */
  readonly recipe: unknown;
}

/** A run as its phases. Today: build the data set. */
export async function distill(input: DistillInput): Promise<RunSummary> {
  let phase: Phase = 'preparing';
  let steering: Control = { paused: false, concurrency: 0 };
  const run = checkRunInput(input, workflowInfo().workflowId);
  let dataset: ChildWorkflowHandle<typeof buildDataset> | undefined;
  const datasetId = `${run}/dataset`;
  const progress = (): Progress => ({
    phase,
    ...steering,
    questions: 0,
    tally: emptyTally,
    children: dataset ? [datasetId] : [],
    questionsInFlight: 0,
  });
  const steer = async (next: Control): Promise<Progress> => {
    steering = next;
    await dataset?.signal(control, steering);
    return progress();
  };
  setHandler(getProgress, progress);
  setHandler(pause, () => steer({ ...steering, paused: true }));
  setHandler(resume, () => steer({ ...steering, paused: false }));
  setHandler(setConcurrency, (concurrency) => steer({ ...steering, concurrency }), { validator: checkConcurrency });

  phase = 'building';
  upsertSearchAttributes([
    { key: COT_RUN, value: run },
    { key: COT_PHASE, value: phase },
  ]);
  setCurrentDetails(`run **${run}**, data set below \`${datasetId}\``);
  dataset = await startChild(buildDataset, {
    workflowId: datasetId,
    args: [{ run, recipe: input.recipe, execution: workflowInfo().runId, control: steering }],
    typedSearchAttributes: [{ key: COT_RUN, value: run }],
  });
  const summary = await dataset.result();

  phase = 'done';
  upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
  setCurrentDetails(describeRun(summary));
  await condition(allHandlersFinished);
  return summary;
}
