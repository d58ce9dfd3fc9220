import type { Spending } from '../../workflows/question/spending.js';
import type { PaidEffort } from '../activity-context.js';
import type { CodeGrader } from '../grading/code-grader.js';
import type { Grader } from '../grading/grader.js';
import { InferenceError } from '../inference/inference.js';
import type { Payer } from '../question/paid-call.js';
import { paidUsage, spendingOf } from '../question/paid-usage.js';
import { allOrWorst } from '../question/worst-error.js';
import type { Answerers } from '../serving/answerers.js';
import type { Answerer } from '../serving/served-model.js';
import { answerRequest, discreetError, outputTokensOf } from './answer-request.js';
import { isAnswered, type AnsweredPart, type AnsweredSample, type PartStore } from './evaluation-parts.js';
import { optionOrderOf, type EvaluationPlan, type EvaluationPlans, type ProblemRange } from './evaluation-plan.js';
import { gradeSample } from './grade-sample.js';
import type { Problem } from './problem.js';
import type { ProblemRanges } from './problem-ranges.js';
import { scoreOf } from './results.js';

/** A range of problems, and who answers. */
export interface AnswerProblemsInput extends ProblemRange {
  readonly answerer: Answerer;
}

/** What the workflow keeps of an answered range. */
export interface AnsweredRange {
  readonly samples: number;
  readonly scored: number;
  readonly correct: number;
  readonly spending: Spending;
}

export interface AnswerDependencies {
  readonly plans: EvaluationPlans;
  readonly parts: PartStore;
  readonly problems: ProblemRanges;
  readonly answerers: Pick<Answerers, 'ask'>;
  readonly math: Pick<Grader, 'grade'>;
  readonly code: Pick<CodeGrader, 'grade'>;
}

/**
 * Answers and grades a range of problems: all samples at the same time, each looked up in the ledger first, and the part is written before the result
 * is returned. Safe to run twice: a second run finds the part, or at least every call that the first one paid. A request that the endpoint
 * refuses is the outcome `failed`; throws the gravest of the other errors, when the other answers are in the ledger.
 */
export function createAnswerProblems(dependencies: AnswerDependencies) {
  const { plans, parts, problems } = dependencies;

  return async function answerProblems(input: AnswerProblemsInput, effort: PaidEffort): Promise<AnsweredRange> {
    const known = await parts.answered(input);
    if (isAnswered(known) && known.to === input.to) return rangeResult(known, effort.execution);
    const plan = await plans.read(input);
    const asked = await problems.read(plan, input, effort.signal);
    const samples = await askAll({ plan, input, asked, effort }, dependencies);
    const part: AnsweredPart = {
      schema: 1,
      ...{ from: input.from, to: input.to },
      problems: asked.map(({ id, subject, level }, at) => ({
        ...{ id, subject, level },
        samples: samples.slice(at * plan.samples, (at + 1) * plan.samples),
      })),
    };
    await parts.writeAnswered(input, part);
    return rangeResult(part, effort.execution);
  };
}

interface Asking {
  readonly plan: EvaluationPlan;
  readonly input: AnswerProblemsInput;
  readonly asked: readonly Problem[];
  readonly effort: PaidEffort;
}

/** Every sample of every problem, problem by problem. */
async function askAll(
  { plan, input, asked, effort }: Asking,
  dependencies: AnswerDependencies,
): Promise<AnsweredSample[]> {
  const payer = {
    run: plan.run,
    execution: effort.execution,
    asker: `evaluation/${plan.evaluation}/${plan.model}/${input.from}`,
  };
  const underway = new Map();
  const all = asked.length * plan.samples;
  let answered = 0;
  return allOrWorst(
    Array.from({ length: all }, async (_, at) => {
      const problem = asked[Math.floor(at / plan.samples)];
      if (!problem) throw new RangeError(`no problem at ${at}`);
      const context = { plan, answerer: input.answerer, payer, underway, signal: effort.signal };
      const sample = await answerSample(context, { problem, sample: at % plan.samples }, dependencies);
      effort.progress({ answered: (answered += 1), of: all });
      return sample;
    }),
  ).catch((error: unknown) => {
    throw discreetError(error, !plan.benchmark.redistributable);
  });
}

interface SampleContext {
  readonly plan: EvaluationPlan;
  readonly answerer: Answerer;
  readonly payer: Payer;
  readonly underway: Parameters<Answerers['ask']>[2]['underway'];
  readonly signal: AbortSignal;
}

async function answerSample(
  { plan, answerer, payer, underway, signal }: SampleContext,
  { problem, sample }: { readonly problem: Problem; readonly sample: number },
  { answerers, math, code }: AnswerDependencies,
): Promise<AnsweredSample> {
  const request = answerRequest(plan, problem, sample);
  const isSealed = !plan.benchmark.redistributable;
  try {
    const call = await answerers.ask(answerer, request, { payer, signal, underway, isSealed });
    const { outcome, vote } = await gradeSample(problem, call.record.response, {
      math,
      code,
      optionOrder: optionOrderOf(plan),
    });
    const paid = { callKey: call.record.key, calls: [paidUsage(call, payer.execution)] };
    return { sample, outcome, vote, outputTokens: outputTokensOf(call.record), ...paid };
  } catch (error) {
    if (!(error instanceof InferenceError) || error.kind !== 'rejected') throw error;
    return { sample, outcome: 'failed', vote: null, outputTokens: null, callKey: null, calls: [] };
  }
}

function rangeResult({ problems }: AnsweredPart, execution: string): AnsweredRange {
  const samples = problems.flatMap((problem) => problem.samples);
  const scores = samples.map(({ outcome }) => scoreOf(outcome)).filter((score) => score !== null);
  return {
    samples: samples.length,
    scored: scores.length,
    correct: scores.filter((score) => score === 1).length,
    spending: spendingOf(
      samples.flatMap(({ calls }) => calls),
      execution,
    ),
  };
}
