import type { Recipe } from '../config/recipe.js';
import { sumOfLimits, type PlanContext } from './plan-assumptions.js';
import { plannedPools, type PlannedPool } from './planned-calls.js';
import { plannedEvaluations, type PlannedEvaluation } from './planned-evaluation.js';
import { plannedImprovement, type PlannedImprovement } from './planned-improvement.js';
import { plannedTraining, type PlannedTraining } from './planned-training.js';

export interface RunPlan {
  readonly questions: number;
  /** The recipe asks for all questions of its sources: all numbers are for a thousand. */
  readonly isPerThousand: boolean;
  readonly pools: readonly PlannedPool[];
  readonly trainings: readonly PlannedTraining[];
  readonly evaluations: readonly PlannedEvaluation[];
  /** null: the run ends with its students. */
  readonly improvement: PlannedImprovement | null;
}

/** What a run of a recipe would ask, train and evaluate, if every question were accepted and nothing were in the ledger. Pure. */
export function runPlan(recipe: Recipe, context: PlanContext): RunPlan {
  const limit = recipe.limits.maxQuestions ?? sumOfLimits(recipe);
  const questions = limit ?? 1000;
  const trainings = (recipe.students ?? []).map((student) => plannedTraining(student, { recipe, questions, context }));
  const evaluations = (recipe.evaluations ?? []).flatMap((one) => plannedEvaluations(one, { recipe, context }));
  return {
    questions,
    isPerThousand: limit === undefined,
    pools: plannedPools(recipe, { questions, deployment: context.deployment }),
    trainings,
    evaluations,
    improvement: plannedImprovement(recipe, { context, trainings, evaluations }),
  };
}
