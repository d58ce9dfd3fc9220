import { startChild } from '@temporalio/workflow';
import type { Control } from '../messages.js';
import { COT_RUN } from '../search-attributes.js';
import { addTallies, emptyTally } from '../tally.js';
import { buildPartition } from './build-partition.js';
import { runWindow, type WindowHolder } from './run-window.js';
import { tell, tellChange, type ShardChildren, type ShardRange } from './shard-children.js';
import { openWindow, partitionShards } from './window.js';

/** With 9 events a shard a partition stays near 1,100 events; above so many shards a data set is partitioned. */
export const SHARDS_PER_PARTITION = 125;

/** The shards of a large data set as partitions, all at work at once, each with an equal share of the questions in flight. */
export function partitionChildren(range: ShardRange): ShardChildren {
  const parts = partitionShards(range.count, SHARDS_PER_PARTITION);
  const holder: WindowHolder = { window: openWindow(parts.length, parts.length) };
  let steering = range.control;
  let total = { tally: emptyTally, unstarted: 0 };
  const partitionId = (index: number): string => `${range.plan.run}/partition/${String(index).padStart(3, '0')}`;
  const partitionControl = (): Control => ({
    ...steering,
    concurrency: Math.max(1, Math.ceil(steering.concurrency / parts.length)),
  });

  async function build(index: number): Promise<void> {
    const part = parts[index];
    if (!part) return;
    const share = part.count / range.count;
    const given = partitionControl();
    const partition = await startChild(buildPartition, {
      workflowId: partitionId(index),
      args: [
        {
          ...range,
          first: range.first + part.first,
          count: part.count,
          questions: Math.round(range.questions * share),
          control: given,
          ...(range.costLimit !== undefined && { costLimit: range.costLimit * share }),
        },
      ],
      typedSearchAttributes: [{ key: COT_RUN, value: range.plan.run }],
    });
    await tellChange(partitionId(index), given, partitionControl());
    const { tally, unstarted } = await partition.result();
    total = { tally: addTallies(total.tally, tally), unstarted: total.unstarted + unstarted };
  }

  return {
    async run() {
      await runWindow(holder, build);
      return total;
    },
    async steer(next) {
      steering = next;
      await Promise.all(holder.window.inFlight.map((index) => tell(partitionId(index), partitionControl())));
    },
    progress: () => ({
      phase: 'building',
      paused: steering.paused,
      questions: range.questions,
      tally: total.tally,
      children: holder.window.inFlight.map(partitionId),
      questionsInFlight: 0,
      concurrency: steering.concurrency,
    }),
  };
}
