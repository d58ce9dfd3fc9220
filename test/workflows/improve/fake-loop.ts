import { ApplicationFailure } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import type { Comparison } from '../../../activities/experiment/experiment-summary.js';
import type { ComparedPair } from '../../../activities/experiment/experiment-plan.js';
import type { ImprovementPlan, RoundInput } from '../../../activities/improve/round-plan.js';
import type { ImprovementSummary, LoopRules, RoundResult } from '../../../activities/improve/round-result.js';
import { IO_QUEUE, WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { startSkippingTime } from '../../support/workflow-workers.js';
import { loopRules, roundResult, scoreOf } from './fake-rounds.js';

/** What the fake children ask. */
export interface FakeWork {
  round(input: object): Promise<RoundResult>;
  evaluation(input: object): Promise<EvaluationResult>;
}

export interface LoopScript {
  readonly rules?: Partial<LoopRules>;
  /** Score of each round; null: it found too little. */
  readonly scores: readonly (number | null)[];
  /** Round that fails. */
  readonly failing?: number;
  readonly imitationScores?: readonly EvaluationResult[];
}

export interface FakeLoop {
  start(script: LoopScript): Promise<WorkflowHandle<() => Promise<ImprovementSummary>>>;
  /** What each round was told. */
  readonly rounds: readonly RoundInput[];
  /** Models that were asked beside the rounds. */
  readonly asked: readonly string[];
  /** Tables that were written. */
  readonly tables: readonly string[];
  /** Of its Temporal server. */
  readonly client: Client;
  stop(): Promise<void>;
}

/** The real workflow `selfImprove` over rounds that bring what the script says. */
export async function startFakeLoop(): Promise<FakeLoop> {
  const state = {
    script: { scores: [] } as LoopScript,
    rounds: [] as RoundInput[],
    asked: [] as string[],
    tables: [] as string[],
  };
  const { environment, stop } = await startSkippingTime({
    activities: { [IO_QUEUE]: activitiesOf(state) },
    workflows: 'improve/fake-children.ts',
  });
  let runs = 0;
  return {
    ...state,
    client: environment.client,
    async start(script) {
      state.script = script;
      for (const list of [state.rounds, state.asked, state.tables]) list.length = 0;
      runs += 1;
      const { imitationScores } = script;
      return environment.client.workflow.start('selfImprove', {
        workflowId: `run-${runs}/improvement`,
        taskQueue: WORKFLOW_QUEUE,
        args: [
          {
            run: `run-${runs}`,
            recipe: { evaluations: [{ name: 'held-out', baseline: 'small', models: [{ student: 'small' }] }] },
            imitation: { name: 'small', version: 'v1' },
            ...(imitationScores && { imitationScores }),
          },
        ],
      });
    },
    stop,
  };
}

interface State {
  script: LoopScript;
  readonly rounds: RoundInput[];
  readonly asked: string[];
  readonly tables: string[];
}

const activitiesOf = (state: State) => ({
  planImprovement: (): Promise<ImprovementPlan> =>
    Promise.resolve({
      rules: loopRules(state.script.rules),
      imitation: { name: 'small', version: 'v1' },
      seed: { name: 'seed', version: 'v1' },
      student: 'small',
      server: 'default',
      evaluations: [{ index: 0, name: 'held-out' }],
    }),
  round(input: RoundInput): Promise<RoundResult> {
    state.rounds.push(input);
    if (input.round === state.script.failing)
      throw ApplicationFailure.nonRetryable(`round ${input.round} is meant to fail`, 'Test.Meant');
    return Promise.resolve(roundResult(input.round, state.script.scores[input.round - 1] ?? null));
  },
  evaluation({ model, evaluation }: { model: { student: string }; evaluation: { models: readonly object[] } }) {
    state.asked.push(`${model.student} of ${JSON.stringify(evaluation.models)}`);
    return Promise.resolve(scoreOf(model.student, 0.4));
  },
  compareModels: ({ pairs }: { pairs: readonly ComparedPair[] }): Promise<Comparison[]> =>
    Promise.resolve(
      pairs.map((pair) => ({
        ...pair,
        difference: { value: 0.1, low: 0.05, high: 0.15 },
        ...{ pValue: 0.01, isLargerThanNoise: true, problems: 100, visible: 0.05 },
      })),
    ),
  writeImprovement({ run, table }: { run: string; table: string }) {
    state.tables.push(table);
    const folder = `runs/${run}/improvement`;
    return Promise.resolve({ tableKey: `${folder}/table.md`, reportKey: `${folder}/report.html` });
  },
});
