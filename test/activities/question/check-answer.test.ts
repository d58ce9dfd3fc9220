import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../activities/failures.js';
import type { CodeGrader, CodeGradeResult } from '../../../activities/grading/code-grader.js';
import { createGrader } from '../../../activities/grading/grader.js';
import { checkAnswer, CodeSandboxUnavailable } from '../../../activities/question/check-answer.js';
import type { QuestionRow } from '../../../activities/sources/question-row.js';

const { signal } = new AbortController();
const rowWith = (changes: Partial<QuestionRow>) => ({ id: 'q', answer: null, ...changes });

/** A FAKE code grader that says what it is told to. */
const codeSays = (result: Partial<CodeGradeResult>): Pick<CodeGrader, 'grade'> & { asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    grade({ tests }) {
      asked.push(tests);
      return Promise.resolve({ verdict: 'undecided', decidedBy: 'none', extracted: 'print(1)', ...result });
    },
  };
};
const grader = createGrader();

describe('check of an answer', () => {
  it('has nothing to say where a question has neither tests nor a reference', async () => {
    const code = codeSays({});
    const answer = { row: rowWith({}), solution: '\\boxed{1}', judged: false, signal };
    expect(await checkAnswer({ grader, code }, answer)).toBeUndefined();
    expect(code.asked).toEqual([]);
  });

  it('compares with the reference where there are no tests', async () => {
    const answer = { row: rowWith({ answer: '1' }), solution: '\\boxed{1}', judged: false, signal };
    expect(await checkAnswer({ grader, code: codeSays({}) }, answer)).toMatchObject({
      verdict: 'equal',
      decidedBy: 'fast-path',
      extracted: '1',
    });
  });

  it.each(['equal', 'different'] as const)(
    'takes the word of the tests, "%s", before that of a reference',
    async (verdict) => {
      const code = codeSays({ verdict, decidedBy: 'tests', report: { tests: 2, passed: 1 } });
      const answer = { row: rowWith({ answer: 'x', tests: '{"a":1}' }), solution: 'x', judged: false, signal };
      expect(await checkAnswer({ grader, code }, answer)).toEqual({ verdict, decidedBy: 'tests' });
      expect(code.asked).toEqual(['{"a":1}']);
    },
  );

  it('keeps neither program nor test in what is noted', async () => {
    const failure = { index: 0, kind: 'wrong-output', detail: 'expected SECRET' } as const;
    const code = codeSays({
      verdict: 'different',
      decidedBy: 'tests',
      note: 'test 1 of 2: wrong-output',
      report: { tests: 2, passed: 0, failure },
    });
    const answer = { row: rowWith({ tests: '{}' }), solution: 'x', judged: false, signal };
    const noted = JSON.stringify(await checkAnswer({ grader, code }, answer));
    expect(JSON.parse(noted)).toEqual({ verdict: 'different', decidedBy: 'tests', note: 'test 1 of 2: wrong-output' });
  });

  it('leaves it to the judge where there is no sandbox', async () => {
    const code = codeSays({ noSandbox: 'bwrap was not found', note: 'not graded, no sandbox: bwrap was not found' });
    const answer = { row: rowWith({ tests: '{}' }), solution: 'x', judged: true, signal };
    expect(await checkAnswer({ grader, code }, answer)).toEqual({
      verdict: 'undecided',
      decidedBy: 'none',
      note: 'not graded, no sandbox: bwrap was not found',
    });
  });

  it('stops the run where there is neither sandbox nor judge: every chain would be dropped, and paid for', async () => {
    const code = codeSays({ noSandbox: 'bwrap was not found' });
    const answer = { row: rowWith({ tests: '{}' }), solution: 'x', judged: false, signal };
    const error = await checkAnswer({ grader, code }, answer).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CodeSandboxUnavailable);
    expect(toFailure(error, 1)).toMatchObject({
      type: 'Grader.Unavailable',
      nonRetryable: true,
      message: expect.stringMatching(/bwrap was not found.*validation\.judge/) as string,
    });
  });

  it('leaves a chain undecided whose tests can not be used', async () => {
    const code = codeSays({ note: "the tests can't be used: there are no tests" });
    const answer = { row: rowWith({ tests: '{}' }), solution: 'x', judged: false, signal };
    expect(await checkAnswer({ grader, code }, answer)).toMatchObject({ verdict: 'undecided', decidedBy: 'none' });
  });
});
