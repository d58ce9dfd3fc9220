import type { ResolvedRecipe } from '../../config/resolve.js';
import type { Answer, TextKey } from '../../workflows/question/state.js';
import { brokenFilter } from '../cleaning/chain-filters.js';
import { InferenceError } from '../inference/inference.js';
import type { CallRequest } from '../ledger/record.js';
import type { QuestionRow } from '../sources/question-row.js';
import { promptFor, requestFor, type ModelAsk } from './ask-request.js';
import { answerForm, type AnswerForm } from './answer-schemas.js';
import { askStructured } from './ask-structured.js';
import { checkAnswer, type AnswerGrade, type CheckTools } from './check-answer.js';
import { chainFault, chainText, isThoughtAlone, solvedText, type ChainText } from './chain-text.js';
import type { JournalCall } from './journal.js';
import type { AskOptions, PaidCall, PaidCalls, Payer } from './paid-call.js';
import { paidUsage } from './paid-usage.js';

const MAX_REASON_CHARACTERS = 200;

/** One ask with all that it is about. */
export interface AskContext {
  readonly resolved: ResolvedRecipe;
  readonly row: QuestionRow;
  readonly text: ChainText | undefined;
  readonly pool: string;
  readonly payer: Payer;
  readonly signal: AbortSignal;
  readonly underway: AskOptions['underway'];
}

/** What one ask brought: the answer for the machine, the calls for the journal. */
export interface Asked {
  readonly answer: Answer;
  readonly calls: readonly Omit<JournalCall, 'ask'>[];
  readonly grade?: AnswerGrade;
}

/** Asks one thing of a model and reads the answer; a request that the server will never answer is the answer `refused`. */
export async function answerAsk(
  tools: { readonly paid: PaidCalls } & CheckTools,
  context: AskContext,
  ask: ModelAsk,
): Promise<Asked> {
  const request = requestFor(context.resolved, context, ask);
  const form = answerForm(ask.kind);
  if (form) return judgeAnswer(tools.paid, context, { request, form });
  try {
    const call = await tools.paid.ask(request, context);
    return await chainAnswer(tools, context, { ask, call });
  } catch (error) {
    if (error instanceof InferenceError && error.kind === 'rejected')
      return { answer: refused(error.message), calls: [] };
    throw error;
  }
}

const refused = (reason: string): Answer => ({ kind: 'refused', reason: reason.slice(0, MAX_REASON_CHARACTERS) });

async function chainAnswer(
  tools: CheckTools,
  context: AskContext,
  { ask, call }: { ask: ModelAsk; call: PaidCall },
): Promise<Asked> {
  const calls = [journalCall(call, context, false)];
  const { form } = promptFor(context.resolved, ask);
  const key: TextKey = call.record.key;
  if (isFirstOfTwo(context.resolved, ask, call)) return { answer: { kind: 'thought', key }, calls };
  const fault = chainFault(call.record, form, key);
  if (fault) return { answer: fault, calls };
  const text = ask.kind === 'solution' && context.text ? solvedText(context.text, call.record) : chainText(call.record);
  return { calls, ...(await arrivedText(tools, context, { key, text })) };
}

/** Whether an answer is a thought whose solution the recipe has somebody else asked for. */
function isFirstOfTwo({ recipe }: ResolvedRecipe, ask: ModelAsk, { record }: PaidCall): boolean {
  const form = ask.kind === 'generate' ? recipe.teachers[ask.teacher]?.solution?.thought : undefined;
  return form !== undefined && isThoughtAlone(record.response, form);
}

/** What becomes of a text that has arrived: the recipe's rules for chains first, then the check of the answer. */
export async function arrivedText(
  tools: CheckTools,
  { resolved, row, signal }: Pick<AskContext, 'resolved' | 'row' | 'signal'>,
  { key, text }: { readonly key: TextKey; readonly text: ChainText },
): Promise<Pick<Asked, 'answer' | 'grade'>> {
  const filters = resolved.recipe.cleaning?.chainFilters;
  const filter = filters && brokenFilter(text, { question: row.question, filters });
  if (filter) return { answer: { kind: 'filtered', key, filter } };
  const judged = resolved.recipe.validation.judge !== undefined;
  const grade = await checkAnswer(tools, { row, solution: text.solution, judged, signal });
  return { answer: { kind: 'text', key, grade: grade?.verdict ?? 'none' }, ...(grade && { grade }) };
}

async function judgeAnswer(
  paid: PaidCalls,
  context: AskContext,
  { request, form }: { readonly request: CallRequest; readonly form: AnswerForm },
): Promise<Asked> {
  const found = await askStructured(form.zod, request, (asked) => paid.ask(asked, context));
  const calls = found.calls.map((call, at) => journalCall(call, context, at > 0));
  switch (found.kind) {
    case 'value':
      return { answer: form.answer(found.value), calls };
    case 'unparsed':
      return { answer: { kind: 'unparsed', key: found.key }, calls };
    case 'refused':
      return { answer: refused(found.reason), calls };
  }
}

function journalCall(call: PaidCall, { pool, payer }: AskContext, corrective: boolean): Omit<JournalCall, 'ask'> {
  const { record } = call;
  return {
    key: record.key,
    role: record.request.role,
    pool,
    model: record.request.model,
    corrective,
    ...paidUsage(call, payer.execution),
    latencyMs: record.latencyMs,
    finishReason: record.response.finishReason,
  };
}
