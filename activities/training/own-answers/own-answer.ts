import type { CallRecord, CallRequest } from '../../ledger/record.js';
import { InferenceError } from '../../inference/inference.js';
import { answerText, type ThoughtForm } from '../answer-text.js';

/** Samples that one row may cost: the first that ends by itself is taken, since a cut answer would teach not to end. [ours] */
export const MAX_SAMPLES = 4;
/** Rows of one question ask other samples than each other, whatever their number. */
const SAMPLE_STRIDE = 10_000;

/** Why a row has no answer of its own. */
export type MissingReason = 'truncated' | 'refused' | 'unwritable';

export type OwnAnswer = { readonly text: string; readonly callKey: string } | { readonly missing: MissingReason };

/** How an answer is paid, and by whom. */
export type AskOnce = (request: CallRequest) => Promise<CallRecord>;

/**
 * A model's own answer in the form of the view's rows, right or wrong. Throws as the asking does; what the server refuses is told.
 * @param index which of several rows with this prompt
 */
export async function ownAnswer(
  ask: AskOnce,
  { request, index, form }: { readonly request: CallRequest; readonly index: number; readonly form: ThoughtForm },
): Promise<OwnAnswer> {
  let missing: MissingReason = 'truncated';
  for (let attempt = 0; attempt < MAX_SAMPLES; attempt += 1) {
    const sample = attempt * SAMPLE_STRIDE + index;
    const record = await answered(ask, { ...request, sample });
    if (record === 'refused') return { missing: 'refused' };
    const found = readAnswer(record, form);
    if ('text' in found) return { text: found.text, callKey: record.key };
    missing = found.missing;
  }
  return { missing };
}

async function answered(ask: AskOnce, request: CallRequest): Promise<CallRecord | 'refused'> {
  try {
    return await ask(request);
  } catch (error) {
    if (error instanceof InferenceError && error.kind === 'rejected') return 'refused';
    throw error;
  }
}

/** The text of an answer that has ended. Pure. */
export function readAnswer(
  { response }: Pick<CallRecord, 'response'>,
  form: ThoughtForm,
): { readonly text: string } | { readonly missing: MissingReason } {
  const { thought, solution, thoughtOpen, finishReason } = response;
  if (finishReason === 'length' || thoughtOpen) return { missing: 'truncated' };
  if (solution.trim() === '') return { missing: 'unwritable' };
  // A model that does not think answers without a thought, in whatever form those that do would write theirs.
  const written = answerText({ thought, solution }, thought.trim() === '' ? 'none' : form);
  return 'text' in written ? written : { missing: 'unwritable' };
}
