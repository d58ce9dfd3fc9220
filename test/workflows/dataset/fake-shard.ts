import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { withEffort, type Effort } from '../../../activities/activity-context.js';
import type { FailedQuestion } from '../../../activities/dataset/commit-shard.js';
import type { LoadedShard } from '../../../activities/dataset/load-shard.js';
import type { AskInput, AskResult } from '../../../workflows/question/step.js';
import type { BuildShardInput, BuildShardResult } from '../../../workflows/dataset/build-shard.js';
import { packAnswers, unpackAsk, type PackedAnswers, type PackedAsk } from '../../../workflows/question/packed-ask.js';
import type { QuestionPolicy } from '../../../workflows/question/policy.js';
import { noSpending } from '../../../workflows/question/spending.js';
import { emptyTally, type Tally } from '../../../workflows/tally.js';
import { IO_QUEUE, poolQueue, WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { startSkippingTime } from '../../support/workflow-workers.js';

/** One chain a question at pool `a`, checked by rule: a question is one ask. */
export const POLICY: QuestionPolicy = {
  teachers: [{ pool: 'a', chains: 1 }],
  keep: 'solution',
  minVerified: 1,
  maxChains: 1,
  truncatedRetries: 0,
};

/** Answers an ask, or throws as the real one would. `nth` counts the attempts at this question from 1. */
export type ScriptedAsk = (input: AskInput, nth: number, effort: Effort) => Promise<AskResult> | AskResult;

/** A right chain that cost 1. */
export const rightChain = ({ group }: AskInput): AskResult => ({
  answers: group.asks.map(() => ({ kind: 'text', key: 'ab'.repeat(32), grade: 'equal' })),
  spending: { ...noSpending, new: 1, cost: 1 },
});

export interface FakeShard {
  readonly environment: TestWorkflowEnvironment;
  /** Ids of questions asked, in order; one retried stands here once an attempt. */
  readonly asked: string[];
  /** Most questions that were asked at the same time. */
  readonly mostAtOnce: () => number;
  /** What the shard was committed with; undefined: it was not. */
  readonly committed: () => readonly FailedQuestion[] | undefined;
  input(changes?: Partial<BuildShardInput>): BuildShardInput;
  /** Starts `buildShard` over the questions. */
  start(options: { questions: number; ask: ScriptedAsk; input?: Partial<BuildShardInput> }): Promise<ShardHandle>;
  stop(): Promise<void>;
}

export interface ShardHandle {
  readonly run: string;
  result(): Promise<BuildShardResult>;
  signal(name: 'control', message: BuildShardInput['control']): Promise<void>;
}

export const questionIdOf = (index: number): string => String(index).padStart(32, '0');

/** Real workflows on a server that skips time; store and models are functions of the test. */
export async function startFakeShard(): Promise<FakeShard> {
  const state = newState();
  const { environment, stop } = await startSkippingTime({ activities: activitiesOf(state) });
  let runs = 0;
  const input = (changes: Partial<BuildShardInput> = {}): BuildShardInput => ({
    plan: { run: `run-${runs}`, planId: 'a'.repeat(16), execution: 'e1' },
    shard: 0,
    policy: POLICY,
    control: { paused: false, concurrency: 4 },
    ...changes,
  });
  return {
    environment,
    asked: state.asked,
    mostAtOnce: () => state.mostAtOnce,
    committed: () => state.committed,
    input,
    async start({ questions, ask, input: changes }) {
      runs += 1;
      Object.assign(state, { ...newState(), asked: state.asked, questions, ask });
      state.asked.length = 0;
      const handle = await environment.client.workflow.start('buildShard', {
        workflowId: `run-${runs}/shard/0000`,
        taskQueue: WORKFLOW_QUEUE,
        args: [input(changes)],
      });
      return {
        run: `run-${runs}`,
        result: () => handle.result() as Promise<BuildShardResult>,
        signal: (name, message) => handle.signal(name, message),
      };
    },
    stop,
  };
}

interface State {
  questions: number;
  ask: ScriptedAsk;
  asked: string[];
  atWork: Set<string>;
  mostAtOnce: number;
  committed: readonly FailedQuestion[] | undefined;
}

const newState = (): State => ({
  questions: 0,
  ask: rightChain,
  asked: [],
  atWork: new Set(),
  mostAtOnce: 0,
  committed: undefined,
});

function activitiesOf(state: State): Record<string, object> {
  const askPool = (packed: PackedAsk): Promise<PackedAnswers> =>
    withEffort(async (effort) => {
      const input = unpackAsk(packed);
      state.asked.push(input.id);
      state.atWork.add(input.id);
      state.mostAtOnce = Math.max(state.mostAtOnce, state.atWork.size);
      try {
        return packAnswers(await state.ask(input, state.asked.filter((id) => id === input.id).length, effort));
      } finally {
        state.atWork.delete(input.id);
      }
    });
  const loadShard = (): Promise<LoadedShard> =>
    Promise.resolve({
      questions: Array.from({ length: state.questions }, (_, index) => ({ id: questionIdOf(index) })),
    });
  const commitShard = ({ failed }: { failed: readonly FailedQuestion[] }): Promise<Tally> => {
    state.committed = failed;
    return Promise.resolve({ ...emptyTally, accepted: state.questions - failed.length, failed: failed.length });
  };
  return { [IO_QUEUE]: { loadShard, commitShard }, [poolQueue('a')]: { askPool } };
}
