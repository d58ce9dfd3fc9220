import { getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import type { PlanRef } from '../../activities/references.js';
import { control, type Control, type Progress } from '../messages.js';
import type { QuestionPolicy } from '../question/policy.js';
import { COT_RUN } from '../search-attributes.js';
import { addTallies, emptyTally, type Tally } from '../tally.js';
import { buildShard, type BuildShardResult } from './build-shard.js';
import { runWindow, type WindowHolder } from './run-window.js';
import { openWindow, shareOut } from './window.js';

/** Consecutive shards of a plan, and how they are to be built. */
export interface ShardRange {
  readonly plan: PlanRef;
  readonly first: number;
  readonly count: number;
  /** Questions in all these shards. */
  readonly questions: number;
  readonly policy: QuestionPolicy;
  readonly control: Control;
  readonly costLimit?: number;
}

/** Shards at work below a data set or partition: a window of children that takes control messages and reports progress. */
export interface ShardChildren {
  run(): Promise<BuildShardResult>;
  steer(next: Control): Promise<void>;
  progress(): Progress;
}

/** Children that run `buildShard` for each shard of a range, as many at once as the questions in flight need. */
export function shardChildren(range: ShardRange): ShardChildren {
  let steering = range.control;
  let tally: Tally = emptyTally;
  let unstarted = 0;
  let reserved = 0;
  const share = () => shareOut(steering.concurrency, range.count);
  const holder: WindowHolder = { window: openWindow(range.count, share().shardsInFlight, steering.paused) };
  const shardId = (index: number): string => `${range.plan.run}/shard/${String(range.first + index).padStart(4, '0')}`;
  const shardControl = (): Control => ({ paused: steering.paused, concurrency: share().questionsEach });

  /** What one more shard may spend: an equal share of what is neither spent nor promised to shards in flight. */
  function allowance(): number | undefined {
    if (range.costLimit === undefined) return undefined;
    const free = Math.max(1, holder.window.limit - holder.window.inFlight.length + 1);
    return Math.max(0, range.costLimit - tally.spending.cost - reserved) / free;
  }

  async function build(index: number): Promise<void> {
    const costLimit = allowance();
    reserved += costLimit ?? 0;
    const given = shardControl();
    const input = { plan: range.plan, shard: range.first + index, policy: range.policy, control: given };
    const shard = await startChild(buildShard, {
      workflowId: shardId(index),
      args: [{ ...input, ...(costLimit !== undefined && { costLimit }) }],
      typedSearchAttributes: [{ key: COT_RUN, value: range.plan.run }],
    });
    await tellChange(shardId(index), given, shardControl());
    const result = await shard.result();
    reserved -= costLimit ?? 0;
    tally = addTallies(tally, result.tally);
    unstarted += result.unstarted;
    // Shards of a run out of money must not be started only to find that out.
    if (result.unstarted > 0) holder.window = { ...holder.window, stopped: true };
  }

  return {
    async run() {
      await runWindow(holder, build);
      const built = tally.accepted + tally.rejected + tally.failed;
      return {
        tally,
        unstarted: Math.max(unstarted, holder.window.next < range.count ? range.questions - built : unstarted),
      };
    },
    async steer(next) {
      steering = next;
      holder.window = { ...holder.window, paused: next.paused, limit: share().shardsInFlight };
      await Promise.all(holder.window.inFlight.map((index) => tell(shardId(index), shardControl())));
    },
    progress: () => ({
      phase: 'building',
      paused: steering.paused,
      questions: range.questions,
      tally,
      children: holder.window.inFlight.map(shardId),
      questionsInFlight: 0,
      concurrency: steering.concurrency,
    }),
  };
}

/** Tells a child; one that ended in between needs no telling. */
export async function tell(workflowId: string, message: Control): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(control, message)
    .catch(() => undefined);
}

/** A child that was being started when an operator spoke could not hear it, and was given what was true before. */
export async function tellChange(workflowId: string, given: Control, current: Control): Promise<void> {
  if (given.paused !== current.paused || given.concurrency !== current.concurrency) await tell(workflowId, current);
}
