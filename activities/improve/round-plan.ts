import type { RecipeInput } from '../../config/recipe.js';
import type { ModelRef } from '../models/model-manifest.js';
import type { TrainingRef } from '../selection/training-set.js';
import type { LoopRules } from './round-result.js';

/** What a self-improvement is told. `recipe` comes as the user wrote it. */
export interface ImprovementInput {
  readonly run: string;
  readonly recipe: unknown;
  /** The imitation: the registered student of `selfImprove.student`. */
  readonly imitation: ModelRef;
}

/** A self-improvement, checked: what its workflow decides by. */
export interface ImprovementPlan {
  readonly rules: LoopRules;
  readonly imitation: ModelRef;
  /** What the imitation was trained on: D_0. */
  readonly seed: TrainingRef;
  readonly student: string;
  /** Server of the deployment for its students. */
  readonly server: string;
  /** Evaluations of the recipe that ask the imitation, by their places. */
  readonly evaluations: readonly { readonly index: number; readonly name: string }[];
}

/** What one round is told. */
export interface RoundInput extends ImprovementInput {
  readonly round: number;
  /** The student that explores. */
  readonly current: ModelRef;
  /** What was learnt before: the seed, then the training set of each round that trained. */
  readonly earlier: readonly TrainingRef[];
}

/** What a round explores, and with whom. */
export interface RoundPlan {
  readonly exploreRun: string;
  readonly recipe: RecipeInput;
  /** Name of the student's pool in that recipe. */
  readonly pool: string;
  readonly perplexityBy: 'job' | 'endpoint';
}

/** What a round explored, for those who go on with it. */
export interface ExploredRound extends RoundInput {
  readonly dataset: { readonly name: string; readonly version: string };
}

/** What a round is to train: the input of trainStudent but for the run. */
export interface RoundTraining {
  readonly student: unknown;
  readonly training: TrainingRef;
  readonly base?: ModelRef;
}
