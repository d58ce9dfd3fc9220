import { join, resolve } from 'node:path';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import type { ImprovementSummary } from '../../../activities/improve/round-result.js';
import type { ModelRef } from '../../../activities/models/model-manifest.js';
import { parseDeployment } from '../../../config/load.js';
import type { RecipeInput } from '../../../config/recipe.js';
import type { SelfImproveInput } from '../../../config/self-improve.js';
import { serve } from '../../../workers/serve.js';
import { WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { TRAINING_SET } from '../../fakes/training-set.js';
import { quickStudent, startTrainingSystem } from '../../support/training-system.js';

/**
 * Of three steps and more: the demonstration student gets a good third of them right, and what it samples differs from one processor to another. So
 * many that a second round finds something new on each.
 */
export const QUESTIONS = 24;

/** What a self-improvement of the demonstration student is made of: nothing in it is a fake but the data set of its seed. */
export interface ImprovingSystem {
  readonly directory: string;
  readonly recipe: RecipeInput;
  readonly imitation: ModelRef;
  start(run: string, recipe: RecipeInput): Promise<WorkflowHandle<() => Promise<ImprovementSummary>>>;
  stored(key: string): string;
  stop(): Promise<void>;
}

/** Serves, explores, trains and evaluates the demonstration student on this machine's CPU. @param questions of the pool */
export async function startImprovingSystem(questions = QUESTIONS): Promise<ImprovingSystem> {
  const system = await startTrainingSystem();
  const inputs = join(system.directory, 'inputs');
  mkdirSync(inputs);
  copyFileSync(resolve('infra/mini/questions.jsonl'), join(inputs, 'questions.jsonl'));
  copyFileSync(resolve('infra/mini/held-out.jsonl'), join(inputs, 'held-out.jsonl'));
  const deployment = parseDeployment(
    {
      ...system.deployment,
      inputs: { data: { kind: 'directory', directory: inputs } },
      pools: { nobody: { model: 'nobody', endpoints: [{ url: 'http://127.0.0.1:9/v1' }] } },
    },
    'test',
  );
  const serving = await serve(deployment, { environment: process.env });
  const imitation = await (
    await system.train('seed', quickStudent('small', { settings: { learningRate: 1e-5 } }))
  ).result();
  const { name, version } = imitation;
  return {
    directory: system.directory,
    imitation: { name, version },
    recipe: improvingRecipe({ improve: { variant: 'sft', settings: { learningRate: 2e-4, maxSteps: 8 } } }, questions),
    start: (run, recipe) =>
      system.client.workflow.start<(input: object) => Promise<ImprovementSummary>>('selfImprove', {
        workflowId: `${run}/improvement`,
        taskQueue: WORKFLOW_QUEUE,
        args: [{ run, recipe, imitation: { name, version } }],
      }),
    stored: (key) => readFileSync(join(system.directory, 'store', key), 'utf8'),
    async stop() {
      await serving.stop();
      await system.stop();
    },
  };
}

/** @param changes to the self-improvement */
export const improvingRecipe = (
  changes: Partial<SelfImproveInput> & Pick<SelfImproveInput, 'improve'>,
  questions = QUESTIONS,
): RecipeInput => ({
  name: 'improving',
  sources: [{ name: 'unused', path: 'questions.jsonl', fields: { question: 'question', answer: 'answer' } }],
  teachers: [{ name: 'nobody', pool: 'nobody', chains: 1 }],
  validation: { keep: 'solution', minVerified: 1 },
  trainingSets: [
    { name: TRAINING_SET.name, version: TRAINING_SET.version, kernel: { name: 'all' }, views: [{ form: 'messages' }] },
  ],
  students: [quickStudent('small', { settings: { learningRate: 1e-5 } })],
  evaluations: [
    {
      name: 'held-out',
      benchmark: 'word-problems',
      path: 'held-out.jsonl',
      models: [{ student: 'small' }],
      maxProblems: 40,
    },
  ],
  selfImprove: {
    student: 'small',
    explore: {
      sources: [
        {
          name: 'hard',
          path: 'questions.jsonl',
          fields: { question: 'question', answer: 'answer' },
          only: [{ field: 'steps', atLeast: 3 }],
        },
      ],
      maxQuestions: questions,
      prompt: 'mini-solve',
      sampling: { temperature: 0.8, maxTokens: 256 },
      maxChains: 8,
      chainFilters: { minWords: 4 },
      ...changes.explore,
    },
    loop: { maxRounds: 2, minNewChains: 1 },
    ...changes,
  },
});
