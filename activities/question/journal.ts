import type { Answer, AskGroup } from '../../workflows/question/state.js';
import type { FinishReason, Role } from '../ledger/record.js';
import type { AnswerGrade } from './check-answer.js';
import type { PaidUsage } from './paid-usage.js';

/** One paid call as seen by the question that needed it. */
export interface JournalCall extends PaidUsage {
  readonly key: string;
  /** Index of the ask it answers. */
  readonly ask: number;
  readonly role: Role;
  readonly pool: string;
  readonly model: string;
  /** true: the second, corrective ask after an answer that could not be parsed. */
  readonly corrective: boolean;
  readonly latencyMs: number;
  readonly finishReason: FinishReason;
}

/** What one activity found out: the journal of a question is one entry a step and pool, and the question's end follows from it alone. */
export interface JournalEntry {
  readonly schema: 1;
  readonly questionId: string;
  readonly step: number;
  readonly group: AskGroup;
  /** In the order of `group.asks`. */
  readonly answers: readonly Answer[];
  readonly calls: readonly JournalCall[];
  /** Rule checks in this step, by ask. */
  readonly grades: readonly (AnswerGrade & { readonly ask: number })[];
}
