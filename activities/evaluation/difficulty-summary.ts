import type { EvaluationSummary } from './evaluation-summary.js';
import { mean } from './quantiles.js';

const LEVELS = 10;

/** Mean and histogram of CD over the answers that have one. Pure, whatever the order. */
export function difficultySummary(
  answers: readonly { readonly cd: number | null }[],
): NonNullable<EvaluationSummary['difficulty']> {
  const scores = answers.flatMap(({ cd }) => (cd === null ? [] : [cd]));
  return {
    mean: scores.length === 0 ? null : mean(scores),
    histogram: Array.from({ length: LEVELS }, (_, level) => scores.filter((score) => score === level).length),
    scored: scores.length,
    unscored: answers.length - scores.length,
  };
}
