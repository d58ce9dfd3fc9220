import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { EvaluationResult } from '../../../activities/evaluation/evaluation-result.js';
import { experimentPlan, type ComparedPair } from '../../../activities/experiment/experiment-plan.js';
import type { FoundResults } from '../../../activities/experiment/activities.js';
import type { Comparison, ExperimentSummary } from '../../../activities/experiment/experiment-summary.js';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';
import { Deployment } from '../../../config/deployment.js';
import { Recipe, type RecipeInput } from '../../../config/recipe.js';
import { IO_QUEUE, WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { startSkippingTime } from '../../support/workflow-workers.js';

/** What a fake child does. */
export interface FakeWork {
  work(task: { readonly kind: 'student' | 'evaluation'; readonly input: object }): Promise<object>;
}

export interface ExperimentScript {
  readonly recipe: RecipeInput;
  /** Trainings and evaluations at the same time. @default 4 */
  readonly jobsAtOnce?: number;
  /** Names of students, and `evaluation/model`, that fail. */
  readonly failing?: readonly string[];
  /** Names that end only when they are cancelled. */
  readonly endless?: readonly string[];
  readonly questions?: { readonly total: number; readonly accepted: number };
  /** Scores by `evaluation/model`. @default 0.5 */
  readonly scores?: Readonly<Record<string, number>>;
}

/** What happened, in order: `+name` started, `-name` ended, `!name` cancelled. */
export type Happened = readonly string[];

export interface FakeExperiment {
  start(script: ExperimentScript): Promise<WorkflowHandle<() => Promise<ExperimentSummary>>>;
  readonly happened: Happened;
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What the tables were made of. */
  readonly written: FoundResults | undefined;
  stop(): Promise<void>;
}

/** The real workflow `experiment` and its real plan over children that do what the script says. */
export async function startFakeExperiment(): Promise<FakeExperiment> {
  const state: { script: ExperimentScript; happened: string[]; written: FoundResults | undefined } = {
    script: { recipe: experimentRecipe() },
    happened: [],
    written: undefined,
  };
  const inputs = new Map<string, Readonly<Record<string, unknown>>>();
  const activities = {
    planExperiment: ({ recipe }: { recipe: unknown }) =>
      Promise.resolve(experimentPlan(Recipe.parse(recipe), deploymentOf(state.script.jobsAtOnce ?? 4))),
    compareModels: ({ pairs, evaluations }: { pairs: ComparedPair[]; evaluations: EvaluationResult[] }) =>
      Promise.resolve(comparisonsOf(pairs, evaluations)),
    writeExperiment(found: FoundResults) {
      state.written = found;
      return Promise.resolve({ tableKey: `experiments/${found.run}/table.md` });
    },
    work: (task: Parameters<FakeWork['work']>[0]) => {
      const name = nameOf(task);
      inputs.set(name, task.input as Readonly<Record<string, unknown>>);
      return play(name, task, state);
    },
  };
  const workflows = 'experiment/fake-children.ts';
  const { environment, stop } = await startSkippingTime({ activities: { [IO_QUEUE]: activities }, workflows });
  let runs = 0;
  return {
    get happened() {
      return state.happened;
    },
    get written() {
      return state.written;
    },
    inputs,
    async start(script) {
      Object.assign(state, { script, happened: [], written: undefined });
      inputs.clear();
      runs += 1;
      const { questions } = script;
      const counts = questions && { ...questions, rejected: 0, failed: 0, byReason: {} };
      return environment.client.workflow.start('experiment', {
        workflowId: `run-${runs}/experiment`,
        taskQueue: WORKFLOW_QUEUE,
        args: [
          {
            run: `run-${runs}`,
            recipe: script.recipe,
            dataset: { name: 'd', version: 'v1' },
            trainingSets: [],
            ...(counts && { questions: counts }),
          },
        ],
      });
    },
    stop,
  };
}

const MOMENT_MS = 20;

async function play(
  name: string,
  { kind, input }: Parameters<FakeWork['work']>[0],
  { script, happened }: { readonly script: ExperimentScript; readonly happened: string[] },
): Promise<object> {
  happened.push(`+${name}`);
  const context = Context.current();
  while (script.endless?.includes(name)) {
    context.heartbeat();
    await sleep(MOMENT_MS);
    if (!context.cancellationSignal.aborted) continue;
    happened.push(`!${name}`);
    await context.cancelled;
  }
  await sleep(MOMENT_MS);
  happened.push(`-${name}`);
  if (script.failing?.includes(name)) throw ApplicationFailure.nonRetryable(`${name} is meant to fail`, 'Test.Meant');
  return kind === 'student' ? trained(name, input) : evaluated(name, script.scores?.[name] ?? 0.5);
}

function nameOf({ kind, input }: Parameters<FakeWork['work']>[0]): string {
  const { student, evaluation, model } = input as Record<'student' | 'evaluation' | 'model', Record<string, string>>;
  return kind === 'student' ? (student['name'] ?? '') : `${evaluation['name']}/${Object.values(model)[0]}`;
}

const trained = (name: string, input: object): TrainedStudent => ({
  ...{ name, version: 'v1', method: 'sft', published: 'new', manifestKey: `models/${name}/v1/manifest.json` },
  base: 'weak',
  training: { ...(input as { training: { name: string; version: string } }).training, view: 'messages' },
  weightsSha256: '0'.repeat(64),
  result: { steps: 4, rows: 16, tokens: 100, loss: 0.5, seconds: 1, restarts: 0 },
});

function evaluated(name: string, value: number): EvaluationResult {
  const [evaluation = '', model = ''] = name.split('/');
  return {
    ...{
      evaluation,
      model,
      benchmark: 'word-problems',
      summaryKey: `evaluations/r/${model}/${evaluation}/summary.json`,
    },
    passAt1: { value, low: value - 0.1, high: value + 0.1 },
    ...{ problems: 10, samples: 10, scored: 10, outcomes: {}, meanTokens: 50, meanDifficulty: null },
    calls: { new: 10, reused: 0, repeated: 0 },
    cost: 0.5,
    secondOpinion: null,
  };
}

function comparisonsOf(pairs: readonly ComparedPair[], evaluations: readonly EvaluationResult[]): Comparison[] {
  const scoreOf = (evaluation: string, model: string): number | undefined =>
    evaluations.find((one) => one.evaluation === evaluation && one.model === model)?.passAt1?.value;
  return pairs.flatMap((pair) => {
    const [before, after] = [scoreOf(pair.evaluation, pair.baseline), scoreOf(pair.evaluation, pair.model)];
    if (before === undefined || after === undefined) return [];
    const value = after - before;
    const figures = { difference: { value, low: value - 0.05, high: value + 0.05 }, pValue: 0.01 };
    return [{ ...pair, ...figures, isLargerThanNoise: Math.abs(value) > 0.05, problems: 10, visible: 0.05 }];
  });
}

const deploymentOf = (jobsAtOnce: number): Deployment =>
  Deployment.parse({
    store: { kind: 'file', directory: 's' },
    pools: {},
    launchers: { local: { kind: 'process', directory: 'jobs', jobsAtOnce } },
    models: { weak: { directory: 'weak' } },
    trainers: { default: { launcher: 'local' } },
    servers: { default: { launcher: 'local', command: ['serve'] } },
  });

/** A control, an SFT student and a DPO student on top of it, all asked beside the model that they come from. */
export function experimentRecipe(changes: Partial<RecipeInput> = {}): RecipeInput {
  return {
    name: 'd',
    sources: [{ name: 's', path: 'q.jsonl', fields: { question: 'question', answer: 'answer' } }],
    teachers: [{ name: 't', pool: 'p', chains: 2 }],
    validation: { keep: 'solution' },
    trainingSets: [
      { name: 'set', version: 'v3', kernel: { name: 'all' }, views: [{ form: 'messages' }, { form: 'dpo' }] },
    ],
    students: [
      { name: 'sft', base: { model: 'weak' }, trainingSet: 'set' },
      { name: 'control', base: { model: 'weak' }, trainingSet: 'set', control: 'own-answers' },
      { name: 'dpo', base: { student: 'sft' }, trainingSet: 'set', method: 'dpo' },
    ],
    evaluations: [
      {
        name: 'held-out',
        benchmark: 'word-problems',
        models: [{ model: 'weak' }, { student: 'control' }, { student: 'sft' }, { student: 'dpo' }],
      },
    ],
    ...changes,
  };
}
