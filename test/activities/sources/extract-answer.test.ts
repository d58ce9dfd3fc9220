import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractAnswer } from '../../../activities/sources/extract-answer.js';

describe('extractAnswer', () => {
  it.each([
    ['none', '  18 apples ', '18 apples'],
    ['hashes', 'She makes 9 * 2 = $<<9*2=18>>18.\n#### 18', '18'],
    ['hashes', 'First #### 3, no:\n#### 1,200\n', '1,200'],
    ['boxed', 'so we get $\\boxed{420}$.', '420'],
    ['boxed', '\\boxed{1} or rather \\boxed{2}', '2'],
    ['boxed', 'thus \\boxed{\\frac{1}{\\sqrt{2}}}.', '\\frac{1}{\\sqrt{2}}'],
    ['boxed', 'the set \\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
    ['boxed', 'a lone \\boxed{\\left\\{ 1, 2 \\right.}', '\\left\\{ 1, 2 \\right.'],
    ['boxed', '\\boxed{-3}', '-3'],
    ['boxed', '\\boxed {x}', 'x'],
    ['boxed', 'hence $\\boxed 5$', '5'],
  ] as const)('%s: %j gives %j', (extract, text, answer) => {
    expect(extractAnswer(text, extract)).toEqual({ answer });
  });

  it.each([
    ['none', ' \n', /empty text/],
    ['hashes', 'The answer is 18.', /expected "####"/],
    ['hashes', 'It is ####  ', /nothing after/],
    ['boxed', 'The answer is 18.', /found none/],
    ['boxed', '\\boxed{1} and \\boxed{2', /never closed/],
    ['boxed', '\\boxed{ }', /empty/],
    ['boxed', 'it is \\boxed', /empty/],
  ] as const)('%s: %j is a fault', (extract, text, fault) => {
    expect(extractAnswer(text, extract)).toEqual({ fault: expect.stringMatching(fault) as string });
  });

  it('finds the last box however deep its braces nest', () => {
    const nested = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('x', '\\{', '\\}', '\\alpha', '12'),
        fc.array(tie('text'), { minLength: 1, maxLength: 3 }).map((parts) => `{${parts.join('+')}}`),
      ),
    })).text;
    fc.assert(
      fc.property(nested, nested, (first, last) => {
        expect(extractAnswer(`\\boxed{${first}} then \\boxed{${last}} done}`, 'boxed')).toEqual({ answer: last });
      }),
    );
  });
});
