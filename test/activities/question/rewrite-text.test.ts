import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRewrite } from '../../../activities/question/rewrite-text.js';
import type { RewriteForm } from '../../../config/prompts.js';

const read = (solution: string, more: { thought?: string; thoughtOpen?: boolean; form?: RewriteForm } = {}) =>
  readRewrite({ solution, thought: more.thought ?? '', thoughtOpen: more.thoughtOpen ?? false }, more.form ?? 'tagged');

const tagged = '<thought>\nFirst.\n\nSecond.\n</thought>\n<answer>\n\\boxed{7}\n</answer>';
const text = { kind: 'text', thought: 'First.\n\nSecond.', solution: '\\boxed{7}' };

describe('readRewrite', () => {
  it.each<[string, ReturnType<typeof read>]>([
    ['tags alone', read(tagged)],
    ['tags after an introduction and before a farewell', read(`Here it is:\n${tagged}\nDone.`)],
    ["tags after the model's own thinking", read(tagged, { thought: 'The user wants me to ...' })],
    ['tags in a code fence', read(`\`\`\`\n${tagged}\n\`\`\``)],
    ['tags of a model whose prompt asks for thinking', read(tagged, { thought: 'Hm.', form: 'thinking' })],
    ['tags named before they are used', read(`I put it between <thought> and <answer>.\n${tagged}`)],
    ['an answer without tags after the thought', read('<thought>First.\n\nSecond.</thought>\n\n\\boxed{7}')],
    ['an answer that is not closed', read('<thought>First.\n\nSecond.</thought>\n<answer>\\boxed{7}')],
    ['thinking that is the chain', read('\\boxed{7}\n', { thought: '\nFirst.\n\nSecond.', form: 'thinking' })],
  ])('reads %s', (_name, result) => {
    expect(result).toEqual(text);
  });

  it.each<[string, ReturnType<typeof read>, string]>([
    [
      "a reasoning model's thinking about the task as the chain",
      read('The short form is 7.', { thought: 'The user wants me to ...' }),
      'no <thought> and <answer> tags',
    ],
    ['a text without thinking where thinking is the chain', read('\\boxed{7}', { form: 'thinking' }), 'no thought'],
    ['thinking without a solution', read(' ', { thought: 'First.', form: 'thinking' }), 'no solution'],
    [
      'thinking that never ended',
      read('', { thought: 'First.', thoughtOpen: true, form: 'thinking' }),
      'the thinking never ended',
    ],
    ['an empty thought', read('<thought> </thought><answer>7</answer>'), 'no thought'],
    ['a thought without an answer', read('<thought>First.</thought>'), 'no solution'],
    [
      'an answer without a thought',
      read('<answer>7</answer>', { thought: 'The user wants ...', form: 'thinking' }),
      'no thought',
    ],
    ['a thought that is not closed', read('<thought>First. 7'), 'no <thought> and <answer> tags'],
    ['nothing', read(''), 'no <thought> and <answer> tags'],
  ])('never takes %s', (_name, result, reason) => {
    expect(result).toEqual({ kind: 'unparsed', reason });
  });

  it('gives back any thought and answer that hold no tags', () => {
    const words = fc
      .string({ minLength: 1 })
      .map((value) => value.replaceAll('<', '('))
      .filter((value) => value.trim() !== '');
    fc.assert(
      fc.property(words, words, fc.string(), (thought, solution, thinking) => {
        const result = read(`<thought>${thought}</thought>\n<answer>${solution}</answer>`, { thought: thinking });
        expect(result).toEqual({ kind: 'text', thought: thought.trim(), solution: solution.trim() });
      }),
    );
  });
});
