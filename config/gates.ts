import { z } from 'zod';
import { Name } from './names.js';

const Share = z.number().min(0).max(1);
const Score = {
  evaluation: Name.describe('Name of an evaluation of this recipe.'),
  model: Name.describe('Name of one of its models.'),
};

/** What a run has to reach; a run that does not ends with an exit code of its own. */
export const Gate = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('accepted').describe('Questions that end accepted.'),
      atLeast: z.int().positive().describe('Questions.'),
    }),
    z.strictObject({
      kind: z.literal('failed-share').describe('Share of the questions that failed.'),
      atMost: Share.describe('Share, 0 to 1.'),
    }),
    z.strictObject({
      kind: z.literal('score').describe('pass@1 of a model.'),
      ...Score,
      atLeast: Share.describe('pass@1, 0 to 1.'),
    }),
    z.strictObject({
      kind: z
        .literal('not-below')
        .describe('A model is not worse than another by more than noise on the same problems.'),
      ...Score,
      baseline: Name.optional().describe("Name of another of its models. Left out: the evaluation's baseline."),
    }),
    z.strictObject({
      kind: z.literal('tokens').describe('Mean output tokens of a model.'),
      ...Score,
      atMost: z.number().positive().describe('Tokens.'),
    }),
  ])
  .describe('What a run has to reach. One that is missed ends the run with exit code 6; nothing is undone.');
export type Gate = z.infer<typeof Gate>;
