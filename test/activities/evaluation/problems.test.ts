import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBenchmark, loadBenchmarks } from '../../../activities/cleaning/benchmarks.js';
import { collectProblems } from '../../../activities/evaluation/collect-problems.js';
import { problemId, type ChoiceProblem } from '../../../activities/evaluation/problem.js';
import { readProblem, type ProblemForm } from '../../../activities/evaluation/read-problem.js';
import { letterOf, shownOptions, shownProblem } from '../../../activities/evaluation/show-problem.js';
import { parseTests } from '../../../activities/grading/code-tests.js';
import { questionId } from '../../../activities/sources/question-id.js';
import { loadPrompts } from '../../../config/prompts.js';

const benchmarks = await loadBenchmarks();

function formOf(name: string): ProblemForm {
  const { question, evaluation } = benchmarks[name] ?? {};
  if (question === undefined || evaluation === undefined) throw new Error(`expected an evaluation of ${name}`);
  return { question, evaluation };
}

function problemOf(name: string, row: object) {
  const read = readProblem(row as Record<string, unknown>, formOf(name));
  if ('fault' in read) throw new Error(read.fault);
  return read.problem;
}

const GPQA_ROW = {
  Question: 'Which imagined particle is heaviest?',
  'Correct Answer': 'the glumon\n',
  'Incorrect Answer 1': 'the drifton',
  'Incorrect Answer 2': 'the wobblon',
  'Incorrect Answer 3': 'the snarkon',
  'Record ID': 'rec1',
  'High-level domain': 'Physics',
};
const CODE_ROW = {
  question_content: 'Double the number.',
  platform: 'leetcode',
  difficulty: 'easy',
  question_id: '77',
  starter_code: 'class Solution:\n    def double(self, n: int) -> int:\n        ',
  public_test_cases: '[{"input": "1", "output": "2", "testtype": "functional"}]',
  private_test_cases: 'eJxrYJ...',
  metadata: '{"func_name": "double"}',
};

describe('the benchmarks', () => {
  it('are asked with prompts that exist, and say what may be published', async () => {
    const names = Object.values(benchmarks).map(({ evaluation }) => evaluation?.prompt ?? 'missing');
    const prompts = await loadPrompts(names);
    expect([...new Set(Object.values(prompts).map(({ use }) => use))]).toEqual(['solve']);
    const kinds = Object.entries(benchmarks).map(([name, { evaluation, redistributable, size }]) => [
      name,
      [evaluation?.grader.kind, evaluation?.samples, redistributable, size],
    ]);
    expect(Object.fromEntries(kinds)).toEqual({
      aime24: ['math', 8, false, 30],
      'gpqa-diamond': ['choice', 4, false, 198],
      'gsm8k-test': ['math', 1, true, 1319],
      'livecodebench-v2': ['code', 1, false, 511],
      math500: ['math', 1, true, 500],
      'mmlu-pro': ['choice', 1, true, 12032],
      'word-problems': ['math', 1, true, 200],
      'word-problems-choice': ['choice', 1, true, 100],
    });
  });

  it('have names and aliases that name one of them each', () => {
    const names = Object.entries(benchmarks).flatMap(([name, { aliases }]) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(findBenchmark(benchmarks, 'math-oai').name).toBe('math500');
    expect(findBenchmark(benchmarks, 'aime24').benchmark.size).toBe(30);
    expect(() => findBenchmark(benchmarks, 'math')).toThrow('no benchmark is called "math"; known: aime24, ');
  });
});

describe('readProblem', () => {
  it('reads mathematics', () => {
    const row = { problem: 'Return your final response within \\boxed{}. How many?', answer: 204, id: 61 };
    expect(problemOf('aime24', row)).toEqual({
      ...{ kind: 'math', id: questionId('How many?'), question: 'How many?', reference: '204' },
      ...{ subject: null, level: null, sourceId: '61' },
    });
    const math500 = { problem: 'How many?', answer: '\\frac{1}{2}', subject: 'Algebra', level: 3, unique_id: 'a/1' };
    expect(problemOf('math500', math500)).toMatchObject({ reference: '\\frac{1}{2}', subject: 'Algebra', level: '3' });
    const gsm8k = { question: 'How many?', answer: '9 * 2 = <<9*2=18>>18\n#### 18' };
    expect(problemOf('gsm8k-test', gsm8k)).toMatchObject({ reference: '18' });
  });

  it('reads multiple choice in both forms', () => {
    expect(problemOf('gpqa-diamond', GPQA_ROW)).toMatchObject({
      ...{ kind: 'choice', correct: 0, subject: 'Physics', sourceId: 'rec1' },
      options: ['the glumon', 'the drifton', 'the wobblon', 'the snarkon'],
    });
    const row = { question: 'Which?', options: ['1', '2', '3'], answer: 'B', answer_index: 1n, category: 'law' };
    expect(problemOf('mmlu-pro', row)).toMatchObject({ options: ['1', '2', '3'], correct: 1, subject: 'law' });
  });

  it('reads programs, and decodes no test', () => {
    const { starter_code: starter, public_test_cases, private_test_cases, metadata } = CODE_ROW;
    expect(problemOf('livecodebench-v2', CODE_ROW)).toMatchObject({
      ...{ kind: 'code', subject: 'leetcode', level: 'easy', starter: starter.trim() },
      tests: JSON.stringify({ public_test_cases, private_test_cases, metadata }),
    });
    const problem = problemOf('livecodebench-v2', { ...CODE_ROW, starter_code: '' });
    expect(problem).toMatchObject({ starter: '' });
    expect(parseTests(problem.kind === 'code' ? problem.tests : '')).toMatchObject({
      ...{ functionName: 'double', packed: private_test_cases },
      cases: [{ input: '1', output: '2' }],
    });
    expect(shownProblem(problem, { order: 'given' })).toContain('standard input');
  });

  it.each([
    ['aime24', { problem: 'How many?' }, 'field "answer": expected text or a number, found nothing'],
    ['gsm8k-test', { question: 'How many?', answer: 'secret 18' }, 'field "answer": expected "####"'],
    ['mmlu-pro', { question: 'Which?', options: ['1'], answer_index: 0 }, 'expected a list of 2 to 26 options'],
    ['mmlu-pro', { question: 'Which?', options: ['1', '2'], answer_index: 2 }, 'from 0 to 1'],
    ['livecodebench-v2', { question_content: 'Double.' }, 'expected tests in one of these fields'],
  ])('names what is wrong with a row of %s, without its text', (name, row, fault) => {
    const read = readProblem(row, formOf(name));
    expect(read).toEqual({ fault: expect.stringContaining(fault) as string });
    expect(JSON.stringify(read)).not.toMatch(/secret/);
  });
});

describe('collectProblems', () => {
  const numbered = (rows: readonly Record<string, unknown>[]) => rows.map((row, at) => ({ number: at + 1, row }));
  const row = (problem: string, answer: string) => ({ problem, answer });

  it('takes each problem once, in whatever place it stands', () => {
    const rows = [
      row('One?', '1'),
      row('Two?', '2'),
      row('One? ', '1'),
      row('Put your answer in \\boxed{}. Two?', '2'),
    ];
    const collected = collectProblems(numbered(rows), formOf('aime24'));
    expect(collected).toMatchObject({ duplicates: 2, faults: [] });
    const turned = collectProblems(numbered([...rows].reverse()), formOf('aime24'));
    const ids = (each: typeof collected) => each.problems.map(({ id }) => id).sort();
    expect(ids(turned)).toEqual(ids(collected));
  });

  it('lists rows that can not be graded', () => {
    const rows = [row('One?', '1'), { problem: 'Two?' }, row('One?', '7')];
    expect(collectProblems(numbered(rows), formOf('aime24'))).toMatchObject({
      problems: [{ reference: '1' }],
      faults: [{ row: 2 }, { row: 3, fault: 'asks what row 1 asks, with another answer' }],
    });
  });
});

describe('problemId', () => {
  it('is that of the question in data sets, and of the options in any order', () => {
    expect(problemId('Which  of these?')).toBe(questionId('Which of these?'));
    expect(problemId('Which?', ['a', 'b'])).toBe(problemId('Which?', ['b', 'a ']));
    expect(problemId('Which?', ['a', 'b'])).not.toBe(problemId('Which?', ['a', 'c']));
  });
});

function choice(options: readonly string[], correct: number, question = 'Which?'): ChoiceProblem {
  const common = { question, subject: null, level: null, sourceId: null };
  return { kind: 'choice', id: problemId(question, options), ...common, options, correct };
}

describe('shownOptions', () => {
  const OPTIONS = fc.uniqueArray(fc.string({ minLength: 1 }), {
    minLength: 2,
    maxLength: 10,
    selector: (option) => option.trim(),
  });

  it('shows the same whatever the order of the options in the row', () => {
    fc.assert(
      fc.property(OPTIONS, fc.nat(), fc.nat(), (options, pick, seed) => {
        const right = options[pick % options.length] ?? '';
        const reversed = [...options].reverse();
        const shown = shownOptions(choice(options, options.indexOf(right)), { order: 'seeded', seed });
        const other = shownOptions(choice(reversed, reversed.indexOf(right)), { order: 'seeded', seed });
        expect(other).toEqual(shown);
        expect(shown.options[shown.correct]).toBe(right);
        expect([...shown.options].sort()).toEqual([...options].sort());
      }),
    );
  });

  it('puts the right one at every letter alike, and elsewhere with another seed', () => {
    const counts = [0, 0, 0, 0];
    let moved = 0;
    for (let nth = 0; nth < 2000; nth += 1) {
      const problem = choice(['w', 'x', 'y', 'z'], 0, `Question ${nth}?`);
      const { correct } = shownOptions(problem, { order: 'seeded', seed: 1 });
      counts[correct] = (counts[correct] ?? 0) + 1;
      moved += correct === shownOptions(problem, { order: 'seeded', seed: 2 }).correct ? 0 : 1;
    }
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(80);
    expect(Math.abs(moved - 1500)).toBeLessThan(80);
  });

  it('leaves them as they are where the set says so', () => {
    expect(shownOptions(choice(['1', '2', 'both A and B'], 2), { order: 'given' })).toEqual({
      options: ['1', '2', 'both A and B'],
      correct: 2,
    });
  });
});

describe('shownProblem', () => {
  it('shows options with letters, and the code to begin with', () => {
    const shown = shownProblem(choice(['one', 'two'], 0), { order: 'given' });
    expect(shown).toBe('Which?\n\nA) one\nB) two');
    expect(letterOf(9)).toBe('J');
    expect(shownProblem(problemOf('livecodebench-v2', CODE_ROW), { order: 'given' })).toContain(
      '```python\nclass Solution:\n',
    );
  });
});
