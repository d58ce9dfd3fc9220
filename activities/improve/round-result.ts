import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import type { Comparison } from '../experiment/experiment-summary.js';
import type { ModelRef, TrainedStudent } from '../models/model-manifest.js';
import type { ExplorationCost } from './exploration-cost.js';
import type { TrainingRef } from '../selection/training-set.js';

/** What the exploration of a round cost and where it lies. Counts of this execution: what was paid before is reused. */
export interface RoundExploration {
  /** Name of the run that explored, for `cotmill status` and `inspect`. */
  readonly run: string;
  readonly dataset: { readonly name: string; readonly version: string };
  readonly questions: number;
  readonly calls: { readonly new: number; readonly reused: number; readonly repeated: number };
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  /** By every execution together. Rounds from before it was counted have none. */
  readonly took?: ExplorationCost;
}

/** What a round learns from, by counts. */
export interface RoundChoice {
  readonly variant: 'sft' | 'dpo';
  readonly rollouts: number;
  readonly right: number;
  /** Mean over the questions; null: nothing was decided. */
  readonly passRate: number | null;
  /** New chains, or pairs. */
  readonly found: number;
  /** Hard questions of which nothing was ever learnt: what is left of the pool. */
  readonly hardLeft: number;
  /** Store key of what was chosen and what was left out, with reasons and examples. */
  readonly choiceKey: string;
  /** Store key of the same for people. */
  readonly reportKey: string;
  /** What the round is trained on; null: too little was found, nothing is trained. */
  readonly training: (TrainingRef & { readonly rows: number }) | null;
}

export interface RoundResult {
  readonly round: number;
  readonly explored: RoundExploration;
  readonly chosen: RoundChoice;
  /** null: too little was found. */
  readonly student: TrainedStudent | null;
  readonly scores: readonly EvaluationResult[];
}

/** When the loop ends, with every default filled in. */
export interface LoopRules {
  readonly maxRounds: number;
  readonly patience: number | null;
  readonly approval: boolean;
  /** Evaluation whose score counts; null: there is none. */
  readonly evaluation: string | null;
  readonly budget: {
    readonly cost: number | null;
    readonly outputTokens: number | null;
    readonly trainingHours: number | null;
  };
}

export type StopReason =
  'round-limit' | 'too-little-new' | 'pool-used-up' | 'no-better-score' | 'budget' | 'ended-by-hand';

/** Why a loop ended. */
export interface Stop {
  readonly reason: StopReason;
  /** For people. */
  readonly words: string;
}

/** What a workflow keeps of a self-improvement. */
export interface ImprovementSummary {
  readonly imitation: ModelRef;
  readonly imitationScores: readonly EvaluationResult[];
  readonly rounds: readonly RoundResult[];
  /** Each round with the imitation and with every earlier round, on the same problems. */
  readonly comparisons: readonly Comparison[];
  readonly stop: Stop;
  /** The student with the best score; without scores, the last one. */
  readonly best: ModelRef;
  /** Store key of the table, in Markdown. */
  readonly tableKey: string;
  /** Store key of the report: one HTML file. */
  readonly reportKey: string;
}
