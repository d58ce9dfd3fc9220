import {
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { PreparedRun } from '../../activities/dataset/prepare-run.js';
import type { PlanRef } from '../../activities/references.js';
import { bulk, storage } from '../activity-options.js';
import { runFailure } from '../failures.js';
import { checkConcurrency, checkRunInput } from '../input.js';
import {
  control,
  getProgress,
  pause,
  resume,
  setConcurrency,
  type Control,
  type Phase,
  type Progress,
} from '../messages.js';
import { COT_PHASE } from '../search-attributes.js';
import { emptyTally, finished } from '../tally.js';
import { IO_QUEUE } from '../task-queues.js';
import type { BuildShardResult } from './build-shard.js';
import { describeTally } from './describe.js';
import { partitionChildren, SHARDS_PER_PARTITION } from './partition-children.js';
import { shardChildren, type ShardChildren } from './shard-children.js';

const { prepareRun } = proxyActivities<Activities>({ ...storage, taskQueue: IO_QUEUE });
const { planDataset, assembleDataset } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });

export interface BuildDatasetInput {
  /** Name of the run: lower-case letters, digits, ".", "_", "-"; left out: the workflow id. */
  readonly run?: string;
  /** The recipe, as it stands in its file. */
  readonly recipe: unknown;
  /** Root execution, for what counts as newly paid; left out: this workflow's own. */
  readonly execution?: string;
  /** What an operator said to the parent before this began; concurrency 0: as the recipe says. */
  readonly control?: Control;
}

/** Builds one data set: plan its questions, build shard after shard in a bounded window, assemble and publish. */
export async function buildDataset(input: BuildDatasetInput): Promise<RunSummary> {
  let phase: Phase = 'preparing';
  let questions = 0;
  const run = checkRunInput(input, workflowInfo().workflowId);
  let steering: Control = input.control ?? { paused: false, concurrency: 0 };
  let children: ShardChildren | undefined;
  const enter = (next: Phase): void => {
    phase = next;
    upsertSearchAttributes([{ key: COT_PHASE, value: next }]);
    setCurrentDetails(`**${next}**`);
  };
  const progress = (): Progress => ({
    ...(children?.progress() ?? { questions, tally: emptyTally, children: [], questionsInFlight: 0 }),
    phase,
    paused: steering.paused,
    concurrency: steering.concurrency,
  });
  const steer = async (next: Control): Promise<Progress> => {
    steering = next;
    await children?.steer(next);
    return progress();
  };
  setHandler(getProgress, progress);
  setHandler(pause, () => steer({ ...steering, paused: true }));
  setHandler(resume, () => steer({ ...steering, paused: false }));
  setHandler(setConcurrency, (concurrency) => steer({ ...steering, concurrency }), { validator: checkConcurrency });
  setHandler(
    control,
    async (next) => void (await steer({ ...next, concurrency: next.concurrency || steering.concurrency })),
  );

  enter('preparing');
  const execution = input.execution ?? workflowInfo().runId;
  const prepared = await prepareRun({ run, recipe: input.recipe, execution });
  steering = { ...steering, concurrency: steering.concurrency || prepared.questionsInFlight };

  enter('planning');
  const planned = await planDataset({ run, fingerprint: prepared.fingerprint });
  const plan: PlanRef = { run, planId: planned.planId, execution };
  questions = planned.questions;

  enter('building');
  const range = {
    plan,
    first: 0,
    count: planned.shards,
    questions,
    policy: prepared.policy,
    control: steering,
    ...costLimit(prepared),
  };
  children = planned.shards > SHARDS_PER_PARTITION ? partitionChildren(range) : shardChildren(range);
  const built = await children.run();
  setCurrentDetails(describeTally(built.tally, questions));
  checkBuilt(built, prepared, questions);

  enter('assembling');
  const summary = await assembleDataset({ plan, fingerprint: prepared.fingerprint, shards: planned.shards });
  if (summary.questions.accepted === 0) {
    throw runFailure(
      'Run.NothingAccepted',
      `none of ${questions} questions was accepted: ${JSON.stringify(summary.questions.byReason)}. What there is lies below ${summary.dataset.manifestKey}.`,
    );
  }
  enter('done');
  setCurrentDetails(describeTally(built.tally, questions));
  await condition(allHandlersFinished);
  return summary;
}

const costLimit = ({ maxCost }: PreparedRun) => (maxCost === undefined ? {} : { costLimit: maxCost });

/** What was paid is in the ledger in either case: a later run of the same name goes on from there. */
function checkBuilt({ tally, unstarted }: BuildShardResult, prepared: PreparedRun, questions: number): void {
  if (unstarted > 0) {
    throw runFailure(
      'Budget.Exhausted',
      `limits.maxCost (${prepared.maxCost}) is reached: ${tally.spending.cost.toFixed(4)} spent, ${finished(tally)} of ${questions} questions done, ${unstarted} not started. Raise limits.maxCost and run again under the same name: paid answers are reused.`,
    );
  }
  if (tally.failed > prepared.maxFailedShare * questions) {
    throw runFailure(
      'Run.TooManyFailed',
      `${tally.failed} of ${questions} questions failed, more than limits.maxFailedShare (${prepared.maxFailedShare}) allows. See "cotmill inspect" for one of them; running again under the same name retries only these.`,
    );
  }
}
