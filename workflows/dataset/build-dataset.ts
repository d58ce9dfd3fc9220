import {
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { PreparedRun } from '../../activities/dataset/prepare-run.js';
import type { PlanRef } from '../../activities/references.js';
import { bulk, storage } from '../activity-options.js';
import { runFailure } from '../failures.js';
import { checkRunInput } from '../input.js';
import type { Control, Phase } from '../messages.js';
import { counted, noCount, totalFound } from '../question/quota-count.js';
import { COT_PHASE } from '../search-attributes.js';
import { acceptSteering } from '../steering.js';
import { emptyTally, finished } from '../tally.js';
import { IO_QUEUE } from '../task-queues.js';
import { describeQuotas, describeTally } from './describe.js';
import { partitionChildren, SHARDS_PER_PARTITION } from './partition-children.js';
import { shardChildren, type RangeResult, type ShardChildren, type ShardRange } from './shard-children.js';

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
  /** A pool that is not the deployment's: a model that is served for this run, and its name in requests. */
  readonly served?: { readonly pool: string; readonly model: string };
}

/** Builds one data set: plan its questions, build shard after shard in a bounded window, assemble and publish. */
export async function buildDataset(input: BuildDatasetInput): Promise<RunSummary> {
  const run = checkRunInput(input, workflowInfo().workflowId);
  const execution = input.execution ?? workflowInfo().runId;
  const node: { phase: Phase; questions: number; children?: ShardChildren } = { phase: 'preparing', questions: 0 };
  const steering = acceptSteering({
    initial: input.control ?? { paused: false, concurrency: 0 },
    progress: () => ({ ...(node.children?.progress() ?? nothingYet), phase: node.phase, questions: node.questions }),
    tell: async (next) => node.children?.steer(next),
  });
  const enter = (phase: Phase): void => {
    node.phase = phase;
    upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
    setCurrentDetails(`**${phase}**`);
  };

  enter('preparing');
  const prepared = await prepareRun({ run, recipe: input.recipe, ...(input.served && { served: input.served }) });
  steering.control = { ...steering.control, concurrency: steering.control.concurrency || prepared.questionsInFlight };

  enter('planning');
  const planned = await planDataset({ run, fingerprint: prepared.fingerprint });
  const plan: PlanRef = { run, planId: planned.planId, execution };
  node.questions = planned.questions;

  enter('building');
  node.children = childrenOf({
    plan,
    first: 0,
    count: planned.shards,
    questions: planned.questions,
    policy: prepared.policy,
    control: steering.control,
    ...costLimit(prepared),
    ...quotasAtStart(prepared),
  });
  const built = await node.children.run();
  checkBuilt(built, prepared, planned.questions);

  enter('assembling');
  const shards = built.quota ? counted(built.quota.count) : planned.shards;
  const assembled = await assembleDataset({ plan, fingerprint: prepared.fingerprint, shards });
  const summary = { ...assembled, ...askedBeyond(built) };
  // That nothing was right is a finding about a model that explores.
  if (!input.served) checkAccepted(summary);
  enter('done');
  setCurrentDetails(describeTally(built.tally, planned.questions) + describeQuotas(node.children.progress().quotas));
  await condition(allHandlersFinished);
  return summary;
}

const nothingYet = { tally: emptyTally, children: [], questionsInFlight: 0 };

const childrenOf = (range: ShardRange): ShardChildren =>
  range.count > SHARDS_PER_PARTITION ? partitionChildren(range) : shardChildren(range);

function checkAccepted({ questions, dataset }: RunSummary): void {
  if (questions.accepted > 0) return;
  throw runFailure(
    'Run.NothingAccepted',
    `none of ${questions.total} questions was accepted: ${JSON.stringify(questions.byReason)}. What there is lies beside ${dataset.manifestKey}.`,
  );
}

const quotasAtStart = ({ quotas }: PreparedRun) =>
  quotas && { quotas: { ...quotas, count: noCount(quotas.bins.length) } };

/** What was asked in shards that were at work when the quotas were filled, for the run's accounts. */
function askedBeyond({ quota }: RangeResult): Pick<RunSummary, 'beyond'> {
  if (!quota || finished(quota.beyond) === 0) return {};
  const { spending } = quota.beyond;
  return { beyond: { questions: finished(quota.beyond), calls: spending.new, cost: spending.cost } };
}

const costLimit = ({ maxCost }: PreparedRun) => (maxCost === undefined ? {} : { costLimit: maxCost });

/** What was paid is in the ledger in either case: a later run of the same name goes on from there. */
function checkBuilt({ tally, unstarted, quota }: RangeResult, prepared: PreparedRun, questions: number): void {
  if (unstarted > 0) {
    throw runFailure(
      'Budget.Exhausted',
      `limits.maxCost (${prepared.maxCost}) is reached: ${tally.spending.cost.toFixed(4)} spent, ${finished(tally)} of ${questions} questions done, ${unstarted} not started.${quotasText(quota, prepared)} Raise limits.maxCost and run again under the same name: paid answers are reused.`,
    );
  }
  const asked = quota ? finished(tally) : questions;
  if (tally.failed > prepared.maxFailedShare * asked) {
    throw runFailure(
      'Run.TooManyFailed',
      `${tally.failed} of ${asked} questions failed, more than limits.maxFailedShare (${prepared.maxFailedShare}) allows. See "cotmill inspect" for one of them; running again under the same name retries only these.`,
    );
  }
}

function quotasText(quota: RangeResult['quota'], { quotas }: PreparedRun): string {
  if (!quota || !quotas) return '';
  const found = totalFound(quota.count);
  return ` Quotas: ${quotas.bins.map(({ name, chains }, bin) => `${name} ${found[bin] ?? 0} of ${chains}`).join('; ')}.`;
}
