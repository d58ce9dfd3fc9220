import { setTimeout as sleep } from 'node:timers/promises';
import type { CommittedShard } from '../../../activities/dataset/commit-shard-summary.js';
import type { LoadedShard } from '../../../activities/dataset/load-shard.js';
import type { PreparedRun } from '../../../activities/dataset/prepare-run.js';
import type { EndedShard } from '../../../activities/dataset/quota-shards.js';
import type { RunSummary } from '../../../activities/dataset/run-summary.js';
import type { Found, QuotaCount, RunQuotas } from '../../../workflows/question/quota-count.js';
import { counted } from '../../../workflows/question/quota-count.js';
import { emptyTally } from '../../../workflows/tally.js';
import { IO_QUEUE, WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { startSkippingTime } from '../../support/workflow-workers.js';
import { POLICY } from './fake-shard.js';

const QUESTIONS_PER_SHARD = 10;

export interface QuotaScript {
  readonly quotas: RunQuotas;
  /** What each shard of the plan finds. */
  readonly found: readonly Found[];
  /** Shards from the first that an earlier execution settled. */
  readonly settled?: number;
  /** Milliseconds that a shard takes. */
  readonly delay?: (shard: number) => number;
}

export interface QuotaBuild {
  /** What each shard that started was told. */
  readonly told: ReadonlyMap<number, string>;
  /** Shards that the data set was assembled of. */
  readonly assembled: number | undefined;
  readonly summary: RunSummary;
}

export interface FakeQuotaBuild {
  run(script: QuotaScript): Promise<QuotaBuild>;
  stop(): Promise<void>;
}

/** The real `buildDataset` over shards that are found committed as soon as they start; what they found is the test's. */
export async function startFakeQuotaBuild(): Promise<FakeQuotaBuild> {
  let script: QuotaScript = { quotas: { bins: [], shardsAtOnce: 1, rewriteReach: 0 }, found: [] };
  const told = new Map<number, string>();
  let assembled: number | undefined;

  const shard = (index: number): CommittedShard => ({
    ...emptyTally,
    accepted: QUESTIONS_PER_SHARD,
    found: script.found[index] ?? [],
  });
  const activities = {
    prepareRun: (): Promise<PreparedRun> =>
      Promise.resolve({
        fingerprint: 'f',
        policy: POLICY,
        questionsInFlight: 10_000,
        maxFailedShare: 0,
        quotas: script.quotas,
      }),
    planDataset: () =>
      Promise.resolve({
        planId: 'a'.repeat(16),
        questions: script.found.length * QUESTIONS_PER_SHARD,
        shards: script.found.length,
      }),
    settledShards({ before }: { before: QuotaCount }): Promise<EndedShard[]> {
      const first = counted(before);
      const settled = Array.from({ length: Math.max(0, (script.settled ?? 0) - first) }, (_, index) => first + index);
      return Promise.resolve(settled.map((index) => ({ tally: emptyTally, found: script.found[index] ?? [] })));
    },
    async loadShard({ shard: index, open }: { shard: number; open: string }): Promise<LoadedShard> {
      told.set(index, open);
      await sleep(script.delay?.(index) ?? 0);
      return { questions: [], committed: shard(index) };
    },
    assembleDataset({ shards }: { shards: number }) {
      assembled = shards;
      return Promise.resolve({ questions: { accepted: 1, byReason: {} } });
    },
  };
  const { environment, stop } = await startSkippingTime({ activities: { [IO_QUEUE]: activities } });
  let runs = 0;
  return {
    async run(next) {
      runs += 1;
      script = next;
      told.clear();
      assembled = undefined;
      const summary = (await environment.client.workflow.execute('buildDataset', {
        workflowId: `run-${runs}/dataset`,
        taskQueue: WORKFLOW_QUEUE,
        args: [{ run: `run-${runs}`, recipe: {} }],
      })) as RunSummary;
      return { told: new Map(told), assembled, summary };
    },
    stop,
  };
}
