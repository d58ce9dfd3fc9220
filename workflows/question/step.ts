import type { ShardRef } from '../../activities/references.js';
import type { QuestionPolicy } from './policy.js';
import type { Spending } from './spending.js';
import type { Answer, Ask, AskGroup } from './state.js';

/** One step of one question at one pool, as its activity is asked. */
export interface AskInput extends ShardRef {
  readonly id: string;
  readonly step: number;
  readonly group: AskGroup;
  /** Given: the steps that follow are answered, too, as long as they are judgements at the same pool. */
  readonly policy?: QuestionPolicy;
}

/** Answers in the order of the asks. */
export interface StepResult {
  readonly answers: readonly Answer[];
  readonly spending: Spending;
}

/** A step that was answered without being asked for. */
export interface NextResult extends StepResult {
  readonly asks: readonly Ask[];
}

export interface AskResult extends StepResult {
  /** The steps that followed, in their order. */
  readonly next?: readonly NextResult[];
}
