import type { RewriteForm } from '../../config/prompts.js';
import type { Teacher } from '../../config/teacher.js';
import type { Answer, TextKey } from '../../workflows/question/state.js';
import type { CallRecord, CallResponse } from '../ledger/record.js';
import { readRewrite } from './rewrite-text.js';

/** A chain as people and judges read it. A fast teacher's answer has no thought: its steps stand in the solution. */
export interface ChainText {
  readonly thought: string;
  readonly solution: string;
}

type Fault = Extract<Answer, { kind: 'truncated' | 'unparsed' | 'refused' }>;

/** Text of a recorded chain whatever its worth; '' where a part is missing. Judges see only texts that {@link chainFault} passed. */
export function chainText({ request, response }: Pick<CallRecord, 'request' | 'response'>): ChainText {
  if (request.role === 'rewriter') {
    // The form was checked when the text arrived; the lenient reading gives that text and, of unusable ones, what people want to see.
    const rewrite = readRewrite(response, 'thinking');
    if (rewrite.kind === 'text') return { thought: rewrite.thought, solution: rewrite.solution };
  }
  return { thought: response.thought.trim(), solution: response.solution.trim() };
}

/** What keeps an answer from being a chain, if anything. A cut answer is truncated whatever it holds. */
export function chainFault(
  record: Pick<CallRecord, 'request' | 'response'>,
  form: RewriteForm,
  key: TextKey,
): Fault | undefined {
  const { request, response } = record;
  if (response.finishReason === 'length') return { kind: 'truncated', key };
  if (response.finishReason === 'content-filter') return { kind: 'refused', reason: 'content-filter' };
  const usable = request.role === 'rewriter' ? readRewrite(response, form).kind === 'text' : isChain(response);
  return usable ? undefined : { kind: 'unparsed', key };
}

/**
 * Whether an answer is a thought that came to its own end, and nothing else: what a second call goes on from. Only the server's word that the model
 * stopped says so [ours]; a thought that began inline and never ended was cut, as everywhere.
 */
export function isThoughtAlone(
  { thought, solution, thoughtOpen, finishReason }: CallResponse,
  form: NonNullable<Teacher['solution']>['thought'],
): boolean {
  if (thoughtOpen || finishReason !== 'stop') return false;
  const [hasThought, hasSolution] = [thought.trim() !== '', solution.trim() !== ''];
  return form === 'whole-answer' ? hasThought !== hasSolution : hasThought && !hasSolution;
}

/** Text of a chain in two calls. What the second model thought to itself is no part of it. */
export const solvedText = (first: ChainText, second: Pick<CallRecord, 'response'>): ChainText => ({
  // The whole answer of a teacher that marks no thought stands in the solution.
  thought: first.thought || first.solution,
  solution: second.response.solution.trim(),
});

const isChain = (response: CallResponse): boolean => !response.thoughtOpen && response.solution.trim() !== '';
