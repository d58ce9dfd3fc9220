import { quotaBins } from '../../config/quotas.js';
import type { Recipe } from '../../config/recipe.js';
import type { ResolvedRecipe } from '../../config/resolve.js';
import { solverOf, type Teacher } from '../../config/teacher.js';
import type { QuestionPolicy, TeacherPolicy } from '../../workflows/question/policy.js';
import { quotaPolicy, type RunQuotas } from '../../workflows/question/quota-count.js';

/** A checked run: what the workflow decides by. The whole resolved recipe lies in the store under its fingerprint. */
export interface PreparedRun {
  readonly fingerprint: string;
  readonly policy: QuestionPolicy;
  readonly questionsInFlight: number;
  readonly maxFailedShare: number;
  readonly maxCost?: number;
  readonly quotas?: RunQuotas;
}

/** Where a run keeps the recipe it was started with, resolved: prompts, models and defaults filled in. */
export const resolvedRecipeKey = (run: string, fingerprint: string): string =>
  `runs/${run}/recipes/${fingerprint}.json`;

/** The quotas of a recipe with every default filled in. Pure. */
export const quotasOf = ({ quotas }: Pick<Recipe, 'quotas'>): RunQuotas | undefined =>
  quotas && { bins: quotaBins(quotas), shardsAtOnce: quotas.shardsAtOnce, rewriteReach: quotas.rewriteReach };

function teacherPolicy(teacher: Teacher): TeacherPolicy {
  const solver = solverOf(teacher)?.pool;
  return { pool: teacher.pool, chains: teacher.chains, ...(solver !== undefined && { solver }) };
}

/** The part of a recipe that the question machine decides by; what a shard is told of the quotas comes on top of it. Pure. */
export function policyOf(recipe: Recipe): QuestionPolicy {
  const { sourceChains, validation, scoring, alignment } = recipe;
  return {
    teachers: recipe.teachers.map(teacherPolicy),
    ...(sourceChains && { sourceSolver: sourceChains.solution.pool }),
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

/** The policy of a shard's questions; `open`: what it was told of the quotas, where there are any. */
export function shardPolicy(recipe: Recipe, open: string | undefined): QuestionPolicy {
  const quotas = quotasOf(recipe);
  return { ...policyOf(recipe), ...(quotas && open !== undefined && { quota: quotaPolicy(quotas, open) }) };
}

export function preparedRun({ recipe, fingerprint }: ResolvedRecipe): PreparedRun {
  const { questionsInFlight, maxFailedShare, maxCost } = recipe.limits;
  const quotas = quotasOf(recipe);
  return {
    fingerprint,
    policy: policyOf(recipe),
    questionsInFlight,
    maxFailedShare,
    ...(maxCost !== undefined && { maxCost }),
    ...(quotas && { quotas }),
  };
}
