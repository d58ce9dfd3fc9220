import { describe, expect, it } from 'vitest';
import { questionDetail } from '../../../activities/report/details.js';
import { explainChain, explainQuestion } from '../../../activities/report/explain.js';
import { reasonMeaning } from '../../../activities/report/explain-learning.js';
import type { QuestionDetail, QuestionLearning } from '../../../activities/report/page-data.js';
import type { ChainRow } from '../../../activities/dataset/rows.js';
import { fakeQuestion } from '../../fakes/report-rows.js';

const SETTINGS = { minVerified: null, maxRounds: null, student: null, trainingSet: null };
const LEARNING: QuestionLearning = {
  ...{ round: 2, student: 'small-r1 v1', run: 'run-r2', right: 1, decided: 3, pairs: [] },
  ...{ hard: { low: 0, high: 0.75 }, band: { low: 1.25, high: 2 } },
};
const WRONG: Partial<ChainRow> = { solution_grade: 'different', extracted_answer: '6' };

function asked(reason: string, chains: Partial<ChainRow>[], learning: Partial<QuestionLearning> = {}): QuestionDetail {
  const outcome = reason === 'chosen' ? 'accepted' : 'rejected';
  const detail = questionDetail(fakeQuestion('q', { outcome, reason }, chains), 1000);
  return { ...detail, learning: { ...LEARNING, ...learning } };
}
const pair = { pairs: [{ chosen: 0, rejected: 1 }], band: null };

describe('what a round learnt from a question, or why nothing', () => {
  it.each([
    [
      asked('chosen', [{ reason: 'chosen' }, {}, {}]),
      'Learnt in round 2: 1 chain. small-r1 v1 made 3 rollouts of it; 1 of 3 decided ones are right.',
    ],
    [
      asked('chosen', [{ reason: 'chosen' }, { reason: 'rejected' }], pair),
      'Learnt in round 2: 1 pair. small-r1 v1 made 2 rollouts of it; 1 of 3 decided ones are right.',
    ],
    [
      asked('too-easy', [{}]),
      'Nothing learnt in round 2: the student gets it right too often (hard is a pass rate of 0 % to 75 %). small-r1 v1 made 1 rollout of it; 1 of 3 decided ones are right.',
    ],
    [
      asked('no-right-chain', [{}], { right: 0, decided: 0 }),
      'Nothing learnt in round 2: no rollout has a right answer. small-r1 v1 made 1 rollout of it; none of them was decided.',
    ],
  ])('in a sentence, case %#', (question, expected) => {
    expect(explainQuestion(question, SETTINGS)).toBe(expected);
  });
});

describe('why a rollout is learnt, or left out', () => {
  it.each<[QuestionDetail, string]>([
    [
      asked('chosen', [{ reason: 'chosen' }]),
      'Learnt: right, and among the longest of its question with a perplexity of 1.250 to 2.000. Exact comparison found the answer 5 equal to the reference 5.',
    ],
    [
      asked('chosen', [{ reason: 'chosen' }], pair),
      'Learnt: the better side of a pair: of the right rollouts, one whose thought surprises the student most. Exact comparison found the answer 5 equal to the reference 5.',
    ],
    [
      asked('chosen', [{ ...WRONG, reason: 'rejected' }], pair),
      'Learnt as the worse side of a pair: wrong, and one whose thought surprises the student least. Exact comparison found the answer 6 different from the reference 5.',
    ],
    [
      asked('chosen', [{ ...WRONG, reason: 'wrong' }]),
      'Left out: its answer is wrong. Exact comparison found the answer 6 different from the reference 5.',
    ],
    [
      asked('no-right-chain', [{ ...WRONG, reason: 'others-preferred' }], pair),
      'Left out with its question: no rollout has a right answer. Exact comparison found the answer 6 different from the reference 5.',
    ],
    [
      asked('too-hard', [{ reason: 'too-hard', solution_grade: 'none', graded_by: 'none' }]),
      'Left out with its question: the student gets it right too seldom.',
    ],
  ])('in a sentence, case %#', (question, expected) => {
    const [chain] = question.chains;
    expect(chain && explainChain(chain, question, SETTINGS)).toBe(expected);
  });

  it.each([
    ['filtered-repetition', 'its text breaks the rule "repetition"'],
    ['of-tomorrow', 'of-tomorrow'],
    ['constructor', 'constructor'],
  ])('%s', (reason, meaning) => {
    expect(reasonMeaning(reason)).toBe(meaning);
  });
});
