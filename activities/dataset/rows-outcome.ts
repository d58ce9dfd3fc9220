import type { ChainState, QuestionState } from '../../workflows/question/state.js';
import type { JournalEntry } from '../question/journal.js';
import type { Outcome } from './rows.js';

/** A question as its journal tells it. */
export interface History {
  readonly state: QuestionState;
  readonly entries: readonly JournalEntry[];
  /** The state machine came to its end. */
  readonly complete: boolean;
}

/** Why the workflow of a question failed. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
}

export interface End {
  readonly outcome: Outcome;
  /** null: accepted. */
  readonly reason: string | null;
}

/**
 * How a question ended. A journal that came to its end wins over a reported failure: rows follow from the ledger alone, and a workflow
 * may fail after its last answer was written. A question that neither ended nor was reported is failed as `incomplete`: none vanishes.
 */
export function questionEnd(history: History, failure: Failure | undefined): End {
  const { outcome } = history.state;
  if (!history.complete || !outcome) return { outcome: 'failed', reason: failure?.reason ?? 'incomplete' };
  return { outcome: outcome.kind, reason: outcome.kind === 'rejected' ? outcome.reason : null };
}

/** How a chain ended, given the end of its question: what dropped it first; else what became of the question. */
export function chainEnd(chain: ChainState, question: End): End {
  if (chain.dropped !== undefined && chain.dropped !== 'question-rejected') {
    return { outcome: 'rejected', reason: chain.dropped };
  }
  if (question.outcome === 'failed') return { outcome: 'failed', reason: question.reason };
  if (question.outcome === 'accepted' && chain.stage === 'kept') return { outcome: 'accepted', reason: null };
  return { outcome: 'rejected', reason: 'question-rejected' };
}

/** Whether a chain passed verification, whatever became of it later: only then is it rated, scored or rewritten, or lost with its question. */
export function reachedVerification(chain: ChainState, index: number, entries: readonly JournalEntry[]): boolean {
  if (beyondVerification.has(chain.stage)) return true;
  if (chain.stage !== 'dropped') return false;
  if (chain.dropped === 'question-rejected') return true;
  return entries.some((entry) =>
    entry.group.asks.some((ask) => ask.chain === index && afterVerification.has(ask.kind)),
  );
}

const beyondVerification: ReadonlySet<string> = new Set<ChainState['stage']>([
  'verified',
  'shortening',
  'rating',
  'rewriting',
  'rejudging',
  'scoring',
  'kept',
]);
const afterVerification: ReadonlySet<string> = new Set([
  'rate',
  'extend',
  'simplify',
  'shorten',
  'verbosity',
  'cognitive',
]);
