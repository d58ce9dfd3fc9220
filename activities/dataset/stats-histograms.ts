import type { ChainMetadata } from './rows.js';

/** Ten counts, of the levels 0 to 9. */
export type Levels = readonly number[];

export interface DifficultyCounts {
  readonly easy: number;
  readonly medium: number;
  readonly hard: number;
  readonly unrated: number;
}

/** Distributions over the accepted chains; difficulty also over every rated chain, to show what alignment changed. */
export interface Histograms {
  readonly rv: Levels;
  readonly rvJudge: Levels;
  readonly cd: Levels;
  /** rvByCd[cd][rv]. */
  readonly rvByCd: readonly Levels[];
  readonly scoring: { readonly scored: number; readonly unscored: number; readonly none: number };
  readonly difficultyBefore: DifficultyCounts;
  readonly difficultyAfter: DifficultyCounts;
  readonly ratedBefore: DifficultyCounts;
  readonly ratedAfter: DifficultyCounts;
  /** Length of the kept texts in tokens, by nearest rank; null when there is none. */
  readonly tokens: {
    readonly p10: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
}

export interface HistogramBuilder {
  add(
    chain: Pick<
      ChainMetadata,
      'outcome' | 'scoring' | 'rv' | 'rv_judge' | 'cd' | 'difficulty_before' | 'difficulty_after' | 'text_tokens'
    >,
  ): void;
  finish(): Histograms;
}

/** Collects histograms of any number of chains in memory that depends on the number of distinct lengths only. */
export function createHistograms(): HistogramBuilder {
  const rv = tenZeros();
  const rvJudge = tenZeros();
  const cd = tenZeros();
  const rvByCd = Array.from({ length: 10 }, tenZeros);
  const scoring = { scored: 0, unscored: 0, none: 0 };
  const difficulty = {
    before: noDifficulty(),
    after: noDifficulty(),
    ratedBefore: noDifficulty(),
    ratedAfter: noDifficulty(),
  };
  const tokens = new Map<number, number>();

  function add(chain: Parameters<HistogramBuilder['add']>[0]): void {
    if (chain.difficulty_before !== null) {
      countDifficulty(difficulty.ratedBefore, chain.difficulty_before);
      countDifficulty(difficulty.ratedAfter, chain.difficulty_after);
    }
    if (chain.outcome !== 'accepted') return;
    countLevel(rv, chain.rv);
    countLevel(rvJudge, chain.rv_judge);
    countLevel(cd, chain.cd);
    if (chain.cd !== null) countLevel(rvByCd[chain.cd] ?? [], chain.rv);
    scoring[chain.scoring] += 1;
    countDifficulty(difficulty.before, chain.difficulty_before);
    countDifficulty(difficulty.after, chain.difficulty_after);
    if (chain.text_tokens !== null) tokens.set(chain.text_tokens, (tokens.get(chain.text_tokens) ?? 0) + 1);
  }

  const finish = (): Histograms => ({
    rv,
    rvJudge,
    cd,
    rvByCd,
    scoring,
    difficultyBefore: difficulty.before,
    difficultyAfter: difficulty.after,
    ratedBefore: difficulty.ratedBefore,
    ratedAfter: difficulty.ratedAfter,
    tokens: quantiles(tokens),
  });

  return { add, finish };
}

const tenZeros = (): number[] => Array.from({ length: 10 }, () => 0);
const noDifficulty = () => ({ easy: 0, medium: 0, hard: 0, unrated: 0 });

function countLevel(levels: number[], level: number | null): void {
  if (level !== null && level in levels) levels[level] = (levels[level] ?? 0) + 1;
}

function countDifficulty(counts: ReturnType<typeof noDifficulty>, difficulty: string | null): void {
  counts[difficulty === 'easy' || difficulty === 'medium' || difficulty === 'hard' ? difficulty : 'unrated'] += 1;
}

function quantiles(counts: ReadonlyMap<number, number>): Histograms['tokens'] {
  const lengths = [...counts].sort(([a], [b]) => a - b);
  const total = lengths.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    let seen = 0;
    return lengths.find(([, count]) => (seen += count) >= share * total)?.[0] ?? 0;
  };
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
