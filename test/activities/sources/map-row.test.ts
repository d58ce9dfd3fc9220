import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Fields } from '../../../config/recipe.js';
import { writeStill2Form } from '../../../activities/sources/chain-forms.js';
import { mapRow, type MappedRow } from '../../../activities/sources/map-row.js';
import type { RowForm } from '../../../activities/sources/row-form.js';

type FieldsInput = z.input<typeof Fields>;

const form = (...fields: FieldsInput[]): RowForm => ({
  forms: fields.map((field) => Fields.parse(field)),
  domain: null,
  licence: null,
});
const map = (row: Record<string, unknown>, fields: FieldsInput): MappedRow => mapRow(row, form(fields));
const plain = { question: '2 + 2?', answer: null, domain: null, rowId: null, chains: [] };
const chain = { thought: 'Count.', solution: '4' };

describe('mapRow', () => {
  it.each<[string, Record<string, unknown>, FieldsInput, object]>([
    ['the question alone', { question: ' 2 + 2?\n' }, {}, {}],
    ['a text answer', { question: '2 + 2?', a: ' 4 ' }, { answer: 'a' }, { answer: '4' }],
    ['a number', { question: '2 + 2?', a: 4.5 }, { answer: 'a' }, { answer: '4.5' }],
    ['a number without fraction', { question: '2 + 2?', a: 145.0 }, { answer: 'a' }, { answer: '145' }],
    ['zero', { question: '2 + 2?', a: 0 }, { answer: 'a' }, { answer: '0' }],
    ['a 64-bit integer', { question: '2 + 2?', a: 2n ** 63n - 1n }, { answer: 'a' }, { answer: '9223372036854775807' }],
    ['a truth value', { question: '2 + 2?', a: false }, { answer: 'a' }, { answer: 'false' }],
    [
      'an extracted answer',
      { question: '2 + 2?', a: 'so\n#### 4' },
      { answer: 'a', extract: 'hashes' },
      { answer: '4' },
    ],
    [
      'dotted paths',
      { q: [{ text: '2 + 2?' }], m: { a: 4 } },
      { question: 'q.0.text', answer: 'm.a' },
      { answer: '4' },
    ],
    ['a question in two fields', { body: '2 + ', ask: ' 2?' }, { question: ['body', 'ask'] }, { question: '2 + 2?' }],
    [
      'domain and id',
      { question: '2 + 2?', d: 'math', i: 7 },
      { domain: 'd', id: 'i' },
      { domain: 'math', rowId: '7' },
    ],
  ])('reads %s', (...[, row, fields, expected]) => {
    expect(map(row, fields)).toEqual({ candidate: { ...plain, ...expected }, chainFaults: [] });
  });

  it.each<[string, Record<string, unknown>, FieldsInput, string]>([
    ['a missing question', { q: 'x' }, {}, 'field "question": expected text, found nothing'],
    ['a question that is a number', { question: 4 }, {}, 'field "question": expected text, found the number 4'],
    ['an empty question', { question: ' ' }, {}, 'field "question": expected text, found an empty one'],
    [
      'half a surrogate pair',
      { question: 'a\ud83d' },
      {},
      'field "question": expected text, found half of a Unicode surrogate pair in it',
    ],
    ['a missing answer', { question: 'q' }, { answer: 'a.b' }, 'field "a.b": expected text or a number, found nothing'],
    ['a null answer', { question: 'q', a: null }, { answer: 'a' }, 'field "a": expected text or a number, found null'],
    [
      'a list as answer',
      { question: 'q', a: ['4', '5'] },
      { answer: 'a' },
      'field "a": expected text or a number, found a list of 2',
    ],
    [
      'an object as answer',
      { question: 'q', a: {} },
      { answer: 'a' },
      'field "a": expected text or a number, found an object',
    ],
    ['NaN', { question: 'q', a: NaN }, { answer: 'a' }, 'field "a": expected a number, found NaN'],
    [
      'a rounded number',
      { question: 'q', a: 2 ** 64 },
      { answer: 'a' },
      'field "a": found a whole number of more than 15 digits, which JSON readers round: write it as text',
    ],
    [
      'an answer without its mark',
      { question: 'q', a: '4' },
      { answer: 'a', extract: 'hashes' },
      'field "a": expected "####" before the answer, found none',
    ],
    ['a missing id', { question: 'q' }, { id: 'i' }, 'field "i": expected text or a number, found nothing'],
    ['a missing domain', { question: 'q' }, { domain: 'd' }, 'field "d": expected text or a number, found nothing'],
    [
      'an inherited field',
      { question: 'q' },
      { answer: 'constructor.name' },
      'field "constructor.name": expected text or a number, found nothing',
    ],
  ])('reports %s', (...[, row, fields, fault]) => {
    const unchecked = Fields.safeParse(fields);
    const forms = [unchecked.success ? unchecked.data : { ...Fields.parse({}), answer: 'constructor.name' }];
    expect(mapRow(row, { forms, domain: null, licence: null })).toEqual({ fault });
  });

  it('gives rows that name no domain the one of their source', () => {
    const rowForm = { ...form({ domain: 'd' }), domain: 'math' };
    expect(mapRow({ question: 'q', d: null }, rowForm)).toMatchObject({ candidate: { domain: 'math' } });
    expect(mapRow({ question: 'q', d: 'code' }, rowForm)).toMatchObject({ candidate: { domain: 'code' } });
    expect(mapRow({ question: 'q', d: [] }, rowForm)).toMatchObject({
      fault: expect.stringContaining('a list') as string,
    });
  });

  it('reads a row in the first form of which it has every field, and reports by the last', () => {
    const forms = form({ answer: 'answer' }, { answer: 'solution', extract: 'boxed' });
    const solution = 'so \\boxed{4}';
    expect(mapRow({ question: 'q', answer: '4', solution: 'none' }, forms)).toMatchObject({
      candidate: { answer: '4' },
    });
    expect(mapRow({ question: 'q', solution }, forms)).toMatchObject({ candidate: { answer: '4' } });
    expect(mapRow({ question: 'q', answer: null, solution }, forms)).toMatchObject({ candidate: { answer: '4' } });
    expect(mapRow({ question: 'q' }, forms)).toEqual({
      fault: 'field "solution": expected text or a number, found nothing',
    });
  });
});

describe('chains of a row', () => {
  it.each<[string, Record<string, unknown>, FieldsInput['chains']]>([
    ['think', { c: '<think>Count.</think>4' }, { form: 'think', fields: ['c'] }],
    ['STILL-2', { c: writeStill2Form(chain) }, { form: 'still2', fields: ['c'] }],
    ['separate fields', { t: 'Count.', s: '4' }, { form: 'fields', thought: 't', solution: 's' }],
    ['a list of objects', { r: [{ t: 'Count.', s: '4' }] }, { form: 'fields', thought: 'r.*.t', solution: 'r.*.s' }],
    ['a list of texts', { c: ['<think>Count.</think>4'] }, { form: 'think', fields: ['c'] }],
    ['a place in a list', { c: [0, { value: '<think>Count.</think>4' }] }, { form: 'think', fields: ['c.1.value'] }],
  ])('are read from %s', (_name, row, chains) => {
    expect(map({ question: '2 + 2?', ...row }, { chains })).toEqual({
      candidate: { ...plain, chains: [{ teacher: 'source', ...chain }] },
      chainFaults: [],
    });
  });

  it('keep their teacher and their order', () => {
    const row = { question: 'q', one: '<think>a</think>b', two: '<think>c</think>d' };
    expect(map(row, { chains: { form: 'think', fields: ['two', 'one'], teacher: 'r1' } })).toMatchObject({
      candidate: {
        chains: [
          { teacher: 'r1', thought: 'c', solution: 'd' },
          { teacher: 'r1', thought: 'a', solution: 'b' },
        ],
      },
    });
  });

  it.each<[string, Record<string, unknown>, FieldsInput['chains'], string]>([
    [
      'a form that is not there',
      { c: 'Four.' },
      { form: 'think', fields: ['c'] },
      'field "c": expected <think>thought</think>solution, found no </think>',
    ],
    ['a missing field', {}, { form: 'think', fields: ['c'] }, 'field "c": expected text in "c", found nothing'],
    [
      'a missing list',
      {},
      { form: 'think', fields: ['c.*.text'] },
      'field "c.*.text": expected text in "c.*.text", found nothing',
    ],
    [
      'a missing solution',
      { t: 'a' },
      { form: 'fields', thought: 't', solution: 's' },
      'field "t": expected text in "s", found nothing',
    ],
    [
      'lists of other lengths',
      { t: ['a', 'b'], s: ['c'] },
      { form: 'fields', thought: 't.*', solution: 's.*' },
      'field "s.*": expected as many solutions as thoughts, found 1 and 2',
    ],
  ])("that can't be read for %s are reported, the question stays", (...[, row, chains, fault]) => {
    expect(map({ question: '2 + 2?', ...row }, { chains })).toEqual({ candidate: plain, chainFaults: [fault] });
  });

  it.each<[string, Record<string, unknown>, FieldsInput['chains']]>([
    ['think', { c: '<think>Count.</think>' }, { form: 'think', fields: ['c'] }],
    ['a field of the thought alone', { t: 'Count.' }, { form: 'fields', thought: 't' }],
    ['an empty field of the solution', { t: 'Count.', s: null }, { form: 'fields', thought: 't', solution: 's' }],
    ['a list', { r: [{ t: 'Count.' }] }, { form: 'fields', thought: 'r.*.t', solution: 'r.*.s' }],
  ])('may be thoughts alone, where the recipe has their solutions written: %s', (_name, row, chains) => {
    const fields = { chains };
    const taken = mapRow({ question: '2 + 2?', ...row }, { ...form(fields), chainSolutions: 'optional' });
    const thought = { teacher: 'source', thought: 'Count.', solution: '' };
    expect(taken).toEqual({ candidate: { ...plain, chains: [thought] }, chainFaults: [] });
    const refused = map({ question: '2 + 2?', ...row }, fields);
    expect(refused).toMatchObject({ candidate: { chains: [] } });
    expect('chainFaults' in refused && refused.chainFaults).toHaveLength(1);
  });

  it('that stand twice in a row count once', () => {
    const row = { question: '2 + 2?', c: ['<think>Count.</think>4', '<think>Count.</think> 4'] };
    expect(map(row, { chains: { form: 'think', fields: ['c'] } })).toEqual({
      candidate: { ...plain, chains: [{ teacher: 'source', ...chain }] },
      chainFaults: ['field "c.1": the same chain stands in this row before'],
    });
  });
});
