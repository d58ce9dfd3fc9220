import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractAnswer } from '../../../activities/grading/extract-answer.js';

const boxed: [string, string][] = [
  ['First \\boxed{1}.\nThen we see that it is \\boxed{2}.', '2'],
  ['So \\boxed{\\frac{1}{\\sqrt{2}}}', '\\frac{1}{\\sqrt{2}}'],
  ['So $\\boxed{-5}$.', '-5'],
  ['So $\\boxed 5$.', '5'],
  ['So \\fbox{7} it is', '7'],
  ['\\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
  ['\\boxed{\\text{(C) } 4}', '\\text{(C) } 4'],
  ['\\boxed{\\boxed{5}}', '5'],
  ['\\boxed{3} and then \\boxed{}', '3'],
  ['x = $\\boxed{1}$ or $\\boxed{2}$', '1, 2'],
  ['In part one \\boxed{1}. A long way on we get to \\boxed{2}', '2'],
  ['<think>maybe \\boxed{3}</think>It is \\boxed{4}', '4'],
  ['It is \\boxed{255}.\nFinal answer: The final answer is $10,455$. I hope so.', '$10,455$'],
  ['It is \\boxed{\\frac{1}{2}}. So the answer is one half of the cake.', '\\frac{1}{2}'],
];

const stated: [string, string][] = [
  ['She has 9 * 2 = $<<9*2=18>>18 a day\nA: 18', '18'],
  ['9 * 2 = 18\n#### 18', '18'],
  ['9 * 2 = 18\n#### -1,234.50', '-1,234.50'],
  ['**Answer:** 42', '42'],
  ['### Final Answer: $\\frac{1}{2}$', '$\\frac{1}{2}$'],
  ['The answer is 3.5 km. This follows from the above.', '3.5 km'],
  ['The answer is 5. No: the answer is 6.', '6'],
  ['So the answer is C because it fits.', 'C'],
  ['The correct option is (B).', '(B)'],
  ['Therefore, the final answer is **18**.', '18'],
  ['Final answer\n\n42', '42'],
  ['Answer:\n\\[\n\\frac{3}{4}\n\\]', '\\frac{3}{4}'],
  ['We rule out A and B.\n\n**(C)**', '(C)'],
  ['Answer: -5', '-5'],
];

const guessed: [string, string][] = [
  ['So she makes $18 every day.', '$18'],
  ['So the length is 3 cm.', '3 cm'],
  ['5 apples and 4 pears are 5 + 4 = 9', '9'],
  ['Thus the value is $\\sqrt{3}$.', '\\sqrt{3}'],
  ['The answer is that she pays about 18 dollars each day of the week, on the whole.', '18 dollars'],
  ['Hence\n\\[\nx = \\frac{1}{2}\n\\]', 'x = \\frac{1}{2}'],
];

const none: string[] = [
  '',
  'I do not know.',
  'She pays 5 for 3 glasses',
  '<think>it is \\boxed{5}',
  'the first is \\boxed{5}, so the second is \\boxed{\\frac{1',
  'So the price will be $41.472+$8.2944 = $<<41.472+8.',
  'The answer is not 5 or 6',
  '\\boxed{}',
];

describe('extractAnswer', () => {
  it.each(boxed)('takes the box of %j', (text, answer) => {
    expect(extractAnswer(text)).toEqual({ text: answer, from: extractAnswer(text)?.from });
    expect(extractAnswer(text)?.from).not.toBe('guessed');
  });

  it.each(stated)('takes the statement of %j', (text, answer) => {
    expect(extractAnswer(text)).toEqual({ text: answer, from: 'stated' });
  });

  it.each(guessed)('guesses the answer of %j', (text, answer) => {
    expect(extractAnswer(text)).toEqual({ text: answer, from: 'guessed' });
  });

  it.each(none)('finds no answer in %j', (text) => {
    expect(extractAnswer(text)).toBeUndefined();
  });

  it('does not take a list of options for the answer', () => {
    expect(extractAnswer('A: 1\nB: 2\nC: 3\nThe answer is B.')).toEqual({ text: 'B', from: 'stated' });
  });

  it('finds the last box of any balanced content', () => {
    const content = fc
      .array(fc.constantFrom('x', '1', '{2}', '\\frac{1}{2}', '\\{', '\\}', '+', '{{}}'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(content, (text) => {
        expect(extractAnswer(`First \\boxed{0}. In the end $\\boxed{${text}}$.`)?.text).toBe(text);
      }),
    );
  });

  it('never throws', () => {
    const odd = fc.array(
      fc.constantFrom(
        '\\boxed',
        '{',
        '}',
        '\\',
        '$',
        '\n',
        'A: ',
        '####',
        'answer is ',
        '=',
        '<<',
        '</think>',
        '5',
        ' ',
        ',',
        '.',
        'x',
      ),
      { maxLength: 60 },
    );
    fc.assert(fc.property(odd, (parts) => void extractAnswer(parts.join(''))));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void extractAnswer(text)));
  });

  it.each([
    '\\boxed{',
    '\\boxed{}',
    '\\boxed{1} and ',
    '{',
    '$',
    'answer is ',
    'Answer: ',
    '<<',
    '1,',
    '1 ',
    '\\frac{1}',
    '- ',
    '\\(',
    '**',
    '=',
    'a\n',
    '\\text{',
  ])('takes linear time on many %j', (part) => {
    const started = performance.now();
    extractAnswer(part.repeat(200_000 / part.length));
    extractAnswer(`${part.repeat(200_000 / part.length)}\nx`);
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});
