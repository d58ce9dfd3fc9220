import { ApplicationFailure, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { AskResult } from '../../activities/question/ask.js';
import type { ShardRef } from '../../activities/references.js';
import { asking } from '../activity-options.js';
import { COT_OUTCOME } from '../search-attributes.js';
import { IO_QUEUE, poolQueue } from '../task-queues.js';
import { describeGroup, describeQuestion } from './describe.js';
import { apply, decide, startQuestion } from './machine.js';
import type { QuestionPolicy } from './policy.js';
import { addSpending, noSpending, type Spending } from './spending.js';
import type { AskGroup, TextKey } from './state.js';

export interface DistillQuestionInput extends ShardRef {
  /** Question id: 32 hex digits. */
  readonly id: string;
  /** Keys of the chains that came with the source row. */
  readonly chains?: readonly TextKey[];
  readonly policy: QuestionPolicy;
}

export interface DistillQuestionResult {
  readonly outcome: 'accepted' | 'rejected';
  readonly reason?: string;
  readonly spending: Spending;
}

/** One question, from its first chains to its outcome: asks the machine what to ask, asks it, tells the machine the answers. */
export async function distillQuestion(input: DistillQuestionInput): Promise<DistillQuestionResult> {
  let state = startQuestion(input.policy, input.chains);
  let spending = noSpending;
  for (let groups = decide(input.policy, state); groups.length > 0; groups = decide(input.policy, state)) {
    setCurrentDetails(describeQuestion(state));
    const step = state.step;
    const results = await Promise.all(groups.map((group) => ask(input, step, group)));
    spending = results.reduce((sum, result) => addSpending(sum, result.spending), spending);
    state = apply(
      input.policy,
      state,
      groups.map((group, index) => ({ group, answers: results[index]?.answers ?? [] })),
    );
  }
  setCurrentDetails(describeQuestion(state));
  // decide() gives no asks only for an ended question.
  if (!state.outcome)
    throw ApplicationFailure.nonRetryable(`question ${input.id} has no asks and no outcome`, 'Internal');
  const { kind: outcome, ...reason } = state.outcome;
  upsertSearchAttributes([{ key: COT_OUTCOME, value: outcome }]);
  return { outcome, ...reason, spending };
}

function ask({ plan, shard, id }: DistillQuestionInput, step: number, group: AskGroup): Promise<AskResult> {
  const { askPool } = proxyActivities<Activities>({
    ...asking,
    taskQueue: group.pool ? poolQueue(group.pool) : IO_QUEUE,
  });
  return askPool.executeWithOptions({ summary: describeGroup(group) }, [{ plan, shard, id, step, group }]);
}
