import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseQuestion, questionId, sourceChainKey } from '../../../activities/sources/question-id.js';

describe('questionId', () => {
  it('is the first half of the SHA-256 of the normalised text', () => {
    expect(questionId('abc')).toBe('ba7816bf8f01cfea414140de5dae2223');
  });

  it.each([
    ['spaces at the ends', ' What is 2 + 2?\n'],
    ['other white space', 'What\tis\u00a02 +\n\n2?'],
    ['full-width forms', 'Ｗｈａｔ is 2 ＋ 2？'],
  ])('does not see %s', (_name, text) => {
    expect(questionId(text)).toBe(questionId('What is 2 + 2?'));
  });

  it.each([
    ['case', 'what is 2 + 2?', 'What is 2 + 2?'],
    ['punctuation', 'What is 2 + 2', 'What is 2 + 2?'],
    ['superscripts', 'What is 2¹⁰?', 'What is 210?'],
    ['subscripts', 'What is x₁?', 'What is x1?'],
    ['fractions', 'What is 1½?', 'What is 11⁄2?'],
  ])('tells %s apart', (_name, one, other) => {
    expect(questionId(one)).not.toBe(questionId(other));
  });

  it('joins ways of writing a letter, beside superscripts too', () => {
    expect(questionId('Cafe\u0301 with x²')).toBe(questionId('Caf\u00e9 with x²'));
    expect(normaliseQuestion('ﬁnd x² ＋ 1')).toBe('find x² + 1');
  });

  it('is the same for a text that was normalised before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(normaliseQuestion(normaliseQuestion(text))).toBe(normaliseQuestion(text));
      }),
    );
  });
});

describe('sourceChainKey', () => {
  it('has the form of a call key and sees every part', () => {
    const keys = [
      ['q', 'ab', 'c'],
      ['q', 'a', 'bc'],
      ['r', 'a', 'bc'],
    ].map(([id = '', thought = '', solution = '']) => sourceChainKey(id, thought, solution));
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
