import { z } from 'zod';
import type { Answer, AskKind } from '../../workflows/question/state.js';
import type { CallRequest } from '../ledger/record.js';

/** Form of a judge's answer: what the server is asked to enforce, what is checked whatever it did, and what it means. */
export interface AnswerForm<T = unknown> {
  /** Sent as response_format. The rationale stands first, so that the model explains before it decides. */
  readonly schema: NonNullable<CallRequest['schema']>;
  readonly zod: z.ZodType<T>;
  answer(value: T): Answer;
}

const Validation = z.object({
  rationale: z.string().optional(),
  reasoning_valid: z.boolean(),
  solution_valid: z.boolean(),
});
const Score = z.object({ score: z.int().min(0).max(9) });
const Rating = z.object({ difficulty: z.enum(['easy', 'medium', 'hard']) });

/** Two independent verdicts on a chain (methods 2.1). */
export const validationForm: AnswerForm<z.infer<typeof Validation>> = {
  schema: schema('validation', {
    rationale: { type: 'string' },
    reasoning_valid: { type: 'boolean' },
    solution_valid: { type: 'boolean' },
  }),
  zod: Validation,
  answer: (value) => ({ kind: 'verdict', reasoning: value.reasoning_valid, solution: value.solution_valid }),
};

/** RV or CD (methods 2.2). An enum, since strict modes differ in whether they know minimum and maximum. */
export const scoreForm: AnswerForm<z.infer<typeof Score>> = {
  schema: schema('score', { score: { type: 'integer', enum: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } }),
  zod: Score,
  answer: (value) => ({ kind: 'score', value: value.score }),
};

/** The critic's word (methods 3). */
export const ratingForm: AnswerForm<z.infer<typeof Rating>> = {
  schema: schema('rating', { difficulty: { type: 'string', enum: ['easy', 'medium', 'hard'] } }),
  zod: Rating,
  answer: (value) => ({ kind: 'rating', difficulty: value.difficulty }),
};

/** Form of the answer to an ask; undefined: the answer is a text. */
export function answerForm(kind: AskKind): AnswerForm | undefined {
  switch (kind) {
    case 'validate':
      return validationForm;
    case 'verbosity':
    case 'cognitive':
      return scoreForm;
    case 'rate':
      return ratingForm;
    case 'generate':
    case 'solution':
    case 'check':
    case 'extend':
    case 'simplify':
    case 'shorten':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** Strict modes want every property required and no others. */
function schema(name: string, properties: Record<string, unknown>): AnswerForm['schema'] {
  const required = Object.keys(properties);
  return { name, schema: { type: 'object', properties, required, additionalProperties: false } };
}
