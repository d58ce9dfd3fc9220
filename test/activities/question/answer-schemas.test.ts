import { describe, expect, it } from 'vitest';
import { answerForm } from '../../../activities/question/answer-schemas.js';
import type { AskKind } from '../../../workflows/question/state.js';

describe('forms of judges', () => {
  it.each<[AskKind, object, object]>([
    [
      'validate',
      { rationale: 'x', reasoning_valid: false, solution_valid: true },
      { kind: 'verdict', reasoning: false, solution: true },
    ],
    ['verbosity', { score: 0 }, { kind: 'score', value: 0 }],
    ['cognitive', { score: 9 }, { kind: 'score', value: 9 }],
    ['rate', { difficulty: 'hard' }, { kind: 'rating', difficulty: 'hard' }],
  ])('%s reads its answer', (kind, value, answer) => {
    const form = answerForm(kind);
    expect(form?.answer(form.zod.parse(value))).toEqual(answer);
  });

  it.each<[AskKind, object]>([
    ['validate', { reasoning_valid: true }],
    ['validate', { reasoning_valid: 'true', solution_valid: true }],
    ['verbosity', { score: 10 }],
    ['cognitive', { score: '3' }],
    ['rate', { difficulty: 'Medium' }],
  ])('%s refuses %j', (kind, value) => {
    expect(answerForm(kind)?.zod.safeParse(value).success).toBe(false);
  });

  it.each<AskKind>(['validate', 'verbosity', 'rate'])(
    '%s asks strictly: all properties required, no others',
    (kind) => {
      const schema = answerForm(kind)?.schema.schema;
      expect(schema).toMatchObject({
        additionalProperties: false,
        required: Object.keys(schema?.['properties'] as object),
      });
    },
  );

  it('lets the judge explain before it decides', () => {
    expect(Object.keys(answerForm('validate')?.schema.schema['properties'] as object)[0]).toBe('rationale');
  });

  it.each<AskKind>(['generate', 'check', 'extend', 'simplify', 'shorten'])('%s is answered by a text', (kind) => {
    expect(answerForm(kind)).toBeUndefined();
  });
});
