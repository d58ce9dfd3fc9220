import type { QuotaPolicy } from './quotas.js';

export interface TeacherPolicy {
  readonly pool: string;
  readonly chains: number;
  /** Pool of the second call for answers that are thoughts alone; left out: there is none. */
  readonly solver?: string;
}

/** What the state machine needs of a recipe: numbers, switches and pool names. Plain JSON of a few hundred bytes; it travels in every question's input. */
export interface QuestionPolicy {
  readonly teachers: readonly TeacherPolicy[];
  /** Pool of the second call for chains that come with rows and are thoughts alone; left out: there is none. */
  readonly sourceSolver?: string;
  readonly keep: 'both' | 'solution';
  readonly minVerified: number;
  readonly maxChains: number;
  readonly truncatedRetries: number;
  /** Left out: rules alone verify. */
  readonly judge?: string;
  readonly judgeWrong?: boolean;
  /** Left out: no scores. */
  readonly scorer?: string;
  /** Scores are asked with the rating (one step less) or only for chains that stay. */
  readonly scoreEarly?: boolean;
  /** Left out: no alignment, verified chains are kept as they are. */
  readonly align?: {
    readonly critic: string;
    readonly rewriter: string;
    readonly shortener?: string;
    readonly maxRounds: number;
    readonly minKept: number;
  };
  /** Left out: every good chain is wanted. */
  readonly quota?: QuotaPolicy;
}
