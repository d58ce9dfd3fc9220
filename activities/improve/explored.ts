import type { ChainFilter } from '../../workflows/question/state.js';

/**
 * What became of a rollout, before anything is chosen. `right`, `wrong`: by its answer. `undecided`: nobody could say. `truncated`: the token limit
 * cut it. `unusable`: it has no solution, was refused, or never arrived.
 */
export type RolloutVerdict = 'right' | 'wrong' | 'undecided' | 'truncated' | 'unusable';

/** One rollout of the current student. Carries no text. */
export interface Rollout {
  readonly chainId: string;
  readonly chainIndex: number;
  readonly verdict: RolloutVerdict;
  /** The first rule for texts that it breaks. */
  readonly broken?: ChainFilter | undefined;
  /** Of its thought: equal ones are the same to a student. Hash, hex. */
  readonly thoughtId: string;
  /** Tokens of the whole answer; null: not known. */
  readonly tokens: number | null;
  /** Of its thought under the student that wrote it; null: not measured, or there is no thought. */
  readonly perplexity: number | null;
}

export interface ExploredQuestion {
  readonly questionId: string;
  readonly domain: string | null;
  readonly rollouts: readonly Rollout[];
}

/** Inclusive. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/** Why a question gives nothing to learn from. */
export type QuestionReason = 'learnt' | 'too-easy' | 'too-hard' | 'no-right-chain' | 'no-wrong-chain' | 'all-left-out';

/** Why a rollout is not learnt from. */
export type RolloutReason =
  | Exclude<RolloutVerdict, 'right'>
  | `filtered-${ChainFilter}`
  | 'no-perplexity'
  | 'perplexity-below'
  | 'perplexity-above'
  | 'same-thought'
  | 'others-preferred';

/** How often something was left out, and the first few by their ids. */
export interface LeftOut {
  readonly count: number;
  readonly examples: readonly string[];
}
export type LeftOutByReason<Reason extends string> = Readonly<Partial<Record<Reason, LeftOut>>>;

export const EXAMPLES = 5;

/** Counts by reason with examples, whatever the order in which they come. */
export interface Tally<Reason extends string> {
  add(reason: Reason, id: string): void;
  result(): LeftOutByReason<Reason>;
  /** The reason of everything that was added, by its id. */
  reasons(): ReadonlyMap<string, Reason>;
}

export function createTally<Reason extends string>(): Tally<Reason> {
  const ids = new Map<Reason, string[]>();
  return {
    add(reason, id) {
      const known = ids.get(reason);
      if (known) known.push(id);
      else ids.set(reason, [id]);
    },
    result() {
      const entries = [...ids].sort(([a], [b]) => (a < b ? -1 : 1));
      const described = entries.map(([reason, found]) => [
        reason,
        { count: found.length, examples: found.sort().slice(0, EXAMPLES) },
      ]);
      return Object.fromEntries(described) as LeftOutByReason<Reason>;
    },
    reasons: () => new Map([...ids].flatMap(([reason, found]) => found.map((id) => [id, reason] as const))),
  };
}

/** Share of the rollouts with a decided answer, truncated ones among the wrong, that are right; null: nothing was decided. Pure. */
export function passRate(rollouts: readonly Rollout[]): number | null {
  const decided = rollouts.filter(({ verdict }) => verdict !== 'undecided' && verdict !== 'unusable');
  if (decided.length === 0) return null;
  return decided.filter(({ verdict }) => verdict === 'right').length / decided.length;
}
