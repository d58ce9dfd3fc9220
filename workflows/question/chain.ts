import type { QuestionPolicy } from './policy.js';
import { outOfReach, unwanted } from './quotas.js';
import type {
  Answer,
  ChainState,
  ChainStage,
  Direction,
  DropReason,
  Grade,
  Revision,
  Scores,
  TextKey,
} from './state.js';

/** Answers of one step about one chain, by kind of ask. */
export interface ChainFacts {
  readonly text?: Answer;
  readonly verdict?: Answer;
  readonly rating?: Answer;
  readonly verbosity?: Answer;
  readonly cognitive?: Answer;
}

/** Answer to a rewriting ask, and what was asked for. */
interface Rewritten {
  readonly answer: Answer | undefined;
  readonly by: Direction;
}

const to = (chain: ChainState, stage: ChainStage): ChainState => ({ ...chain, stage });

/** Ends a chain with the reason that its row will carry. */
export const drop = (chain: ChainState, reason: DropReason): ChainState => ({
  ...chain,
  stage: 'dropped',
  dropped: reason,
});

/** The text that the chain stands for now; a chain that was never answered has none. */
export const currentRevision = (chain: ChainState): Revision | undefined => chain.revisions[chain.current];

/** Moves one chain on by the answers of one step. Pure; `verified` chains wait here until the whole question goes on. */
export function advanceChain(policy: QuestionPolicy, chain: ChainState, facts: ChainFacts): ChainState {
  switch (chain.stage) {
    case 'asked':
    case 'checking':
    case 'solving':
      return arrive(policy, chain, facts.text);
    case 'judging':
      return judge(policy, withFacts(chain, facts), facts.verdict);
    case 'shortening':
      return shorten(policy, chain, facts.text);
    case 'rating':
      return followRating(policy, withFacts(chain, facts), facts);
    case 'rewriting':
      return rewrite(policy, chain, facts.text);
    case 'rejudging':
      return rejudge(policy, withFacts(chain, facts), facts);
    case 'scoring':
      return keep(policy, withFacts(chain, facts));
    case 'verified':
    case 'kept':
    case 'dropped':
      return chain;
    default:
      return chain.stage satisfies never;
  }
}

/** Takes a verified chain into the phase after verification. */
export function beginAlignment(policy: QuestionPolicy, chain: ChainState): ChainState {
  if (chain.stage !== 'verified') return chain;
  if (!policy.align) return settle(policy, chain);
  return to(chain, policy.align.shortener ? 'shortening' : 'rating');
}

/** Direction of the next rewrite: it follows the newest rating of the text that the round starts from. */
export function rewriteDirection(chain: ChainState): 'extend' | 'simplify' {
  return currentRevision(chain)?.rating === 'hard' ? 'simplify' : 'extend';
}

/** What becomes of a chain whose text has arrived, or whose solution has, from the second call. */
function arrive(policy: QuestionPolicy, chain: ChainState, answer: Answer | undefined): ChainState {
  if (answer?.kind === 'truncated' && chain.stage !== 'checking' && chain.raised < policy.truncatedRetries) {
    return { ...chain, raised: chain.raised + 1 };
  }
  // A refused second call leaves the thought, for people to read.
  if (!answer || !('key' in answer)) return drop(chain, 'refused');
  const arrived = { ...chain, revisions: [arrivedText(chain, answer)] };
  switch (answer.kind) {
    case 'text':
      return afterRules(policy, arrived, answer.grade);
    case 'thought':
      return { ...arrived, stage: 'solving', raised: 0 };
    case 'filtered':
      return drop(arrived, `filtered-${answer.filter}`);
    case 'truncated':
    case 'unparsed':
      return drop(arrived, answer.kind);
    default:
      return answer satisfies never;
  }
}

function arrivedText(chain: ChainState, answer: Extract<Answer, { key: TextKey }>): Revision {
  const grade = answer.kind === 'text' ? answer.grade : 'none';
  const thought = chain.stage === 'solving' ? currentRevision(chain) : undefined;
  if (thought) return { ...thought, solution: answer.key, grade };
  return { key: answer.key, by: 'teacher' in chain.origin ? 'teacher' : 'source', grade };
}

function afterRules(policy: QuestionPolicy, chain: ChainState, grade: Grade): ChainState {
  if (policy.judge && (grade !== 'different' || policy.judgeWrong)) return to(chain, 'judging');
  if (grade === 'equal') return to(chain, 'verified');
  return drop(chain, grade === 'different' ? 'wrong-solution' : 'undecided-solution');
}

function judge(policy: QuestionPolicy, chain: ChainState, answer: Answer | undefined): ChainState {
  if (answer?.kind === 'refused') return drop(chain, 'refused');
  if (answer?.kind !== 'verdict') return drop(chain, 'unjudged');
  const fault = verdictFault(policy, chain);
  return fault ? drop(chain, fault) : to(chain, 'verified');
}

/** What is wrong with the current text, by rule and judge. A rule that decided wins over the judge. */
function verdictFault(policy: QuestionPolicy, chain: ChainState): DropReason | undefined {
  const revision = currentRevision(chain);
  if (!revision) return 'unparsed';
  const solution =
    revision.grade === 'equal' || (revision.grade !== 'different' && revision.verdict?.solution === true);
  if (!solution) return 'wrong-solution';
  return policy.keep === 'both' && !revision.verdict?.reasoning ? 'flawed-reasoning' : undefined;
}

function shorten(policy: QuestionPolicy, chain: ChainState, answer: Answer | undefined): ChainState {
  const next = addRevision(policy, chain, { answer, by: 'shorten' });
  // A failed shortening leaves the long chain, which the critic may still simplify.
  if (!next) return to(keepTrace(chain, { answer, by: 'shorten' }), 'rating');
  return to({ ...next, base: next.current }, 'rejudging');
}

function rewrite(policy: QuestionPolicy, chain: ChainState, answer: Answer | undefined): ChainState {
  const counted = { ...chain, rounds: chain.rounds + 1 };
  const direction = rewriteDirection(chain);
  const next = addRevision(policy, counted, { answer, by: direction });
  return next ? to(next, 'rejudging') : fallBack(policy, keepTrace(counted, { answer, by: direction }));
}

/** The chain with a usable new text as its current one, or undefined when the rewrite is not usable. */
function addRevision(policy: QuestionPolicy, chain: ChainState, rewritten: Rewritten): ChainState | undefined {
  const { answer, by } = rewritten;
  if (answer?.kind !== 'text' || answer.grade === 'different') return undefined;
  if (answer.grade !== 'equal' && !policy.judge) return undefined;
  return {
    ...chain,
    revisions: [...chain.revisions, { key: answer.key, by, grade: answer.grade }],
    current: chain.revisions.length,
  };
}

/** A rewrite that failed stays in the history of the chain. */
function keepTrace(chain: ChainState, { answer, by }: Rewritten): ChainState {
  if (!answer || !('key' in answer)) return chain;
  const grade = answer.kind === 'text' ? answer.grade : 'none';
  return { ...chain, revisions: [...chain.revisions, { key: answer.key, by, grade }] };
}

/** A rewrite whose answer is no longer right: the next round starts from the base, while rounds are left. */
function fallBack(policy: QuestionPolicy, chain: ChainState): ChainState {
  return followKnownRating(policy, { ...chain, current: chain.base });
}

function rejudge(policy: QuestionPolicy, chain: ChainState, facts: ChainFacts): ChainState {
  if (policy.judge && facts.verdict?.kind !== 'verdict') return drop(chain, 'unjudged');
  if (verdictFault(policy, chain) === undefined) return followRating(policy, chain, facts);
  // A shortening that broke the chain is undone; the long text has not been rated yet.
  if (currentRevision(chain)?.by === 'shorten') return to({ ...chain, current: 0, base: 0 }, 'rating');
  return fallBack(policy, chain);
}

function followRating(policy: QuestionPolicy, chain: ChainState, facts: ChainFacts): ChainState {
  if (facts.rating?.kind === 'refused') return drop(chain, 'refused');
  return facts.rating?.kind === 'rating' ? followKnownRating(policy, chain) : drop(chain, 'unrated');
}

function followKnownRating(policy: QuestionPolicy, chain: ChainState): ChainState {
  if (currentRevision(chain)?.rating === 'medium') return settle(policy, chain);
  if (chain.rounds >= (policy.align?.maxRounds ?? 0)) return drop(chain, 'never-medium');
  const hopeless = policy.quota && outOfReach(policy.quota, currentRevision(chain)?.scores);
  return hopeless ? drop(chain, hopeless) : to(chain, 'rewriting');
}

/** A chain that is good: scored if it has no scores yet. */
function settle(policy: QuestionPolicy, chain: ChainState): ChainState {
  return policy.scorer && !currentRevision(chain)?.scores ? to(chain, 'scoring') : keep(policy, chain);
}

/** A good chain stays unless the quotas do not want it. */
function keep(policy: QuestionPolicy, chain: ChainState): ChainState {
  const reason = policy.quota && unwanted(policy.quota, currentRevision(chain)?.scores);
  return reason ? drop(chain, reason) : to(chain, 'kept');
}

function withFacts(chain: ChainState, facts: ChainFacts): ChainState {
  const revision = currentRevision(chain);
  if (!revision) return chain;
  const scores: Scores = {
    ...revision.scores,
    ...(facts.verbosity && { verbosity: scoreOf(facts.verbosity) }),
    ...(facts.cognitive && { cognitive: scoreOf(facts.cognitive) }),
  };
  const next: Revision = {
    ...revision,
    ...(facts.verdict?.kind === 'verdict' && {
      verdict: { reasoning: facts.verdict.reasoning, solution: facts.verdict.solution },
    }),
    ...(facts.rating?.kind === 'rating' && { rating: facts.rating.difficulty }),
    ...((facts.verbosity ?? facts.cognitive) && { scores }),
  };
  return { ...chain, revisions: chain.revisions.map((other, index) => (index === chain.current ? next : other)) };
}

const scoreOf = (answer: Answer): number | null => (answer.kind === 'score' ? answer.value : null);
