import { ApplicationFailure, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.js';
import type { PlanRef } from '../../activities/references.js';
import { asking } from '../activity-options.js';
import { runFailure } from '../failures.js';
import { checkFields } from '../input.js';
import { COT_OUTCOME } from '../search-attributes.js';
import { IO_QUEUE, poolQueue } from '../task-queues.js';
import { describeGroup, describeQuestion } from './describe.js';
import { applyResults, mayGoOn } from './go-on.js';
import { decide, startQuestion } from './machine.js';
import { packAsk, unpackAnswers, unpackPlan, type PackedAnswers } from './packed-ask.js';
import { unpackPolicy } from './packed-policy.js';
import type { QuestionPolicy } from './policy.js';
import { addSpending, noSpending, packSpending, type PackedSpending } from './spending.js';
import type { TextKey } from './state.js';
import type { AskInput } from './step.js';

/** Plan and policy may come written out, as people write them, or packed, as shards send them. */
export interface DistillQuestionInput {
  readonly plan: PlanRef | string;
  readonly shard: number;
  /** Question id: 32 hex digits. */
  readonly id: string;
  /** Keys of the chains that came with the source row. */
  readonly chains?: readonly TextKey[];
  readonly policy: QuestionPolicy | string;
}

export interface DistillQuestionResult {
  readonly outcome: 'accepted' | 'rejected';
  readonly reason?: string;
  readonly spending: PackedSpending;
}

/** One question, from its first chains to its outcome: asks the machine what to ask, asks it, tells the machine the answers. */
export async function distillQuestion(input: DistillQuestionInput): Promise<DistillQuestionResult> {
  checkFields(input, { plan: 'packed', shard: 'number', id: 'string', policy: 'packed' });
  const { plan, policy } = readInput(input);
  let state = startQuestion(policy, input.chains);
  let spending = noSpending;
  for (let groups = decide(policy, state); groups.length > 0; groups = decide(policy, state)) {
    setCurrentDetails(describeQuestion(state));
    const step = { plan, shard: input.shard, id: input.id, step: state.step };
    const goesOn = mayGoOn(policy, groups);
    const asked = groups.map((group) => ask({ ...step, group, ...(goesOn && { policy }) }));
    // The SDK takes a stack trace for every promise of a workflow, so one that is alone is awaited without Promise.all's three.
    const [only, ...others] = asked;
    const packed = only !== undefined && others.length === 0 ? [await only] : await Promise.all(asked);
    const after = applyResults(policy, state, { groups, results: packed.map(unpackAnswers) });
    spending = addSpending(spending, after.spending);
    state = after.state;
  }
  setCurrentDetails(describeQuestion(state));
  // decide() gives no asks only for an ended question.
  if (!state.outcome)
    throw ApplicationFailure.nonRetryable(`question ${input.id} has no asks and no outcome`, 'Internal');
  const { kind: outcome, ...reason } = state.outcome;
  upsertSearchAttributes([{ key: COT_OUTCOME, value: outcome }]);
  return { outcome, ...reason, spending: packSpending(spending) };
}

function readInput({ plan, policy }: DistillQuestionInput): { plan: PlanRef; policy: QuestionPolicy } {
  try {
    return {
      plan: typeof plan === 'string' ? unpackPlan(plan) : plan,
      policy: typeof policy === 'string' ? unpackPolicy(policy) : policy,
    };
  } catch (error) {
    throw runFailure('Input.Invalid', error instanceof Error ? error.message : String(error));
  }
}

function ask(input: AskInput): Promise<PackedAnswers> {
  const { group, policy } = input;
  const { askPool } = proxyActivities<Activities>({
    ...asking,
    taskQueue: group.pool ? poolQueue(group.pool) : IO_QUEUE,
    summary: describeGroup(group, policy !== undefined),
  });
  return askPool(packAsk(input));
}
