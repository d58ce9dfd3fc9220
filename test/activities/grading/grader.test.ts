import { describe, expect, it } from 'vitest';
import { createGrader } from '../../../activities/grading/grader.js';
import type { MathVerdict, MathVerify } from '../../../activities/grading/math-verify.js';

/** A Math-Verify that answers what it is told and records what it was asked. */
function fakeMathVerify(verdict: MathVerdict) {
  const asked: { gold: string; target: string }[] = [];
  let isClosed = false;
  const mathVerify: MathVerify = {
    compare: (question) => {
      asked.push(question);
      return Promise.resolve(verdict);
    },
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
  return { mathVerify, asked, isClosed: () => isClosed };
}

const inBox = (answer: string): string => `Therefore \\boxed{${answer}}.`;

describe('createGrader', () => {
  it('lets the fast path decide where it can', async () => {
    const { mathVerify, asked } = fakeMathVerify({ verdict: 'equal' });
    const grader = createGrader({ mathVerify });
    expect(await grader.grade({ reference: '1/2', solution: inBox('0.5') })).toEqual({
      verdict: 'equal',
      decidedBy: 'fast-path',
      extracted: '0.5',
      extractedFrom: 'boxed',
    });
    expect(await grader.grade({ reference: '18', solution: 'A: 19' })).toMatchObject({ verdict: 'different' });
    expect(asked).toEqual([]);
  });

  it.each(['equal', 'different'] as const)('asks Math-Verify next, reference first: %s', async (verdict) => {
    const { mathVerify, asked } = fakeMathVerify({ verdict });
    const result = await createGrader({ mathVerify }).grade({ reference: 'x+1', solution: inBox('1 + x') });
    expect(result).toMatchObject({ verdict, decidedBy: 'math-verify', extracted: '1 + x' });
    expect(asked).toEqual([{ gold: 'x+1', target: '1 + x' }]);
  });

  it('hands on why Math-Verify could not decide', async () => {
    const { mathVerify } = fakeMathVerify({ verdict: 'undecided', note: 'took too long' });
    const result = await createGrader({ mathVerify }).grade({ reference: 'x', solution: inBox('y') });
    expect(result).toMatchObject({ verdict: 'undecided', decidedBy: 'none', note: 'took too long' });
  });

  it.each([
    ['words', 'the red one', 'red'],
    ['different units', '3\\sqrt{2} \\text{ km}', '3\\sqrt{2} \\text{ cm}'],
    ['a letter that may be a unit', '3', '3m'],
    ['lists in different brackets', '(1,2)', '\\{1,2\\}'],
    ['number bases', '10_2', '10_3'],
    ['a choice against a value', 'C', '42'],
    ['a long formula', 'x', 'x+'.repeat(500)],
  ])('does not ask Math-Verify about %s', async (_case, reference, answer) => {
    const { mathVerify, asked } = fakeMathVerify({ verdict: 'equal' });
    const result = await createGrader({ mathVerify }).grade({ reference, solution: inBox(answer) });
    expect(result).toMatchObject({ verdict: 'undecided', decidedBy: 'none' });
    expect(result.note).not.toBe('');
    expect(asked).toEqual([]);
  });

  it.each([
    { what: 'an equation names its value', reference: 'x = 5y', answer: '5y + 0', asks: ['5y', '5y + 0'] },
    { what: 'a calculation', reference: '\\sqrt{4}', answer: '1 + 1 = 2', asks: ['\\sqrt{4}', '2'] },
    { what: 'two equations', reference: 'y = 2x+1', answer: '2x + 1 = y', asks: ['y = 2x+1', '2x + 1 = y'] },
    { what: 'an equation of letters', reference: '0', answer: 'a+3z = 0', asks: ['0', 'a+3z = 0'] },
    { what: 'percent', reference: '\\frac14', answer: '25\\%', asks: ['\\frac14', '25\\%'] },
    { what: 'a list without brackets', reference: '(x,2)', answer: '2, x', asks: ['(x,2)', '(2, x)'] },
    { what: 'and', reference: '1, x', answer: 'x \\text{ and } 1', asks: ['1, x', 'x, 1'] },
    { what: 'a unit', reference: '3\\sqrt{2} cm', answer: '\\sqrt{18}', asks: ['3\\sqrt{2}', '\\sqrt{18}'] },
  ])('prepares formulas: $what', async ({ reference, answer, asks }) => {
    const { mathVerify, asked } = fakeMathVerify({ verdict: 'undecided' });
    await createGrader({ mathVerify }).grade({ reference, solution: inBox(answer) });
    expect(asked).toEqual([{ gold: asks[0], target: asks[1] }]);
  });

  it('lets a guessed answer confirm and not refute', async () => {
    const grader = createGrader();
    expect(await grader.grade({ reference: '18', solution: 'So she makes $18 a day.' })).toMatchObject({
      verdict: 'equal',
      extractedFrom: 'guessed',
    });
    expect(await grader.grade({ reference: '18', solution: 'This holds on all 7 days.' })).toMatchObject({
      verdict: 'undecided',
      decidedBy: 'none',
      extracted: '7 days',
    });
  });

  it.each([
    ['#### 18', 'It takes 2 * 9 = 18 steps.\n#### 18'],
    ['a box', 'We find that $\\boxed{18}$ is right.'],
  ])('takes the answer out of a worked reference with %s', async (_case, reference) => {
    expect(await createGrader().grade({ reference, solution: inBox('18') })).toMatchObject({ verdict: 'equal' });
  });

  it('is undecided without Math-Verify where the fast path is, and says why', async () => {
    const result = await createGrader().grade({ reference: 'x+1', solution: inBox('1+x') });
    expect(result).toMatchObject({ verdict: 'undecided', decidedBy: 'none', extracted: '1+x' });
    expect(result.note).toContain('Math-Verify');
  });

  it.each(['', 'no answer here', '\\boxed{\\frac{1', '<think>\\boxed{18}'])(
    'finds no answer in %j',
    async (solution) => {
      const result = await createGrader().grade({ reference: '18', solution });
      expect(result).toMatchObject({ verdict: 'undecided', decidedBy: 'none', extracted: undefined });
    },
  );

  it('closes Math-Verify', async () => {
    const { mathVerify, isClosed } = fakeMathVerify({ verdict: 'equal' });
    await createGrader({ mathVerify }).close();
    expect(isClosed()).toBe(true);
  });
});
