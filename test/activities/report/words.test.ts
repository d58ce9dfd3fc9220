import { describe, expect, it } from 'vitest';
import { explainChain, explainQuestion } from '../../../activities/report/explain.js';
import { chainFunnel, questionFunnel } from '../../../activities/report/funnel.js';
import { questionDetail } from '../../../activities/report/details.js';
import { fakeQuestion } from '../../fakes/report-rows.js';
import type { ChainRow, QuestionOutcomeRow } from '../../../activities/dataset/rows.js';
import { mathSegments } from '../../../report/math-segments.js';

const settings = { minVerified: 2, maxRounds: 3, student: '7B', trainingSet: null };
const detail = (question: Partial<QuestionOutcomeRow>, ...chains: Partial<ChainRow>[]) =>
  questionDetail(fakeQuestion('q', question, chains), 1000);
const dropped = (reason: string): Partial<ChainRow> => ({ outcome: 'rejected', reason });

describe('why a question is in, or out', () => {
  it.each([
    [detail({}, {}, {}), 'In: all of its 2 chains kept.'],
    [
      detail({}, { revision_by: 'extend' }, {}, dropped('wrong-solution'), dropped('wrong-solution')),
      'In: 2 of its 4 chains kept, 1 after a rewrite. Dropped: 2 wrong-solution.',
    ],
    [
      detail(
        { outcome: 'rejected', reason: 'too-few-verified', chains_verified: 1 },
        dropped('question-rejected'),
        dropped('truncated'),
      ),
      'Out: 1 of 2 chains passed verification, 2 are needed. Dropped: 1 truncated.',
    ],
    [
      detail({ outcome: 'rejected', reason: 'never-medium', chains_verified: 1 }, dropped('never-medium')),
      'Out: too few of its 1 verified chain became medium for a 7B student within 3 rewrites. Dropped: 1 never-medium.',
    ],
    [detail({ outcome: 'rejected', reason: 'of-tomorrow' }, dropped('new')), 'Out: of-tomorrow. Dropped: 1 new.'],
    [
      detail({ outcome: 'failed', reason: 'pool-unavailable' }),
      'Out: infrastructure failed (pool-unavailable). Running the same name again tries it again.',
    ],
  ])('in a sentence, case %#', (question, expected) => {
    expect(explainQuestion(question, settings)).toBe(expected);
  });

  it.each<[Partial<ChainRow>, string]>([
    [
      { solution_grade: 'equal', graded_by: 'math-verify', ratings: [] },
      'Kept: Math-Verify found the answer 5 equal to the reference 5; the judge found the reasoning valid.',
    ],
    [
      { graded_by: 'judge', solution_grade: 'undecided', reasoning_valid: null, ratings: [] },
      'Kept: the judge found the answer right.',
    ],
    [
      { solution_grade: 'equal', graded_by: 'tests', reasoning_valid: null, ratings: [] },
      'Kept: the program passed all tests.',
    ],
    [
      { ...dropped('wrong-solution'), solution_grade: 'different', graded_by: 'tests', reasoning_valid: null },
      'Dropped: the program failed a test.',
    ],
    [
      { solution_model: 'writer-7b', ratings: [] },
      'Kept: exact comparison found the answer 5 equal to the reference 5; the judge found the reasoning valid; its solution was written by writer-7b in a second call.',
    ],
    [
      { ratings: ['hard', 'easy', 'medium'], rounds: 2 },
      'Kept: exact comparison found the answer 5 equal to the reference 5; the judge found the reasoning valid; the critic rated it hard, easy, then medium for a 7B student after 2 rewrites.',
    ],
    [
      { ...dropped('flawed-reasoning'), reasoning_valid: false },
      'Dropped: exact comparison found the answer 5 equal to the reference 5, but the judge found the reasoning flawed.',
    ],
    [{ ...dropped('refused'), detail: 'too long' }, 'Dropped: the server refused to answer: too long.'],
    [dropped('filtered-repetition'), 'Dropped: the filter "repetition" took it out.'],
    [dropped('__proto__'), 'Dropped: __proto__.'],
    [{ outcome: 'failed', reason: 'incomplete' }, 'Lost with its question: incomplete.'],
  ])('which check decided, case %#', (chain, expected) => {
    const question = detail({}, chain);
    expect(explainChain(question.chains[0] as never, question, settings)).toBe(expected);
  });

  it('says whether a training set drew a kept chain', () => {
    const question = detail({}, {});
    const [chain] = question.chains;
    const asked = { ...settings, trainingSet: 'student-7b v1' };
    expect(explainChain(chain as never, question, asked)).toContain(' Not drawn for student-7b v1.');
    expect(explainChain({ ...chain, picked: ['default/train'] } as never, question, asked)).toContain(
      ' Drawn for student-7b v1 (default/train).',
    );
  });
});

describe('funnels', () => {
  it('lose every chain at one stage, so that the last stage is what was kept', () => {
    const byReason = {
      truncated: 1,
      'filtered-short': 2,
      'wrong-solution': 3,
      'never-medium': 4,
      'quota-full': 5,
      'of-tomorrow': 6,
    };
    const stages = chainFunnel({ total: 40, accepted: 19, rejected: 21, failed: 0, byReason });
    expect(stages.map(({ name, count }) => [name, count])).toEqual([
      ['chains', 40],
      ['answered', 39],
      ['passed the filters', 37],
      ['right answer', 34],
      ['valid reasoning', 34],
      ['medium for the student', 30],
      ['wanted by a quota', 25],
      ['kept', 19],
    ]);
  });

  it('begin at the rows that were read, where that is known', () => {
    const questions = {
      total: 10,
      accepted: 7,
      rejected: 2,
      failed: 1,
      byReason: { 'too-few-verified': 1, 'never-medium': 1, lost: 1 },
    };
    const plan = {
      sources: [
        { rows: 8, badRows: 1 },
        { rows: 6, duplicates: 1, contaminated: 2 },
      ],
    };
    expect(questionFunnel(plan, questions)).toEqual([
      { name: 'rows read', count: 14, lost: [] },
      {
        name: 'questions planned',
        count: 10,
        lost: [
          { reason: 'row can not be read', count: 1 },
          { reason: 'duplicate', count: 1 },
          { reason: 'benchmark question', count: 2 },
        ],
      },
      {
        name: 'with enough verified chains',
        count: 8,
        lost: [
          { reason: 'too-few-verified', count: 1 },
          { reason: 'lost', count: 1 },
        ],
      },
      { name: 'accepted', count: 7, lost: [{ reason: 'never-medium', count: 1 }] },
    ]);
    expect(questionFunnel(undefined, questions)[0]?.name).toBe('questions planned');
  });
});

describe('formulas in a text', () => {
  it.each([
    ['half is $\\frac{1}{2}$.', ['half is ', ['\\frac{1}{2}'], '.']],
    ['it costs $5 and $7', ['it costs $5 and $7']],
    ['$$a$$ and \\[b\\] and \\(c\\)', [['a'], ' and ', ['b'], ' and ', ['c']]],
    ['so \\boxed{\\frac{1}{2}}', ['so ', ['\\boxed{\\frac{1}{2}}']]],
    ['open $x', ['open $x']],
    [`$${'x'.repeat(2000)}$`, [`$${'x'.repeat(2000)}$`]],
    ['', []],
  ])('are cut out, case %#', (text, expected) => {
    expect(mathSegments(text).map(({ kind, text: piece }) => (kind === 'text' ? piece : [piece]))).toEqual(expected);
  });
});
