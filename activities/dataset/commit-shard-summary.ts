import type { Found } from '../../workflows/question/quota-count.js';
import type { Tally } from '../../workflows/tally.js';
import { fiveDigits } from '../numbered-name.js';
import type { PlanRef } from '../references.js';
import type { ObjectStore } from '../store/object-store.js';
import { ShardDamaged, type ShardPart } from './commit-shard-part.js';
import type { BuildCounts, ExecutionCounts } from './stats.js';

/** A question whose workflow failed: infrastructure, after retries. */
export interface FailedQuestion {
  readonly questionId: string;
  /** Short, one of few: it is a column and is counted. */
  readonly reason: string;
  /** For people; kept in the shard's summary only. */
  readonly message: string;
}

/** `shard.json`: what a committed shard holds. Written after its parts; readers follow it only. */
export interface ShardSummary extends BuildCounts, ExecutionCounts {
  readonly schema: 1;
  readonly run: string;
  readonly planId: string;
  readonly shard: number;
  /** Execution that committed; `calls` and `paid` are its own, everything else is the same for all. */
  readonly execution: string;
  readonly fingerprint: string;
  readonly parts: {
    readonly chains: ShardPart;
    readonly questions: ShardPart;
    /** Chains without texts. */
    readonly metadata: ShardPart;
  };
  readonly failures: readonly FailedQuestion[];
  /** Of a run with quotas. */
  readonly quota?: ShardQuota;
}

/** What a shard was told of the quotas, and what it found for them. */
export interface ShardQuota {
  /** A digit for each bin, `1` for open: with another one its rows would be others. */
  readonly open: string;
  /** Accepted chains by bin. */
  readonly found: Found;
}

/** Counts of a committed shard in the workflow's terms. */
export interface CommittedShard extends Tally {
  /** Of a run with quotas: accepted chains by bin. */
  readonly found?: Found;
}

type Place = Pick<PlanRef, 'run' | 'planId'>;

/** Prefix of everything a committed shard stores. */
export const shardPrefix = ({ run, planId }: Place, shard: number): string =>
  `runs/${run}/${planId}/shards/${fiveDigits(shard)}`;

export const shardSummaryKey = (plan: Place, shard: number): string => `${shardPrefix(plan, shard)}/shard.json`;

/** The summary of a committed shard, or undefined when it was not committed. Throws ShardDamaged, StoreError. */
export async function readShardSummary(
  store: ObjectStore,
  plan: Place,
  shard: number,
): Promise<ShardSummary | undefined> {
  const key = shardSummaryKey(plan, shard);
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  const summary = parse(Buffer.from(bytes).toString('utf8'));
  if (!isSummaryOf(summary, shard)) {
    throw new ShardDamaged(
      `${key} in ${store.description} is not the summary of shard ${shard}. Delete it and run again: paid answers are reused.`,
    );
  }
  return summary;
}

/** Counts of a shard as `execution` sees them: what another one paid is reused. */
export function executionCounts(summary: ShardSummary, execution: string): ExecutionCounts {
  if (summary.execution === execution) return { calls: summary.calls, paid: summary.paid };
  const { calls } = summary;
  return {
    calls: { new: 0, reused: calls.new + calls.reused + calls.repeated, repeated: 0 },
    paid: { byRole: {}, byPool: {} },
  };
}

/** The shard in the workflow's terms. */
export function shardTally(summary: ShardSummary, execution: string): CommittedShard {
  const { accepted, rejected, failed } = summary.questions;
  const { calls, paid } = executionCounts(summary, execution);
  const roles = Object.values(paid.byRole);
  return {
    accepted,
    rejected,
    failed,
    spending: {
      ...calls,
      inputTokens: roles.reduce((sum, usage) => sum + usage.inputTokens, 0),
      outputTokens: roles.reduce((sum, usage) => sum + usage.outputTokens, 0),
      cost: roles.reduce((sum, usage) => sum + usage.cost, 0),
    },
    ...(summary.quota && { found: summary.quota.found }),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Written by this program alone: the schema number and the place tell a foreign object; parts have hashes of their own. */
const isSummaryOf = (value: unknown, shard: number): value is ShardSummary =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  value.schema === 1 &&
  'shard' in value &&
  value.shard === shard;
