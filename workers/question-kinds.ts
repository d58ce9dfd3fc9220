import { readPart } from '../activities/dataset/commit-shard-part.js';
import { readShardSummary } from '../activities/dataset/commit-shard-summary.js';
import type { CurrentPlan } from '../activities/dataset/current-plan.js';
import { readPlanManifest } from '../activities/dataset/plan-manifest.js';
import type { ChainMetadata, QuestionOutcomeRow } from '../activities/dataset/rows.js';
import type { ObjectStore } from '../activities/store/object-store.js';

/** How a question ended, in words: `accepted at once`, `accepted after extension`, `rejected: too-few-verified`, `failed: ...`. */
export interface QuestionKind {
  readonly kind: string;
  readonly questions: number;
  /** Id of the first one. */
  readonly example: string;
}

type Question = Pick<QuestionOutcomeRow, 'question_id' | 'outcome' | 'reason'>;
type Chain = Pick<ChainMetadata, 'question_id' | 'outcome' | 'revision_by'>;

/** The kind of a question from its row and the rows of its chains. Pure. */
export function kindOf({ outcome, reason }: Question, chains: readonly Chain[]): string {
  if (outcome !== 'accepted') return `${outcome}: ${reason ?? 'unknown'}`;
  const by = new Set(chains.filter((chain) => chain.outcome === 'accepted').map(({ revision_by }) => revision_by));
  const rewrites = [
    ...(by.has('extend') ? ['extension'] : []),
    ...(by.has('simplify') ? ['simplification'] : []),
    ...(by.has('shorten') ? ['shortening'] : []),
  ];
  return rewrites.length === 0 ? 'accepted at once' : `accepted after ${rewrites.join(' and ')}`;
}

/** The questions of a run by kind, the most frequent first, from the rows of its finished shards. Throws StoreError, ShardDamaged, PlanCorrupt. */
export async function readQuestionKinds(store: ObjectStore, plan: CurrentPlan): Promise<QuestionKind[]> {
  const kinds = new Map<string, QuestionKind>();
  const { shards } = await readPlanManifest(store, plan.run, plan.planId);
  for (const shard of shards.keys()) {
    for await (const { id, kind } of kindsOfShard(store, plan, shard)) {
      const { questions = 0, example = id } = kinds.get(kind) ?? {};
      kinds.set(kind, { kind, questions: questions + 1, example });
    }
  }
  return [...kinds.values()].sort((a, b) => b.questions - a.questions || (a.kind < b.kind ? -1 : 1));
}

async function* kindsOfShard(
  store: ObjectStore,
  plan: CurrentPlan,
  shard: number,
): AsyncGenerator<{ readonly id: string; readonly kind: string }> {
  const summary = await readShardSummary(store, plan, shard);
  if (!summary) return;
  const chains = new Map<string, Chain[]>();
  for await (const row of readPart(store, summary.parts.metadata)) {
    const chain = row as ChainMetadata;
    chains.set(chain.question_id, [...(chains.get(chain.question_id) ?? []), chain]);
  }
  for await (const row of readPart(store, summary.parts.questions)) {
    const question = row as QuestionOutcomeRow;
    yield { id: question.question_id, kind: kindOf(question, chains.get(question.question_id) ?? []) };
  }
}
