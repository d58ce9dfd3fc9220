import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGrader, type Grader } from '../../../activities/grading/grader.js';
import { createMathVerify, mathVerifyScript, type MathVerify } from '../../../activities/grading/math-verify.js';
import { toolPath } from '../../../workers/stack/tools.js';
import { answerPairs } from './answer-pairs.js';

describe('Math-Verify itself', () => {
  let mathVerify: MathVerify;
  let grader: Grader;
  const python = (): string => process.env['COTMILL_PYTHON'] ?? toolPath('python');

  beforeAll(async () => {
    mathVerify = createMathVerify({ python: python(), script: mathVerifyScript(), processes: 1 });
    grader = createGrader({ mathVerify });
    // The first comparison loads the parser's tables; the limits of the tests are not about that.
    await mathVerify.compare({ gold: 'x+1', target: '1+x' });
  });
  afterAll(() => grader.close());

  it.each(answerPairs())('grades $answer against $reference as $verdict', async ({ reference, answer, verdict }) => {
    const result = await grader.grade({ reference, solution: `We find \\boxed{${answer}}.` });
    expect(result).toMatchObject({ verdict });
  });

  it.each([
    ['9^{9^{9^9}}', '1'],
    ['\\int_0^1 \\sin(x^x)^{\\cos x} dx', '2'],
    ['\\sum_{k=1}^{10^9} \\frac{1}{k^2}', '2'],
    ['x', '('.repeat(400)],
    ['x', '\\frac{'.repeat(100)],
    ['x', '__import__("os").system("true")'],
    ['x', '\u0000\ud800'],
  ])('is undecided about %s and %s in bounded time', async (gold, target) => {
    const started = performance.now();
    expect((await mathVerify.compare({ gold, target })).verdict).toBe('undecided');
    expect(performance.now() - started).toBeLessThan(6_000);
    expect((await mathVerify.compare({ gold: 'x+1', target: '1+x' })).verdict).toBe('equal');
  });

  it('is killed from outside when its own limit does not end it', async () => {
    const deaf = createMathVerify({
      python: python(),
      script: mathVerifyScript(),
      processes: 1,
      timeoutMs: 60_000,
      killAfterMs: 1_500,
    });
    try {
      const lost = await deaf.compare({ gold: '9^{9^{9^9}}', target: '1' });
      expect(lost).toMatchObject({
        verdict: 'undecided',
        note: expect.stringContaining('no answer within 1500 ms') as string,
      });
      expect((await deaf.compare({ gold: '2', target: '\\frac{4}{2}' })).verdict).toBe('equal');
    } finally {
      await deaf.close();
    }
  });
});
