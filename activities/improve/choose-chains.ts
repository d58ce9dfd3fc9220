import {
  createTally,
  passRate,
  type Band,
  type ExploredQuestion,
  type LeftOutByReason,
  type QuestionReason,
  type Rollout,
  type RolloutReason,
  type RolloutVerdict,
  type Tally,
} from './explored.js';

/** Which questions count as hard: by the pass rate of the current student. */
export interface HardQuestions {
  readonly passRate: Band;
  /** Ids of the questions of which something was learnt before. SFT learns nothing of them again; DPO follows the current student, and may. @default none */
  readonly learnt?: ReadonlySet<string>;
}

export interface SftChoosing extends HardQuestions {
  /** Of each question at most. */
  readonly chainsPerQuestion: number;
  /** Quantiles of the perplexities of all right chains of the round that a chosen one lies between. */
  readonly perplexityQuantiles: Band;
}

export interface DpoChoosing extends HardQuestions {
  /** Of each question at most. */
  readonly pairsPerQuestion: number;
  /** Chains that the token limit cut may be the worse side. */
  readonly truncatedIsWrong: boolean;
}

/** A rollout of a question, named. */
export interface ChosenChain {
  readonly questionId: string;
  readonly chainId: string;
  readonly chainIndex: number;
  readonly tokens: number | null;
  readonly perplexity: number;
}

export interface ChosenPair {
  readonly questionId: string;
  readonly chosen: ChosenChain;
  readonly rejected: ChosenChain;
}

/** What was found in a round, and what of it is not learnt from. */
export interface Findings {
  readonly questions: number;
  readonly rollouts: number;
  readonly right: number;
  /** Mean over the questions in which something was decided; null: none. */
  readonly passRate: number | null;
  /** Hard questions of which nothing was ever learnt, not in this round either. */
  readonly hardLeft: number;
  readonly questionsLeftOut: LeftOutByReason<QuestionReason>;
  readonly chainsLeftOut: LeftOutByReason<RolloutReason>;
  /** Why each single one is left out, by its id. A rollout of a question that is left out has no reason of its own. */
  readonly reasons: {
    readonly questions: ReadonlyMap<string, QuestionReason>;
    readonly chains: ReadonlyMap<string, RolloutReason>;
  };
}

export interface SftChoice extends Findings {
  readonly variant: 'sft';
  readonly chains: readonly ChosenChain[];
  /** What the quantiles came to; null: no right chain was measured. */
  readonly perplexity: Band | null;
}

export interface DpoChoice extends Findings {
  readonly variant: 'dpo';
  readonly pairs: readonly ChosenPair[];
}

/**
 * Chains to learn by SFT: right ones that break no rule, of hard questions. STILL-2 chooses by length and perplexity, longer chains stay
 * [second-hand]; how the two work together is ours: the longest within a band of perplexities. Follows from its arguments alone, whatever their order;
 * what is not chosen is counted with its reason. Pure.
 */
export function chooseForSft(explored: readonly ExploredQuestion[], choosing: SftChoosing): SftChoice {
  const round = openRound(explored, choosing, choosing.learnt);
  const candidates = round.hard.map((question) => ({
    question,
    right: usable(round, question, { mine: RIGHT, others: [] }),
  }));
  const perplexity = quantileBand(
    candidates.flatMap(({ right }) => right.map((one) => one.perplexity)),
    choosing.perplexityQuantiles,
  );
  const chains = candidates.flatMap(({ question, right }) => {
    const found = right.filter((one) => isWithin(round, perplexity, one)).sort(byLength);
    const chosen = preferred(round, found, choosing.chainsPerQuestion);
    if (chosen.length === 0) round.questionsLeftOut.add(emptyReason(question), question.questionId);
    return chosen;
  });
  return { variant: 'sft', chains, perplexity, ...round.findings(chains) };
}

/**
 * Pairs to learn by DPO: the right chain that the student finds most surprising over the wrong one that it finds least surprising, of the same hard
 * question [second-hand]. Neither breaks a rule for texts: no right chain with repetition or without an end is preferred, and no garbage is made the
 * easy other side [ours]. Pure, as {@link chooseForSft}.
 */
export function chooseForDpo(explored: readonly ExploredQuestion[], choosing: DpoChoosing): DpoChoice {
  const round = openRound(explored, choosing);
  const worse: readonly RolloutVerdict[] = choosing.truncatedIsWrong ? ['wrong', 'truncated'] : ['wrong'];
  const pairs = round.hard.flatMap((question) => {
    const limit = choosing.pairsPerQuestion;
    const right = usable(round, question, { mine: RIGHT, others: worse }).sort(byPerplexity).reverse();
    const wrong = usable(round, question, { mine: worse, others: ALL }).sort(byPerplexity);
    const count = Math.min(limit, right.length, wrong.length);
    const [chosen, rejected] = [preferred(round, right, count), preferred(round, wrong, count)];
    if (count === 0) round.questionsLeftOut.add(emptyReason(question, right.length > 0), question.questionId);
    return chosen.flatMap((better, index) => {
      const other = rejected[index];
      return other ? [{ questionId: question.questionId, chosen: better, rejected: other }] : [];
    });
  });
  return { variant: 'dpo', pairs, ...round.findings(pairs) };
}

/** What a round is chosen from, and what was left out so far. */
interface Round {
  readonly hard: readonly ExploredQuestion[];
  readonly questionsLeftOut: Tally<QuestionReason>;
  readonly chainsLeftOut: Tally<RolloutReason>;
  findings(chosen: readonly { readonly questionId: string }[]): Findings;
}

const nobody: ReadonlySet<string> = new Set();

/** @param passedOver ids of questions that are left out as learnt */
function openRound(
  explored: readonly ExploredQuestion[],
  { passRate: band, learnt = nobody }: HardQuestions,
  passedOver: ReadonlySet<string> = nobody,
): Round {
  const questionsLeftOut = createTally<QuestionReason>();
  const chainsLeftOut = createTally<RolloutReason>();
  const questions = [...explored].sort((a, b) => (a.questionId < b.questionId ? -1 : 1));
  const rates = questions.map(({ rollouts }) => passRate(rollouts));
  const hard = questions.filter(({ questionId }, index) => {
    const rate = rates[index] ?? 0;
    if (passedOver.has(questionId)) questionsLeftOut.add('learnt', questionId);
    else if (rate > band.high) questionsLeftOut.add('too-easy', questionId);
    else if (rate < band.low) questionsLeftOut.add('too-hard', questionId);
    return !passedOver.has(questionId) && rate >= band.low && rate <= band.high;
  });
  const known = rates.filter((rate) => rate !== null);
  const rollouts = questions.flatMap((question) => question.rollouts);
  return {
    hard,
    questionsLeftOut,
    chainsLeftOut,
    findings: (chosen) => ({
      questions: questions.length,
      rollouts: rollouts.length,
      right: rollouts.filter(({ verdict }) => verdict === 'right').length,
      passRate: known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0) / known.length,
      hardLeft: leftOf(hard, [learnt, new Set(chosen.map(({ questionId }) => questionId))]),
      questionsLeftOut: questionsLeftOut.result(),
      chainsLeftOut: chainsLeftOut.result(),
      reasons: { questions: questionsLeftOut.reasons(), chains: chainsLeftOut.reasons() },
    }),
  };
}

const leftOf = (hard: readonly ExploredQuestion[], taken: readonly ReadonlySet<string>[]): number =>
  hard.filter(({ questionId }) => !taken.some((ids) => ids.has(questionId))).length;

const RIGHT: readonly RolloutVerdict[] = ['right'];
const ALL: readonly RolloutVerdict[] = ['right', 'wrong', 'undecided', 'truncated', 'unusable'];

/** Verdicts of a side, and those that another side accounts for. */
interface Side {
  readonly mine: readonly RolloutVerdict[];
  readonly others: readonly RolloutVerdict[];
}

/** Rollouts of one side that may be learnt from, each thought once. */
function usable({ chainsLeftOut }: Round, { rollouts, questionId }: ExploredQuestion, side: Side): ChosenChain[] {
  const seen = new Set<string>();
  return [...rollouts].sort(byId).flatMap(({ verdict, broken, thoughtId, ...rollout }) => {
    const { chainId, chainIndex, tokens, perplexity } = rollout;
    if (!side.mine.includes(verdict)) {
      if (!side.others.includes(verdict) && verdict !== 'right') chainsLeftOut.add(verdict, chainId);
      return [];
    }
    // A chain that was cut has no end by its nature.
    const isBroken = broken !== undefined && !(verdict === 'truncated' && broken === 'no-end');
    if (isBroken) chainsLeftOut.add(`filtered-${broken}`, chainId);
    else if (perplexity === null) chainsLeftOut.add('no-perplexity', chainId);
    else if (seen.has(thoughtId)) chainsLeftOut.add('same-thought', chainId);
    else {
      seen.add(thoughtId);
      return [{ questionId, chainId, chainIndex, tokens, perplexity }];
    }
    return [];
  });
}

/** The first so many; the others are counted. */
function preferred({ chainsLeftOut }: Round, found: readonly ChosenChain[], limit: number): readonly ChosenChain[] {
  for (const { chainId } of found.slice(limit)) chainsLeftOut.add('others-preferred', chainId);
  return found.slice(0, limit);
}

function isWithin({ chainsLeftOut }: Round, band: Band | null, { chainId, perplexity }: ChosenChain): boolean {
  if (band === null || perplexity < band.low) chainsLeftOut.add('perplexity-below', chainId);
  else if (perplexity > band.high) chainsLeftOut.add('perplexity-above', chainId);
  else return true;
  return false;
}

function emptyReason({ rollouts }: ExploredQuestion, hasRight = false): QuestionReason {
  if (!rollouts.some(({ verdict }: Rollout) => verdict === 'right')) return 'no-right-chain';
  return hasRight ? 'no-wrong-chain' : 'all-left-out';
}

/** Nearest ranks, widened outwards: the whole range for quantiles 0 and 1. Pure. */
export function quantileBand(values: readonly number[], quantiles: Band): Band | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (rank: number): number => sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? 0;
  const last = sorted.length - 1;
  return { low: at(Math.floor(quantiles.low * last)), high: at(Math.ceil(quantiles.high * last)) };
}

const byId = (a: Pick<Rollout, 'chainId' | 'chainIndex'>, b: Pick<Rollout, 'chainId' | 'chainIndex'>): number =>
  a.chainIndex - b.chainIndex || (a.chainId < b.chainId ? -1 : 1);
/** Longest first. */
const byLength = (a: ChosenChain, b: ChosenChain): number => (b.tokens ?? 0) - (a.tokens ?? 0) || byId(a, b);
/** Least surprising first. */
const byPerplexity = (a: ChosenChain, b: ChosenChain): number => a.perplexity - b.perplexity || byId(a, b);
