import { isCancellation, log, proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { EvaluationResult } from '../../activities/evaluation/evaluation-result.js';
import type { PreparedEvaluation } from '../../activities/evaluation/prepare-evaluation.js';
import type { Activities } from '../../activities/index.js';
import type { ModelRef } from '../../activities/models/model-manifest.js';
import type { Answerer, ModelToServe } from '../../activities/serving/served-model.js';
import type { EvaluatedModel } from '../../config/evaluation.js';
import { asking, bulk, following } from '../activity-options.js';
import { runWindow } from '../dataset/run-window.js';
import { openWindow } from '../dataset/window.js';
import { describeFailure, runFailure } from '../failures.js';
import { checkFields } from '../input.js';
import { COT_PHASE, COT_RUN } from '../search-attributes.js';
import { withServedModel } from '../serving/with-served-model.js';
import { IO_QUEUE, JOBS_QUEUE, poolQueue } from '../task-queues.js';
import { addAnswered, describeEvaluation, describeResult, nothingAnswered, type AnsweredSoFar } from './describe.js';

const { prepareEvaluation, summariseEvaluation } = proxyActivities<Activities>({ ...bulk, taskQueue: IO_QUEUE });
const { modelToServe } = proxyActivities<Activities>({ ...bulk, taskQueue: JOBS_QUEUE });
const { askHarness } = proxyActivities<Activities>({ ...following, taskQueue: JOBS_QUEUE });

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
 * Asks one model a benchmark: prepare, serve the model where it is none that is there, answer by ranges of problems, score the CD of its answers and
 * ask another harness where the evaluation wants it, summarise. A request that the endpoint refuses is an outcome; the same again, or after a crash,
 * pays nothing twice.
 */
export async function evaluateModel(input: EvaluateModelInput): Promise<EvaluationResult> {
  checkFields(input, { run: 'string', evaluation: 'object', model: 'object' });
  const { run, evaluation, model } = input;
  upsertSearchAttributes([{ key: COT_RUN, value: run }]);
  enter('preparing');
  const toServe = 'pool' in model ? undefined : await modelToServe(servingOf(input));
  const served = toServe && { requestModel: toServe.model, server: toServe.server };
  const prepared = await prepareEvaluation({ run, evaluation, model, ...served });

  let opinion: Opinion = { secondOpinion: null };
  if (prepared.unanswered.length > 0 || prepared.secondOpinion)
    await withAnswerer(model, toServe, async (answerer) => {
      await answer(prepared, answerer);
      if (prepared.secondOpinion) opinion = await secondOpinionOf(prepared, prepared.secondOpinion, answerer);
    });
  if (prepared.difficulty) await scoreDifficulty(prepared, prepared.difficulty.pool);

  enter('summarising', describeEvaluation(prepared));
  const { ref, problems, perRange } = prepared;
  const result = await summariseEvaluation({
    cut: { ref, problems, perRange },
    secondOpinion: opinion.secondOpinion,
  });
  enter('done', describeResult(prepared, result, opinion.fault));
  return result;
}

const MAX_OWNER_CHARACTERS = 24;

/** Which model is served, where, and by what name its jobs are known. */
function servingOf({ evaluation, model, student, server }: EvaluateModelInput) {
  const { server: own = 'default' } = evaluation as { readonly server?: string };
  if ('student' in model && !student)
    throw runFailure('Input.Invalid', `student: expected name and version of the student ${model.student}`);
  const name = 'student' in model ? model.student : 'model' in model ? model.model : '';
  return {
    model: student ? { student } : { model: name },
    server: server ?? own,
    owner: `eval-${name.replaceAll(/[^a-z0-9-]+/g, '-').slice(0, MAX_OWNER_CHARACTERS)}`,
  };
}

/** A pool is there; anything else is served for as long as it is asked. */
async function withAnswerer(
  model: EvaluatedModel,
  toServe: ModelToServe | undefined,
  ask: (answerer: Answerer) => Promise<void>,
): Promise<void> {
  if ('pool' in model) return ask({ kind: 'pool', pool: model.pool });
  if (!toServe) throw new TypeError('a model that is no pool has to be served');
  enter('serving', toServe.model);
  await withServedModel(toServe, (served) => ask({ kind: 'served', served }));
}

/** Ranges that are not answered yet, some at the same time. */
async function answer(prepared: PreparedEvaluation, answerer: Answerer): Promise<void> {
  const taskQueue = answerer.kind === 'pool' ? poolQueue(answerer.pool) : JOBS_QUEUE;
  const { answerProblems } = proxyActivities<Activities>({ ...asking, taskQueue });
  const { unanswered } = prepared;
  let sum: AnsweredSoFar = nothingAnswered;
  enter('answering', describeEvaluation(prepared, sum));
  await runWindow({ window: openWindow(unanswered.length, prepared.rangesAtOnce) }, async (index) => {
    sum = addAnswered(sum, await answerProblems({ ...rangeAt(prepared, unanswered[index]), answerer }));
    tell('answering', describeEvaluation(prepared, sum));
  });
}

/** What another harness says, or why it says nothing. */
interface Opinion {
  readonly secondOpinion: EvaluationResult['secondOpinion'];
  readonly fault?: string;
}

/** A harness that does not work takes nothing from the score, which is told without it. */
async function secondOpinionOf(
  prepared: PreparedEvaluation,
  harness: NonNullable<PreparedEvaluation['secondOpinion']>,
  answerer: Answerer,
): Promise<Opinion> {
  enter('second opinion', describeEvaluation(prepared));
  try {
    return { secondOpinion: await askHarness({ ref: prepared.ref, harness, answerer }) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`no second opinion: ${describeFailure(error).message}`);
    return { secondOpinion: null, fault: describeFailure(error).message };
  }
}

async function scoreDifficulty(prepared: PreparedEvaluation, pool: string): Promise<void> {
  const { difficultyOfAnswers } = proxyActivities<Activities>({ ...asking, taskQueue: poolQueue(pool) });
  const ranges = Math.ceil(prepared.problems / prepared.perRange);
  let done = 0;
  enter('scoring difficulty', describeEvaluation(prepared));
  await runWindow({ window: openWindow(ranges, prepared.rangesAtOnce) }, async (index) => {
    await difficultyOfAnswers(rangeAt(prepared, index * prepared.perRange));
    done += 1;
    tell('scoring difficulty', `${describeEvaluation(prepared)}\n\n${done} of ${ranges} parts scored`);
  });
}

const rangeAt = ({ ref, problems, perRange }: PreparedEvaluation, from = 0) => ({
  ...ref,
  from,
  to: Math.min(problems, from + perRange),
});

type EvaluationPhase =
  'preparing' | 'serving' | 'answering' | 'second opinion' | 'scoring difficulty' | 'summarising' | 'done';

function enter(phase: EvaluationPhase, details = ''): void {
  upsertSearchAttributes([{ key: COT_PHASE, value: phase }]);
  tell(phase, details);
}

const tell = (phase: EvaluationPhase, details: string): void =>
  setCurrentDetails(phase === 'done' ? details : [`**${phase}**`, details].filter((part) => part !== '').join('\n\n'));
