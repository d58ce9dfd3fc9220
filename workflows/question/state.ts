import type { QuotaDrop } from './quotas.js';

/** Key of a text: the call key of the answer it stands in, or the content key of a source chain. 64 hex digits. */
export type TextKey = string;

export type Difficulty = 'easy' | 'medium' | 'hard';
export type Direction = 'extend' | 'simplify' | 'shorten';

/** Outcome of comparing a solution with the reference answer by rule; `none` = there is no reference answer. */
export type Grade = 'equal' | 'different' | 'undecided' | 'none';

/** One thing to find out. `chain` is an index into the question's chains. Rule checks happen where a text arrives. */
export type Ask =
  | {
      readonly kind: 'generate';
      readonly chain: number;
      readonly teacher: number;
      readonly sample: number;
      readonly raised: number;
    }
  /** The solution of a chain that is a thought so far; `teacher` left out: the chain came with the row. */
  | { readonly kind: 'solution'; readonly chain: number; readonly teacher?: number; readonly raised: number }
  | { readonly kind: 'check'; readonly chain: number }
  | { readonly kind: 'validate'; readonly chain: number }
  | { readonly kind: 'rate'; readonly chain: number }
  | { readonly kind: Direction; readonly chain: number; readonly round: number }
  | { readonly kind: 'verbosity' | 'cognitive'; readonly chain: number };
export type AskKind = Ask['kind'];

/** Answer to one ask, in the order of the asks. Carries no text: keys, grades, verdicts and scores only. */
export type Answer =
  /** generate, solution, check, extend, simplify, shorten */
  | { readonly kind: 'text'; readonly key: TextKey; readonly grade: Grade }
  /** generate, check: a thought that has its end and no solution, where the recipe has a second call for it. */
  | { readonly kind: 'thought'; readonly key: TextKey }
  /** The token limit cut the answer. */
  | { readonly kind: 'truncated'; readonly key: TextKey }
  /** An answer without a usable form (no thought or no solution, or, for a judge, no valid structure after one corrective ask). */
  | { readonly kind: 'unparsed'; readonly key: TextKey }
  /** A text that breaks a rule of the recipe (cleaning.chainFilters). */
  | { readonly kind: 'filtered'; readonly key: TextKey; readonly filter: ChainFilter }
  /** The server will not answer this ask: context length, content filter, bad request. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** validate */
  | { readonly kind: 'verdict'; readonly reasoning: boolean; readonly solution: boolean }
  /** rate */
  | { readonly kind: 'rating'; readonly difficulty: Difficulty }
  /** verbosity, cognitive: 0-9 */
  | { readonly kind: 'score'; readonly value: number };

/** Rules for the text of a chain, in the order in which they are tried. */
export const CHAIN_FILTERS = ['template', 'short', 'no-end', 'repetition', 'languages', 'gibberish'] as const;
export type ChainFilter = (typeof CHAIN_FILTERS)[number];

/** Asks of one step that go to one pool: one activity. `pool` '' = rule checks, no model. */
export interface AskGroup {
  readonly pool: string;
  readonly asks: readonly Ask[];
  /** Texts that the asks are about, by chain index. */
  readonly texts: Readonly<Record<number, TextKey>>;
  /** Keys of the solutions of those texts that had theirs from a second call. Left out when there are none. */
  readonly solutions?: Readonly<Record<number, TextKey>>;
}

export type DropReason =
  | 'truncated'
  | 'unparsed'
  | 'refused'
  | `filtered-${ChainFilter}`
  | 'wrong-solution'
  | 'undecided-solution'
  | 'flawed-reasoning'
  | 'unjudged'
  | 'unrated'
  | 'never-medium'
  | QuotaDrop
  | 'question-rejected';

export interface Scores {
  /** null: asked and unscored (the judge gave no valid score); undefined: not asked. */
  readonly verbosity?: number | null;
  readonly cognitive?: number | null;
}

/** One text of a chain: the original (revision 0) or a rewrite. */
export interface Revision {
  readonly key: TextKey;
  /** Key of the second call's answer, where the text of `key` is the thought alone. */
  readonly solution?: TextKey;
  readonly by: 'teacher' | 'source' | Direction;
  readonly grade: Grade;
  readonly verdict?: { readonly reasoning: boolean; readonly solution: boolean };
  readonly rating?: Difficulty;
  readonly scores?: Scores;
}

/** Where a chain stands. Each stage but the waiting one (`verified`) and the ends (`kept`, `dropped`) has asks of its own. */
export type ChainStage =
  | 'asked'
  | 'checking'
  | 'solving'
  | 'judging'
  | 'verified'
  | 'shortening'
  | 'rating'
  | 'rewriting'
  | 'rejudging'
  | 'scoring'
  | 'kept'
  | 'dropped';

export interface ChainState {
  readonly origin: { readonly teacher: number; readonly sample: number } | { readonly source: number };
  /** Times the token limit was doubled, of the teacher or, while its solution is asked for, of whoever writes that. */
  readonly raised: number;
  readonly revisions: readonly Revision[];
  /** Index of the revision that the next ask is about, and that is kept in the end. */
  readonly current: number;
  /** Index of the revision that a failed rewrite falls back to: the original or its shortened form. */
  readonly base: number;
  /** Critic-loop rewrites so far, shortening not counted. */
  readonly rounds: number;
  readonly stage: ChainStage;
  readonly dropped?: DropReason;
}

export type RejectReason =
  'too-few-verified' | 'unanswerable' | 'refused' | 'never-medium' | 'quota-full' | 'outside-quotas';

export interface QuestionState {
  /** Alignment begins once, when enough chains are verified; from then on no more chains are asked for. */
  readonly phase: 'verifying' | 'aligning';
  readonly chains: readonly ChainState[];
  readonly step: number;
  readonly outcome?: { readonly kind: 'accepted' } | { readonly kind: 'rejected'; readonly reason: RejectReason };
}
