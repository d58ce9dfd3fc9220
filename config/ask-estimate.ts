import type { Recipe } from './recipe.js';

/** Least and most asks of one kind that a question can need. */
export interface AskRange {
  readonly least: number;
  readonly most: number;
}
export type EstimatedAsk = 'generate' | 'solution' | 'validate' | 'shorten' | 'rate' | 'rewrite' | 'score';

/**
 * Asks of a question that ends accepted, by kind: least when the chains that are needed pass every step at once, most when every chain takes every
 * turn. Not counted: chains that come with rows, with the second calls for their solutions, and the second ask after an answer that can't be read.
 */
export function askEstimate(recipe: Recipe): Record<EstimatedAsk, AskRange> {
  const { teachers, validation, scoring, alignment } = recipe;
  const { minVerified, maxChains, judge } = validation;
  const firstStep = teachers.reduce((sum, { chains }) => sum + chains, 0);
  const rounds = alignment?.maxRounds ?? 0;
  const shortenings = alignment?.shorten === undefined ? 0 : 1;
  const kept = Math.min(alignment?.minKept ?? minVerified, minVerified);
  const everyRating = maxChains * (1 + rounds + shortenings);
  const scoredWithRating = alignment !== undefined && scoring?.timing === 'with-rating';
  return {
    generate: { least: Math.max(firstStep, minVerified), most: maxChains * (1 + validation.truncatedRetries) },
    solution: secondCalls(recipe),
    validate: only(judge, { least: minVerified, most: everyRating }),
    shorten: only(alignment?.shorten, { least: minVerified, most: maxChains }),
    rate: only(alignment, { least: minVerified, most: everyRating }),
    rewrite: only(alignment, { least: 0, most: maxChains * rounds }),
    score: only(scoring, {
      least: 2 * (scoredWithRating ? minVerified : kept),
      most: 2 * (scoredWithRating ? everyRating : maxChains),
    }),
  };
}

/**
 * Second calls for solutions: none where every thought may come with its solution, up to one for each chain of the teachers that have them, and again
 * when it is cut. Where a teacher's whole answer is its thought, those of its chains have one that the other teachers can't stand in for.
 */
function secondCalls({ teachers, validation: { minVerified, maxChains, truncatedRetries } }: Recipe): AskRange {
  const rotation = teachers.flatMap(({ chains, solution }) => Array.from({ length: chains }, () => solution?.thought));
  const asked = Array.from({ length: maxChains }, (_, chain) => rotation[chain % rotation.length]);
  const others = asked.filter((thought) => thought !== 'whole-answer').length;
  return {
    least: Math.max(0, minVerified - others),
    most: asked.filter((thought) => thought !== undefined).length * (1 + truncatedRetries),
  };
}

/** Sum over all kinds. */
export function totalAsks(estimate: Readonly<Record<EstimatedAsk, AskRange>>): AskRange {
  const ranges = Object.values(estimate);
  const sum = (pick: (range: AskRange) => number): number => ranges.reduce((total, range) => total + pick(range), 0);
  return { least: sum(({ least }) => least), most: sum(({ most }) => most) };
}

const only = (part: unknown, range: AskRange): AskRange => (part === undefined ? { least: 0, most: 0 } : range);
