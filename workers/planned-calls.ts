import { askEstimate, type AskRange, type EstimatedAsk } from '../config/ask-estimate.js';
import type { Deployment } from '../config/deployment.js';
import type { Recipe } from '../config/recipe.js';
import type { Sampling } from '../config/sampling.js';
import { solverOf } from '../config/teacher.js';
import { chainTokens, meanTokens, PROMPT_TOKENS, rangeOfSeconds } from './plan-assumptions.js';

/** What a pool is asked, over the whole run. */
export interface PlannedPool {
  readonly pool: string;
  readonly calls: AskRange;
  readonly inputTokens: AskRange;
  readonly outputTokens: AskRange;
  /** In the currency of the deployment's prices. */
  readonly cost: AskRange;
  /** At the speed that the deployment gives the pool; null: it gives none. */
  readonly seconds: AskRange | null;
}

/** Asks of one kind, and who answers them. */
interface Asked {
  readonly pool: string;
  readonly range: AskRange;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What each pool of a build is asked, if every question ends accepted. Pure. */
export function plannedPools(
  recipe: Recipe,
  { questions, deployment }: { readonly questions: number; readonly deployment: Deployment },
): PlannedPool[] {
  const asked = asks(recipe);
  return [...new Set(asked.map(({ pool }) => pool))].map((pool) => {
    const own = asked.filter((one) => one.pool === pool);
    const sum = (of: (one: Asked) => number): AskRange => ({
      least: questions * own.reduce((total, one) => total + one.range.least * of(one), 0),
      most: questions * own.reduce((total, one) => total + one.range.most * of(one), 0),
    });
    const inputTokens = sum((one) => one.inputTokens);
    const outputTokens = sum((one) => one.outputTokens);
    const { inputPerMillion = 0, outputPerMillion = 0 } = deployment.pools[pool]?.price ?? {};
    const cost = (side: keyof AskRange): number =>
      (inputTokens[side] * inputPerMillion + outputTokens[side] * outputPerMillion) / 1_000_000;
    return {
      pool,
      calls: sum(() => 1),
      inputTokens,
      outputTokens,
      cost: { least: cost('least'), most: cost('most') },
      seconds: rangeOfSeconds(outputTokens, deployment.pools[pool]?.tokensPerSecond),
    };
  });
}

function asks(recipe: Recipe): Asked[] {
  const { teachers, validation, scoring, alignment } = recipe;
  const estimate = askEstimate(recipe);
  const chain = chainTokens(recipe);
  const all = teachers.reduce((sum, { chains }) => sum + chains, 0);
  const generated = teachers.map(({ pool, chains, sampling }) => ({
    pool,
    range: scaled(estimate.generate, chains / all),
    inputTokens: PROMPT_TOKENS,
    outputTokens: meanTokens(sampling),
  }));
  const solvers = teachers.flatMap((teacher) => {
    const solver = solverOf(teacher);
    return solver ? [{ ...solver, chains: teacher.chains, thought: meanTokens(teacher.sampling) }] : [];
  });
  const solved = solvers.reduce((sum, { chains }) => sum + chains, 0);
  const secondCalls = solvers.map(({ pool, chains, thought, sampling }) => ({
    pool,
    range: scaled(estimate.solution, chains / solved),
    inputTokens: PROMPT_TOKENS + thought,
    outputTokens: meanTokens(sampling),
  }));
  const roles: readonly (readonly [
    EstimatedAsk,
    { readonly pool: string; readonly sampling: Sampling } | undefined,
  ])[] = [
    ['validate', validation.judge],
    ['shorten', alignment?.shorten],
    ['rate', alignment?.critic],
    ['rewrite', alignment?.rewriter],
    ['score', scoring],
  ];
  const judged = roles.flatMap(([kind, role]): Asked[] =>
    role
      ? [
          {
            pool: role.pool,
            range: estimate[kind],
            inputTokens: PROMPT_TOKENS + chain,
            outputTokens: meanTokens(role.sampling),
          },
        ]
      : [],
  );
  return [...generated, ...secondCalls, ...judged];
}

const scaled = ({ least, most }: AskRange, share: number): AskRange => ({ least: least * share, most: most * share });
