import { withEffort, type Effort, type PaidEffort, type WatchingEffort } from '../activity-context.js';
import type { AnsweredRange, AnswerProblemsInput } from './answer-problems.js';
import type { Cut } from './evaluation-parts.js';
import type { ProblemRange } from './evaluation-plan.js';
import type { EvaluationResult } from './evaluation-result.js';
import { evaluationResult, type FinishedEvaluation } from './finish-evaluation.js';
import type { AskHarnessInput, SecondOpinion } from './harness/ask-harness.js';
import type { EvaluationInput, PreparedEvaluation } from './prepare-evaluation.js';
import type { ScoredRange } from './score-difficulty.js';

/** The steps of an evaluation. Each is safe to run twice. */
export interface EvaluationSteps {
  prepare(input: EvaluationInput, effort: Effort): Promise<PreparedEvaluation>;
  answer(input: AnswerProblemsInput, effort: PaidEffort): Promise<AnsweredRange>;
  scoreDifficulty(range: ProblemRange, effort: PaidEffort): Promise<ScoredRange>;
  askHarness(input: AskHarnessInput, effort: WatchingEffort): Promise<SecondOpinion>;
  finish(cut: Cut, effort: Pick<Effort, 'signal' | 'execution'>): Promise<FinishedEvaluation>;
}

/** What is there of an evaluation when all its ranges are answered. */
export interface SummariseInput {
  readonly cut: Cut;
  readonly secondOpinion: EvaluationResult['secondOpinion'];
}

/** Activities of the workflow evaluateModel. None returns a text of the benchmark or of a model. */
export function createEvaluationActivities(steps: EvaluationSteps) {
  /** Checks an evaluation, reads its benchmark and plans it. Fails with Input.Invalid or Source.Invalid; no row is quoted. */
  async function prepareEvaluation(input: EvaluationInput): Promise<PreparedEvaluation> {
    return withEffort((effort) => steps.prepare(input, effort));
  }

  /** Answers and grades a range of problems. Fails with the failures of pools. */
  async function answerProblems(input: AnswerProblemsInput): Promise<AnsweredRange> {
    return withEffort((effort) => steps.answer(input, effort));
  }

  /** CD of the answers of a range, by the judge of the plan. */
  async function difficultyOfAnswers(range: ProblemRange): Promise<ScoredRange> {
    return withEffort((effort) => steps.scoreDifficulty(range, effort));
  }

  /** lm_eval's score of the same server, as a job that is followed. Fails with Harness.Failed. */
  async function askHarness(input: AskHarnessInput): Promise<SecondOpinion> {
    return withEffort((effort) => steps.askHarness(input, effort));
  }

  /** Writes the summary and the graded answers. */
  async function summariseEvaluation({ cut, secondOpinion }: SummariseInput): Promise<EvaluationResult> {
    return withEffort(async ({ signal, progress, execution }) => {
      progress('summarising');
      return evaluationResult(cut.ref.evaluation, await steps.finish(cut, { signal, execution }), secondOpinion);
    });
  }

  return { prepareEvaluation, answerProblems, difficultyOfAnswers, askHarness, summariseEvaluation };
}
