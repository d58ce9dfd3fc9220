import type { ChainMetadata } from './rows.js';

/** Counts of the token lengths of a run's scored chains. */
export interface LengthCounts {
  add(chain: Pick<ChainMetadata, 'rv_judge' | 'text_tokens'>): void;
  /** The length part of RV for a length, 0 < RV_length < 9. */
  finish(): (tokens: number) => number;
}

type Verbosity = Pick<ChainMetadata, 'rv_length' | 'rv'>;

const PRECISION = 1e6;
const round = (value: number): number => Math.round(value * PRECISION) / PRECISION;

/**
 * RV_length = 9 * percentile rank of the token length among the scored chains of the run (methods 2.2) [ours], where the percentile rank
 * of t is (number of shorter chains + half the number of chains of length t) / number of chains: ties share a rank, the median is 4.5,
 * and one chain alone has 4.5. Scored: the judge gave an RV, whatever became of the chain. Rounded to six decimals.
 * Memory grows with the number of distinct lengths only.
 */
export function createLengthCounts(): LengthCounts {
  const counts = new Map<number, number>();

  function add({ rv_judge, text_tokens }: Pick<ChainMetadata, 'rv_judge' | 'text_tokens'>): void {
    if (rv_judge === null || text_tokens === null) return;
    counts.set(text_tokens, (counts.get(text_tokens) ?? 0) + 1);
  }

  function finish(): (tokens: number) => number {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const ranks = new Map<number, number>();
    let shorter = 0;
    for (const [tokens, count] of [...counts].sort(([a], [b]) => a - b)) {
      ranks.set(tokens, round((9 * (shorter + count / 2)) / total));
      shorter += count;
    }
    return (tokens) => {
      const rank = ranks.get(tokens);
      if (rank === undefined)
        throw new RangeError(`No scored chain of this run has ${tokens} tokens: expected a length that was counted.`);
      return rank;
    };
  }

  return { add, finish };
}

/**
 * RV = (1 - w) * judge + w * length, rounded half up; w = `scoring.lengthWeight` (0.5 second-hand). The sum is cut to six decimals first, so
 * that 4.5 made of inexact parts still rounds up. A chain that the judge did not score has neither part.
 */
export function verbosity(
  chain: Pick<ChainMetadata, 'rv_judge' | 'text_tokens'>,
  lengthOf: (tokens: number) => number,
  lengthWeight: number,
): Verbosity {
  const { rv_judge: judge, text_tokens: tokens } = chain;
  if (judge === null || tokens === null) return { rv_length: null, rv: null };
  const length = lengthOf(tokens);
  return { rv_length: length, rv: Math.floor(round((1 - lengthWeight) * judge + lengthWeight * length) + 0.5) };
}
