import { z } from 'zod';
import { Name } from '../../config/names.js';
import { PromptSchema } from '../../config/prompts.js';
import { Sampling } from '../../config/sampling.js';
import { OUTCOMES } from './results.js';

const Count = z.int().min(0);
const Share = z.number().min(0).max(1);

const Interval = z.strictObject({ low: Share, high: Share, method: z.enum(['wilson', 'bootstrap']) }).readonly();
const score = { value: Share, problems: Count, interval: Interval };
const Score = z.strictObject(score).readonly();
const GroupScores = z.array(z.strictObject({ name: z.string(), ...score }).readonly()).readonly();

const Tokens = z
  .strictObject({
    answers: Count,
    total: Count,
    mean: z.number(),
    median: z.number(),
    p90: z.number(),
    max: Count,
    histogram: z.array(z.strictObject({ upTo: Count, answers: Count }).readonly()).readonly(),
  })
  .readonly();

const Difficulty = z
  .strictObject({
    /** null: no answer got a score. */
    mean: z.number().min(0).max(9).nullable(),
    /** Answers of each CD, 0 to 9. */
    histogram: z.array(Count).length(10).readonly(),
    scored: Count,
    /** Answers that the judge gave no score. */
    unscored: Count,
  })
  .readonly();

/**
 * The scores of one model on one benchmark, with everything that they depend on. Shares are in [0, 1], lengths in tokens. It holds no text of the
 * benchmark and none of the model.
 */
export const EvaluationSummary = z
  .strictObject({
    schema: z.literal(1),
    model: z.string().min(1),
    /** The model's name in requests: of one that was served it ends with the first digits of the hash of its weights. Left out: not recorded. */
    requestModel: z.string().min(1).optional(),
    benchmark: z
      .strictObject({
        name: Name,
        title: z.string().min(1),
        /** Of the Hub; null: own files. */
        dataset: z.string().nullable(),
        revision: z.string().nullable(),
        /** Problems that it has; null: unknown. */
        size: Count.nullable(),
        redistributable: z.boolean(),
      })
      .readonly(),
    /** SHA-256 of the sorted ids of the problems: equal ones were asked the same. */
    problemsSha256: z.string().regex(/^[0-9a-f]{64}$/),
    decoding: z
      .strictObject({
        sampling: Sampling,
        /** Answers a problem that were asked for. */
        samples: z.int().positive(),
        prompt: PromptSchema.pick({ name: true, version: true, hash: true }),
        /** Of the order of options; null: as the set has them, or no options. */
        optionSeed: z.int().nullable(),
      })
      .readonly(),
    /** Who asked and graded. */
    harness: z.enum(['cotmill', 'lm-eval']),
    counts: z
      .strictObject({
        problems: Count,
        samples: Count,
        /** Samples with a score. */
        scored: Count,
        outcomes: z.record(z.enum(OUTCOMES), Count).readonly(),
        /** Rows of the benchmark that say the same as another one, and rows that can't be asked or graded. */
        duplicates: Count,
        unreadable: Count,
      })
      .readonly(),
    scores: z
      .strictObject({
        /** null: nothing was scored. */
        passAt1: Score.nullable(),
        passAtK: z.array(z.strictObject({ k: z.int().min(2), value: Share }).readonly()).readonly(),
        /** null: one sample a problem, or answers that have no vote. */
        majority: Score.nullable(),
      })
      .readonly(),
    /** Of the scored samples. */
    shares: z.strictObject({ truncated: Share, unparsed: Share }).readonly(),
    bySubject: GroupScores,
    byLevel: GroupScores,
    /** Output tokens of all answers, cut ones too; null: no endpoint said. */
    tokens: Tokens.nullable(),
    /** CD of the model's own answers as a judge saw it (methods 2.4); null: not asked for. */
    difficulty: Difficulty.nullable(),
  })
  .readonly();
export type EvaluationSummary = z.infer<typeof EvaluationSummary>;
