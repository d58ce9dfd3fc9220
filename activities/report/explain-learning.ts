import type { ChainDetail, QuestionDetail, QuestionLearning } from './page-data.js';

/** What reasons of questions and rollouts mean, as the end of "left out: ...". */
const MEANING: Readonly<Record<string, string>> = {
  learnt: 'something of it was learnt before',
  'too-easy': 'the student gets it right too often',
  'too-hard': 'the student gets it right too seldom',
  'no-right-chain': 'no rollout has a right answer',
  'no-wrong-chain': 'no rollout can be the worse side of a pair',
  'all-left-out': 'it has right rollouts, and every one of them is left out',
  wrong: 'its answer is wrong',
  undecided: 'nobody could say whether its answer is right',
  truncated: 'the token limit cut it',
  unusable: 'it has no usable answer',
  'no-perplexity': 'the perplexity of its thought is not known',
  'perplexity-below': 'its thought surprises the student less than the band asks for',
  'perplexity-above': 'its thought surprises the student more than the band allows',
  'same-thought': 'another rollout of the question has the same thought',
  'others-preferred': 'others of its question were preferred to it, or it found no other side for a pair',
};

/** What a reason of a round means, in a few words; the reason itself where it is not known. Pure. */
export function reasonMeaning(reason: string): string {
  if (reason.startsWith('filtered-')) return `its text breaks the rule "${reason.slice(9)}"`;
  return Object.hasOwn(MEANING, reason) ? (MEANING[reason] ?? reason) : reason;
}

/** What a round learnt from a question, or why nothing. Pure. */
export function explainLearning({ reason, chains }: QuestionDetail, learning: QuestionLearning): string {
  const { right, decided, hard, pairs } = learning;
  const rate = decided === 0 ? 'none of them was decided' : `${right} of ${decided} decided ones are right`;
  const explored = `${learning.student} made ${count(chains.length, 'rollout')} of it; ${rate}.`;
  if (reason === 'chosen') {
    const what =
      pairs.length > 0
        ? count(pairs.length, 'pair')
        : count(chains.filter((chain) => chain.reason === 'chosen').length, 'chain');
    return `Learnt in round ${learning.round}: ${what}. ${explored}`;
  }
  const band = BANDS.has(reason ?? '') ? ` (hard is a pass rate of ${share(hard.low)} to ${share(hard.high)})` : '';
  return `Nothing learnt in round ${learning.round}: ${reasonMeaning(reason ?? 'left out')}${band}. ${explored}`;
}

const BANDS: ReadonlySet<string> = new Set(['too-easy', 'too-hard']);

/**
 * Why a rollout is learnt, or left out. Pure.
 * @param answer what a check said of its answer; '' for nothing
 */
export function explainRollout(
  { reason, learning }: ChainDetail,
  question: Pick<QuestionDetail, 'reason'> & { readonly learning: QuestionLearning },
  answer: string,
): string {
  const fact = answer === '' ? '' : ` ${answer.charAt(0).toUpperCase()}${answer.slice(1)}.`;
  const { band, pairs } = question.learning;
  if (reason === 'chosen') {
    const why =
      pairs.length > 0
        ? 'the better side of a pair: of the right rollouts, one whose thought surprises the student most'
        : `right, and among the longest of its question${band ? ` with a perplexity of ${band.low.toFixed(3)} to ${band.high.toFixed(3)}` : ''}`;
    return `Learnt: ${why}.${fact}`;
  }
  if (reason === 'rejected')
    return `Learnt as the worse side of a pair: ${learning?.verdict ?? 'wrong'}, and one whose thought surprises the student least.${fact}`;
  if (reason === question.reason || (reason === 'others-preferred' && question.reason !== 'chosen'))
    return `Left out with its question: ${reasonMeaning(question.reason ?? '')}.${fact}`;
  return `Left out: ${reasonMeaning(reason ?? 'left out')}.${fact}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
const share = (value: number): string => `${Number((100 * value).toFixed(1))} %`;
