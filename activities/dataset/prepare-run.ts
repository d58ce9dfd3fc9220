import type { Recipe } from '../../config/recipe.js';
import type { ResolvedRecipe } from '../../config/resolve.js';
import type { QuestionPolicy } from '../../workflows/question/policy.js';

/** A checked run: what the workflow decides by. The whole resolved recipe lies in the store under its fingerprint. */
export interface PreparedRun {
  readonly fingerprint: string;
  readonly policy: QuestionPolicy;
  readonly questionsInFlight: number;
  readonly maxFailedShare: number;
  readonly maxCost?: number;
}

/** Where a run keeps the recipe it was started with, resolved: prompts, models and defaults filled in. */
export const resolvedRecipeKey = (run: string, fingerprint: string): string =>
  `runs/${run}/recipes/${fingerprint}.json`;

/** The part of a recipe that the question machine decides by. Pure. */
export function policyOf(recipe: Recipe): QuestionPolicy {
  const { validation, scoring, alignment } = recipe;
  return {
    teachers: recipe.teachers.map(({ pool, chains }) => ({ pool, chains })),
    keep: validation.keep,
    minVerified: validation.minVerified,
    maxChains: validation.maxChains,
    truncatedRetries: validation.truncatedRetries,
    ...(validation.judge && { judge: validation.judge.pool }),
    ...(validation.judgeWrongSolutions && { judgeWrong: true }),
    ...(scoring && { scorer: scoring.pool, ...(scoring.timing === 'with-rating' && { scoreEarly: true }) }),
    ...(alignment && {
      align: {
        critic: alignment.critic.pool,
        rewriter: alignment.rewriter.pool,
        ...(alignment.shorten && { shortener: alignment.shorten.pool }),
        maxRounds: alignment.maxRounds,
        minKept: alignment.minKept,
      },
    }),
  };
}

export function preparedRun({ recipe, fingerprint }: ResolvedRecipe): PreparedRun {
  const { questionsInFlight, maxFailedShare, maxCost } = recipe.limits;
  return {
    fingerprint,
    policy: policyOf(recipe),
    questionsInFlight,
    maxFailedShare,
    ...(maxCost !== undefined && { maxCost }),
  };
}
