import { comparePaired } from '../evaluation/paired.js';
import type { ProblemResult } from '../evaluation/results.js';
import type { ComparedPair } from './experiment-plan.js';
import type { Comparison } from './experiment-summary.js';

/** Graded answers of a model to an evaluation. */
export type ReadAnswers = (model: {
  readonly evaluation: string;
  readonly model: string;
}) => Promise<readonly ProblemResult[] | undefined>;

/** Compares pairs problem by problem; one of which a model has no answers is left out. Each model's answers are read once. */
export async function comparePairs(pairs: readonly ComparedPair[], readAnswers: ReadAnswers): Promise<Comparison[]> {
  const read = new Map<string, ReturnType<ReadAnswers>>();
  const answersOf = (evaluation: string, model: string): ReturnType<ReadAnswers> => {
    const key = `${evaluation}/${model}`;
    const answers = read.get(key) ?? readAnswers({ evaluation, model });
    read.set(key, answers);
    return answers;
  };
  const comparisons: Comparison[] = [];
  for (const pair of pairs) {
    const [before, after] = [
      await answersOf(pair.evaluation, pair.baseline),
      await answersOf(pair.evaluation, pair.model),
    ];
    if (before && after) comparisons.push(comparison(pair, before, after));
  }
  return comparisons;
}

/** Pure: the same answers give the same numbers. */
export function comparison(
  pair: ComparedPair,
  before: readonly ProblemResult[],
  after: readonly ProblemResult[],
): Comparison {
  const { problems, difference, low, high, p, visible, verdict } = comparePaired(before, after, pair.evaluation);
  return {
    ...pair,
    difference: { value: difference, low, high },
    pValue: p,
    isLargerThanNoise: verdict === 'higher' || verdict === 'lower',
    problems,
    visible,
  };
}
