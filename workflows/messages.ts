import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { emptyTally, type Tally } from './tally.js';

export type Phase =
  | 'preparing'
  | 'planning'
  | 'building'
  | 'assembling'
  | 'selecting'
  | 'training'
  | 'evaluating'
  | 'comparing'
  | 'improving'
  | 'done';

/** What a run, data set, partition or shard answers about itself. Workers' own children are not included: ask those in `inFlight`. */
export interface Progress {
  readonly phase: Phase;
  readonly paused: boolean;
  /** Questions below this node; 0 before the plan is known. */
  readonly questions: number;
  /** Of children that ended. */
  readonly tally: Tally;
  /** Workflow ids of the children at work that answer the same query; a shard names none. */
  readonly children: readonly string[];
  /** Questions at work, of a shard. */
  readonly questionsInFlight: number;
  readonly concurrency: number;
  /** Of a run with quotas. */
  readonly quotas?: readonly QuotaProgress[];
  /** Of an experiment. */
  readonly experiment?: ExperimentProgress;
  /** Of a self-improvement, and of a round of one. Children of a round are data sets of its own, and their questions are not the run's. */
  readonly improvement?: ImprovementProgress;
}

/** How far the students and evaluations of a run are. */
export interface ExperimentProgress {
  readonly students: { readonly total: number; readonly done: number };
  /** One for each evaluation and model. */
  readonly evaluations: { readonly total: number; readonly done: number };
  /** Tasks at work, such as `student/small`: below the run, the workflows have these ids. */
  readonly running: readonly string[];
  /** Tasks that failed, and those that can not start for want of them. */
  readonly failed: readonly string[];
}

/** What a workflow answers that has no questions of its own. */
export const noQuestions = {
  paused: false,
  questions: 0,
  tally: emptyTally,
  children: [],
  questionsInFlight: 0,
  concurrency: 0,
} as const satisfies Omit<Progress, 'phase'>;

export type RoundPhase = 'exploring' | 'measuring' | 'choosing' | 'training' | 'evaluating' | 'done';

/** How far a self-improvement is. */
export interface ImprovementProgress {
  /** The round at work, or done last; 0: before the first one the imitation is evaluated. */
  readonly round: number;
  /** Left out by a round, which does not know. */
  readonly maxRounds?: number;
  readonly step: RoundPhase | 'waiting for approval';
  /** Tasks at work, such as `round/2/student`: below the run, the workflows have these ids. */
  readonly running: readonly string[];
}

/** How far a bin of the quotas is. */
export interface QuotaProgress {
  readonly name: string;
  /** Chains. */
  readonly wanted: number;
  readonly found: number;
}

export const getProgress = defineQuery<Progress>('progress');

/** Updates for operators: checked, acknowledged, with the state that follows as the answer. */
export const pause = defineUpdate<Progress>('pause');
export const resume = defineUpdate<Progress>('resume');
/** Questions at the same time, over the whole run: 1 to 10,000. */
export const setConcurrency = defineUpdate<Progress, [number]>('setConcurrency');

/** To a self-improvement that waits between two rounds: go on, or let it end here. The answer is what follows, in words. */
export const approveRound = defineUpdate<string, [{ readonly next: 'continue' | 'end' }]>('approveRound');

/** Between workflows: what an operator said to the parent. */
export interface Control {
  readonly paused: boolean;
  /** Questions at the same time below the receiver. */
  readonly concurrency: number;
  /** No question starts any more: what was asked for is there. */
  readonly stopped?: boolean;
}
export const control = defineSignal<[Control]>('control');
