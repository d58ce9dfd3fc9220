import { proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { PreparedEvaluation } from '../../activities/evaluation/prepare-evaluation.js';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { Activities } from '../../activities/index.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import type { Answerer } from '../../activities/serving/served-model.js';
import type { EvaluatedModel } from '../../config/evaluation.js';
import { asking, bulk } from '../activity-options.js';
import { runWindow } from '../dataset/run-window.js';
import { openWindow } from '../dataset/window.js';
import { checkFields } from '../input.js';
import { COT_PHASE, COT_RUN } from '../search-attributes.js';
import { IO_QUEUE, JOBS_QUEUE, poolQueue } from '../task-queues.js';
import { addAnswered, describeEvaluation, describeResult, nothingAnswered, type AnsweredSoFar } from './describe.js';

const { prepareEvaluation, summariseEvaluation } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });

export interface EvaluateModelInput {
  readonly run: string;
  /** The evaluation, as it stands in a recipe. */
  readonly evaluation: unknown;
  /** Which of its models. */
  readonly model: EvaluatedModel;
  /** Version of a student. */
  readonly student?: ModelRef;
  /** Server of a student; left out: that of the evaluation. */
  readonly server?: string;
}

/**
 * Asks one model a benchmark: prepare, answer by ranges of problems, score the answers' CD where the evaluation asks for it, summarise. A request that
 * the endpoint refuses is an outcome; the same again, or after a crash, pays nothing twice.
 */
export async function evaluateModel(input: EvaluateModelInput): Promise<EvaluationResult> {
  checkFields(input, { run: 'string', evaluation: 'object', model: 'object' });
  const { run, evaluation, model } = input;
  upsertSearchAttributes([{ key: COT_RUN, value: run }]);
  enter('preparing');
  const prepared = await prepareEvaluation({ run, evaluation, model });

  enter('answering', describeEvaluation(prepared, nothingAnswered));
  if (prepared.unanswered.length > 0) await answer(prepared, answererOf(model));
  if (prepared.difficulty) {
    enter('scoring difficulty', describeEvaluation(prepared));
    await scoreDifficulty(prepared, prepared.difficulty.pool);
  }
  enter('summarising', describeEvaluation(prepared));
  const { ref, problems, perRange } = prepared;
  const result = await summariseEvaluation({ cut: { ref, problems, perRange }, secondOpinion: null });
  enter('done', describeResult(prepared, result));
  return result;
}

function answererOf(model: EvaluatedModel): Answerer {
  if ('pool' in model) return { kind: 'pool', pool: model.pool };
  throw new Error('models that have to be served first are not there yet');
}

/** Ranges that are not answered yet, some at the same time. */
async function answer(prepared: PreparedEvaluation, answerer: Answerer): Promise<void> {
  const taskQueue = answerer.kind === 'pool' ? poolQueue(answerer.pool) : JOBS_QUEUE;
  const { answerProblems } = proxyActivities<Activities>({ ...asking, taskQueue });
  const { unanswered } = prepared;
  let sum: AnsweredSoFar = nothingAnswered;
  await runWindow({ window: openWindow(unanswered.length, prepared.rangesAtOnce) }, async (index) => {
    sum = addAnswered(sum, await answerProblems({ ...rangeAt(prepared, unanswered[index]), answerer }));
    tell('answering', describeEvaluation(prepared, sum));
  });
}

async function scoreDifficulty(prepared: PreparedEvaluation, pool: string): Promise<void> {
  const { difficultyOfAnswers } = proxyActivities<Activities>({ ...asking, taskQueue: poolQueue(pool) });
  const ranges = Math.ceil(prepared.problems / prepared.perRange);
  let done = 0;
  await runWindow({ window: openWindow(ranges, prepared.rangesAtOnce) }, async (index) => {
    await difficultyOfAnswers(rangeAt(prepared, index * prepared.perRange));
    done += 1;
    tell('scoring difficulty', `${done} of ${ranges} parts`);
  });
}

const rangeAt = ({ ref, problems, perRange }: PreparedEvaluation, from = 0) => ({
  ...ref,
  from,
  to: Math.min(problems, from + perRange),
});

type EvaluationPhase = 'preparing' | 'answering' | 'scoring difficulty' | 'summarising' | 'done';

function enter(phase: EvaluationPhase, details = ''): void {
  upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
  tell(phase, details);
}

const tell = (phase: EvaluationPhase, details: string): void =>
  setCurrentDetails(phase === 'done' ? details : [`**${phase}**`, details].filter((part) => part !== '').join('\n\n'));
