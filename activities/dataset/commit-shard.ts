import { startQuestion } from '../../workflows/question/machine.js';
import { openOf } from '../../workflows/question/quota-count.js';
import type { QuestionPolicy } from '../../workflows/question/policy.js';
import type { Ledger } from '../ledger/ledger.js';
import type { CallRecord } from '../ledger/record.js';
import type { ShardRef } from '../references.js';
import type { QuestionRow } from '../sources/question-row.js';
import { StoreError, type ObjectStore } from '../store/object-store.js';
import { writeJsonDocument } from '../store/json-objects.js';
import { createPartWriter } from './commit-shard-part.js';
import { shardPrefix, shardSummaryKey, type FailedQuestion, type ShardSummary } from './commit-shard-summary.js';
import { mapInOrder } from './commit-shard-window.js';
import { countFound } from './quota-found.js';
import { chainRows, textKeys, type QuestionMaterial } from './rows-chain.js';
import type { History } from './rows-outcome.js';
import { questionRow } from './rows-question.js';
import { chainMetadata, toLine, type RowContext } from './rows.js';
import { addCounts, countExecution, countQuestion, NO_BUILD, NO_EXECUTION } from './stats.js';

export type { FailedQuestion } from './commit-shard-summary.js';

export interface CommitShardInput extends ShardRef {
  readonly policy: QuestionPolicy;
  readonly context: RowContext;
  readonly failed: readonly FailedQuestion[];
}

export interface ShardCommitterDependencies {
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  /** The questions of a shard of the plan, in their order. */
  readonly readShard: (shard: ShardRef) => Promise<readonly QuestionRow[]>;
  readonly readHistory: (question: {
    readonly shard: ShardRef;
    readonly row: QuestionRow;
    readonly policy: QuestionPolicy;
  }) => Promise<History>;
}

export interface WorkOptions {
  /** Called after every question; between two of them, who runs the work says that it is alive. */
  readonly heartbeat: () => void;
  readonly signal: AbortSignal;
}

/** Together at most 32 reads of the store at once, and the texts of 16 questions in memory. */
const QUESTIONS_AT_ONCE = 16;
const READS_PER_QUESTION = 2;

/**
 * Writes the rows of a finished shard from plan, journal and ledger. Safe to run twice: parts are named by their content, the summary
 * comes last, and two commits of the same journal write the same parts, whoever runs them. Memory is a few questions' texts and the
 * shard's compressed rows. Rejects with the signal's reason when aborted, StoreError, PlanCorrupt, or Error when a text is gone.
 */
export function createShardCommitter(dependencies: ShardCommitterDependencies) {
  const { store } = dependencies;

  async function commitShard(input: CommitShardInput, options: WorkOptions): Promise<ShardSummary> {
    const rows = await dependencies.readShard(input);
    checkFailed(input, rows);
    const collector = createCollector(input);
    const read = (row: QuestionRow): Promise<QuestionMaterial> => readMaterial(dependencies, input, row);
    for await (const material of mapInOrder(rows, QUESTIONS_AT_ONCE, read)) {
      options.signal.throwIfAborted();
      await collector.add(material);
      options.heartbeat();
    }
    const summary = await collector.finish(store);
    options.signal.throwIfAborted();
    await writeJsonDocument(store, shardSummaryKey(input.plan, input.shard), summary);
    return summary;
  }

  return { commitShard };
}

export type ShardCommitter = ReturnType<typeof createShardCommitter>;

/** Rows and counts of a shard as its questions come in, in their order. */
function createCollector({ plan, shard, context, failed, policy }: CommitShardInput) {
  const writers = { chains: createPartWriter(), questions: createPartWriter(), metadata: createPartWriter() };
  let counts = NO_BUILD;
  let execution = NO_EXECUTION;
  const found = policy.quota && countFound(policy.quota.bins);

  async function add(material: QuestionMaterial): Promise<void> {
    const chains = chainRows(material, context);
    const question = questionRow(material, context);
    for (const chain of chains) {
      await writers.chains.write(toLine(chain));
      await writers.metadata.write(toLine(chainMetadata(chain)));
    }
    await writers.questions.write(toLine(question));
    chains.forEach((chain) => found?.add(chain));
    counts = addCounts(counts, countQuestion(question, chains, material.history));
    execution = addCounts(execution, countExecution(material.history, plan.execution));
  }

  async function finish(store: ObjectStore): Promise<ShardSummary> {
    const prefix = shardPrefix(plan, shard);
    const parts = {
      chains: await writers.chains.store(store, `${prefix}/chains`),
      questions: await writers.questions.store(store, `${prefix}/questions`),
      metadata: await writers.metadata.store(store, `${prefix}/metadata`),
    };
    const { run, planId } = plan;
    const place = { run, planId, shard, execution: plan.execution, fingerprint: context.fingerprint };
    const quota = policy.quota && found && { quota: { open: openOf(policy.quota), found: found.finish() } };
    return { schema: 1, ...place, parts, ...counts, ...execution, failures: failed, ...quota };
  }

  return { add, finish };
}

async function readMaterial(
  dependencies: ShardCommitterDependencies,
  input: CommitShardInput,
  row: QuestionRow,
): Promise<QuestionMaterial> {
  const failure = input.failed.find(({ questionId }) => questionId === row.id);
  const history = await readHistory(dependencies, input, row);
  const records = new Map<string, CallRecord>();
  const keys = textKeys(history);
  const read = async (key: string) => ({ key, record: await readRecord(dependencies.ledger, key, failure) });
  for await (const { key, record } of mapInOrder(keys, READS_PER_QUESTION, read)) {
    if (record) records.set(key, record);
    else if (!failure) throw missingText(key, row.id);
  }
  return { row, history, failure, records };
}

/** A failed question may have failed because its journal can't be read: then it is a row without one. */
async function readHistory(
  dependencies: ShardCommitterDependencies,
  { plan, shard, policy, failed }: CommitShardInput,
  row: QuestionRow,
): Promise<History> {
  try {
    return await dependencies.readHistory({ shard: { plan, shard }, row, policy });
  } catch (error) {
    if (error instanceof StoreError || !failed.some(({ questionId }) => questionId === row.id)) throw error;
    const keys = row.chains.map(({ key }) => key);
    return { state: startQuestion(policy, keys), entries: [], complete: false };
  }
}

async function readRecord(
  ledger: Ledger,
  key: string,
  failure: FailedQuestion | undefined,
): Promise<CallRecord | undefined> {
  try {
    return await ledger.find(key);
  } catch (error) {
    if (error instanceof StoreError || !failure) throw error;
    return undefined;
  }
}

const missingText = (key: string, questionId: string): Error =>
  new Error(
    `The ledger has no record ${key}, a text of question ${questionId}, though its journal names it: was it deleted from the store?`,
  );

function checkFailed({ failed, shard }: CommitShardInput, rows: readonly QuestionRow[]): void {
  const ids = new Set(rows.map(({ id }) => id));
  const strange = failed.find(({ questionId }) => !ids.has(questionId));
  if (strange)
    throw new RangeError(
      `Question ${strange.questionId} was reported as failed but is not in shard ${shard}: expected one of its ${rows.length} questions.`,
    );
}
