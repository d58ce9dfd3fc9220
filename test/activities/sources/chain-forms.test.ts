import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStill2Form, readThinkForm, writeStill2Form } from '../../../activities/sources/chain-forms.js';

const [BT, ET, BS, ES] = ['<|begin_of_thought|>', '<|end_of_thought|>', '<|begin_of_solution|>', '<|end_of_solution|>'];
const chain = { thought: 'Two and two.\n\nThat is four.', solution: 'The answer is 4.' };

describe('readThinkForm', () => {
  it.each([
    ['the plain form', `<think>${chain.thought}</think>${chain.solution}`],
    ['white space around the parts', `  <think>\n${chain.thought}\n</think>\n\n${chain.solution}\n`],
    ['no opening tag', `${chain.thought}\n</think>\n\n${chain.solution}`],
  ])('reads %s', (_name, text) => {
    expect(readThinkForm(text)).toEqual(chain);
  });

  it.each([
    ['no tags', 'The answer is 4.', /found no <\/think>/],
    ['an open thought', '<think>Two and two.', /found no <\/think>/],
    ['text before the thought', 'Sure! <think>a</think>b', /begin with <think>/],
    ['two opening tags', '<think><think>a</think>b', /begin with <think>/],
    ['two thoughts', '<think>a</think>b<think>c</think>d', /several/],
    ['an empty thought', '<think>\n\n</think>4', /empty thought/],
    ['an empty solution', '<think>a</think> \n', /empty solution/],
  ])('refuses %s', (_name, text, fault) => {
    expect(readThinkForm(text)).toEqual({ fault: expect.stringMatching(fault) as string });
  });
});

describe('readStill2Form', () => {
  it('reads the published form', () => {
    const text = `${BT}\n\n${chain.thought}\n\n${ET}\n\n${BS}${chain.solution}${ES}`;
    expect(readStill2Form(text)).toEqual(chain);
    expect(writeStill2Form(chain)).toBe(text);
  });

  it('reads other white space between the tags', () => {
    expect(readStill2Form(` ${BT}${chain.thought}${ET}${BS}\n\n${chain.solution}\n${ES}\n`)).toEqual(chain);
  });

  it.each([
    ['no tags', 'Four.', /found no <\|begin_of_thought\|>/],
    ['a solution that was cut off', `${BT}a${ET}${BS}b`, /found no <\|end_of_solution\|>/],
    ['no thought', `${BS}b${ES}`, /found no <\|begin_of_thought\|>/],
    ['a repeated tag', `${BT}a${ET}${BT}a${ET}${BS}b${ES}`, /<\|begin_of_thought\|> again/],
    ['the solution first', `${BS}b${ES}${BT}a${ET}`, /order/],
    ['text outside the tags', `Sure. ${BT}a${ET}${BS}b${ES}`, /outside/],
    ['text between the parts', `${BT}a${ET}so${BS}b${ES}`, /outside/],
    ['text after the end', `${BT}a${ET}${BS}b${ES}!`, /outside/],
    ['an empty thought', `${BT}\n\n${ET}${BS}b${ES}`, /empty thought/],
    ['an empty solution', `${BT}a${ET}${BS} ${ES}`, /empty solution/],
  ])('refuses %s', (_name, text, fault) => {
    expect(readStill2Form(text)).toEqual({ fault: expect.stringMatching(fault) as string });
  });

  const anyText = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('\n\n', ' ', '<|', '|>', '</think>', '<|end_of_', '\\boxed{4}'),
      ),
    )
    .map((parts) => parts.join('').trim())
    .filter((text) => text !== '');

  it('reads back what was written', () => {
    fc.assert(
      fc.property(anyText, anyText, (thought, solution) => {
        expect(readStill2Form(writeStill2Form({ thought, solution }))).toEqual({ thought, solution });
      }),
    );
  });

  it('reads every arrangement of tags and text as a chain or a fault, never as an empty chain', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(BT, ET, BS, ES, 'text', '\n'), { maxLength: 9 }), (parts) => {
        const parsed = readStill2Form(parts.join(''));
        if (!('fault' in parsed))
          expect(parts.filter((part) => part !== 'text' && part !== '\n')).toEqual([BT, ET, BS, ES]);
        expect(Object.values(parsed).every((text: string) => text.trim() !== '')).toBe(true);
      }),
    );
  });

  it.each([
    ['think', readThinkForm, '<think>Count.</think>\n'],
    ['STILL-2', readStill2Form, `${BT}Count.${ET}${BS} ${ES}`],
    ['STILL-2 without the tags of a solution', readStill2Form, `${BT}\n\nCount.\n\n${ET}\n`],
  ])('reads %s as a thought alone where solutions are optional, and only there', (_form, read, text) => {
    expect(read(text, 'optional')).toEqual({ thought: 'Count.', solution: '' });
    expect(read(text)).toHaveProperty('fault');
  });

  it('takes no cut chain for a thought alone', () => {
    for (const text of [`${BT}Count.`, `${BT}Count.${ET}${BS}4`, `${BT}Count.${ET}4`])
      expect(readStill2Form(text, 'optional')).toHaveProperty('fault');
    expect(readThinkForm('<think>Count.', 'optional')).toHaveProperty('fault');
  });

  it.each([BT, ET, BS, ES])('refuses to write a chain that holds %s itself', (tag) => {
    expect(() => writeStill2Form({ thought: `a ${tag}`, solution: 'b' })).toThrow(tag);
    expect(() => writeStill2Form({ thought: 'a', solution: `${tag} b` })).toThrow(tag);
  });
});
