import { renderPrompt } from '../../config/prompts.js';
import { InferenceError } from '../inference/inference.js';
import type { CallRecord, CallRequest } from '../ledger/record.js';
import { optionOrderOf, type EvaluationPlan } from './evaluation-plan.js';
import type { Problem } from './problem.js';
import { shownProblem } from './show-problem.js';

/** What a model is asked for one sample of a problem. Pure: the same plan and problem give the same request, and so the same call key. */
export const answerRequest = (plan: EvaluationPlan, problem: Problem, sample: number): CallRequest => ({
  role: 'student',
  model: plan.requestModel,
  messages: renderPrompt(plan.prompt, { question: shownProblem(problem, optionOrderOf(plan)) }),
  sampling: plan.sampling,
  sample,
  salt: '',
});

/** Output tokens of an answer; null: the endpoint did not say. */
export const outputTokensOf = ({ response }: Pick<CallRecord, 'response'>): number | null =>
  response.usage.outputTokens > 0 ? response.usage.outputTokens : null;

/** The error as it may stand in a history: what a server says may quote the request, and so a problem that nobody may publish. */
export function discreetError(error: unknown, isSealed: boolean): unknown {
  if (!isSealed || !(error instanceof InferenceError)) return error;
  const { kind, pool, status, retryAfterMs } = error;
  const said = status === undefined ? '' : `, status ${status}`;
  return new InferenceError(
    `pool "${pool}": ${kind}${said}. The server's words are left out: they may quote a problem of a benchmark that nobody may publish.`,
    { kind, pool, status, retryAfterMs },
  );
}
