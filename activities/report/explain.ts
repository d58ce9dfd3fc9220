import { explainLearning, explainRollout } from './explain-learning.js';
import type { ChainDetail, QuestionDetail, Settings } from './page-data.js';

/** Why a question is in the data set, or out of it, in a sentence or two. Pure. */
export function explainQuestion(question: QuestionDetail, settings: Settings): string {
  if (question.learning) return explainLearning(question, question.learning);
  if (question.outcome === 'accepted') return acceptedQuestion(question);
  if (question.outcome === 'failed')
    return `Out: infrastructure failed (${question.reason ?? 'unknown'}). Running the same name again tries it again.`;
  const why = REJECTED.get(question.reason ?? '')?.(question, settings) ?? `${question.reason ?? 'rejected'}.`;
  return `Out: ${why}${lossesOf(question)}`;
}

const REJECTED: ReadonlyMap<string, (question: QuestionDetail, settings: Settings) => string> = new Map([
  [
    'too-few-verified',
    ({ verifiedChains, chains }: QuestionDetail, { minVerified }: Settings) =>
      `${verifiedChains} of ${count(chains.length, 'chain')} passed verification${minVerified === null ? ', which is too few' : `, ${minVerified} are needed`}.`,
  ],
  [
    'never-medium',
    ({ verifiedChains }, { maxRounds, student }) =>
      `too few of its ${count(verifiedChains, 'verified chain')} became medium for ${studentOf(student)}${maxRounds === null ? '' : ` within ${count(maxRounds, 'rewrite')}`}.`,
  ],
  ['refused', () => 'the models refused to answer it.'],
  ['unanswerable', () => 'none of its chains has a usable answer.'],
  ['quota-full', () => 'the quotas that it fits were full.'],
  ['outside-quotas', () => 'none of its chains fits a quota.'],
  ['quota-surplus', () => 'it is good, and more than its quotas asked for.'],
]);

function acceptedQuestion({ chains }: QuestionDetail): string {
  const kept = chains.filter(({ outcome }) => outcome === 'accepted');
  const rewritten = kept.filter(({ writtenBy }) => REWRITERS.has(writtenBy ?? ''));
  const share =
    kept.length === chains.length
      ? `all of its ${count(chains.length, 'chain')}`
      : `${kept.length} of its ${count(chains.length, 'chain')}`;
  const how =
    rewritten.length === 0 ? '' : `, ${rewritten.length === kept.length ? 'each' : rewritten.length} after a rewrite`;
  return `In: ${share} kept${how}.${lossesOf({ chains })}`;
}

const REWRITERS: ReadonlySet<string> = new Set(['extend', 'simplify', 'shorten']);

function lossesOf({ chains }: Pick<QuestionDetail, 'chains'>): string {
  const reasons = chains.flatMap(({ reason }) => (reason === null || reason === 'question-rejected' ? [] : [reason]));
  const counted = [...new Set(reasons)].map((reason) => `${reasons.filter((one) => one === reason).length} ${reason}`);
  return counted.length === 0 ? '' : ` Dropped: ${counted.join(', ')}.`;
}

/** Why a chain is kept, or dropped, and which check decided; of a rollout, why it is learnt. Pure. */
export function explainChain(
  chain: ChainDetail,
  question: Pick<QuestionDetail, 'answer' | 'reason' | 'learning'>,
  settings: Settings,
): string {
  const { learning, reason, answer } = question;
  if (learning) return explainRollout(chain, { learning, reason }, answerFact(chain, answer));
  if (chain.outcome === 'accepted') {
    const facts = [
      answerFact(chain, question.answer),
      reasoningFact(chain),
      solutionFact(chain),
      ratingFact(chain, settings),
    ];
    return `Kept: ${facts.filter(Boolean).join('; ')}.${drawnFact(chain, settings)}`;
  }
  if (chain.outcome === 'failed') return `Lost with its question: ${chain.reason ?? 'failed'}.`;
  if (chain.reason?.startsWith('filtered-')) return `Dropped: the filter "${chain.reason.slice(9)}" took it out.`;
  return `Dropped: ${DROPPED.get(chain.reason ?? '')?.(chain, question, settings) ?? chain.reason ?? 'no reason given'}.`;
}

type Explain = (chain: ChainDetail, question: Pick<QuestionDetail, 'answer' | 'reason'>, settings: Settings) => string;

const DROPPED: ReadonlyMap<string, Explain> = new Map<string, Explain>([
  ['truncated', () => 'the token limit cut its answer'],
  ['unparsed', () => 'its answer has no usable form'],
  ['refused', ({ detail }) => `the server refused to answer${detail === null ? '' : `: ${detail}`}`],
  ['wrong-solution', (chain, { answer }) => answerFact(chain, answer) || 'its answer is wrong'],
  ['undecided-solution', () => 'no check could tell whether its answer is right'],
  [
    'flawed-reasoning',
    (chain, { answer }) =>
      [answerFact(chain, answer), 'but the judge found the reasoning flawed'].filter(Boolean).join(', '),
  ],
  ['unjudged', () => 'the judge gave no valid verdict'],
  ['unrated', () => 'the critic gave no valid rating'],
  [
    'never-medium',
    ({ ratings, rounds }, _, { student }) =>
      `after ${count(rounds, 'rewrite')} it is still not medium for ${studentOf(student)} (${ratings.join(', then ')})`,
  ],
  ['quota-full', () => 'the quotas that it fits were full'],
  ['outside-quotas', () => 'it fits no quota'],
  ['unscored', () => 'the judge gave it no valid score, which quotas need'],
  ['quota-surplus', () => 'it is good, and more than its quota asked for'],
  ['question-rejected', (_, { reason }) => `it passed, but its question was rejected (${reason ?? 'rejected'})`],
]);

const CHECKS: Readonly<Record<ChainDetail['gradedBy'], string>> = {
  'fast-path': 'exact comparison',
  'math-verify': 'Math-Verify',
  tests: 'the tests',
  judge: 'the judge',
  none: 'no check',
};

/** Which check said what of the answer. */
function answerFact({ grade, gradedBy, extracted, solutionValid }: ChainDetail, reference: string | null): string {
  if (gradedBy === 'judge' && solutionValid !== null)
    return `the judge found the answer ${solutionValid ? 'right' : 'wrong'}`;
  if (gradedBy === 'tests') return `the program ${grade === 'equal' ? 'passed all tests' : 'failed a test'}`;
  const answer = extracted === null ? 'the answer' : `the answer ${short(extracted)}`;
  const against = reference === null ? 'the reference' : `the reference ${short(reference)}`;
  if (grade === 'equal') return `${CHECKS[gradedBy]} found ${answer} equal to ${against}`;
  if (grade === 'different') return `${CHECKS[gradedBy]} found ${answer} different from ${against}`;
  return '';
}

const reasoningFact = ({ reasoningValid }: ChainDetail): string =>
  reasoningValid === null ? '' : `the judge found the reasoning ${reasoningValid ? 'valid' : 'flawed'}`;

const solutionFact = ({ solutionModel }: Pick<ChainDetail, 'solutionModel'>): string =>
  solutionModel === null ? '' : `its solution was written by ${solutionModel} in a second call`;

function ratingFact({ ratings, rounds, writtenBy }: ChainDetail, { student }: Settings): string {
  const last = ratings.at(-1);
  if (last === undefined) return '';
  const shortened = writtenBy === 'shorten' ? ' after it was shortened' : '';
  if (rounds === 0) return `the critic rated it ${last} for ${studentOf(student)}${shortened}`;
  const before = ratings.slice(0, -1).join(', ');
  return `the critic rated it ${before === '' ? '' : `${before}, then `}${last} for ${studentOf(student)} after ${count(rounds, 'rewrite')}`;
}

/** What a training set did with a kept chain. */
function drawnFact({ picked }: ChainDetail, { trainingSet }: Settings): string {
  if (trainingSet === null) return '';
  return picked.length === 0 ? ` Not drawn for ${trainingSet}.` : ` Drawn for ${trainingSet} (${picked.join(', ')}).`;
}

const studentOf = (student: string | null): string => (student === null ? 'the student' : `a ${student} student`);
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text);
