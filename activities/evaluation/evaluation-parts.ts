import { z } from 'zod';
import type { PaidUsage } from '../question/paid-usage.js';
import { readJson, writeJson } from '../store/json-objects.js';
import type { ObjectStore } from '../store/object-store.js';
import { partKey, type EvaluationRef, type ProblemRange } from './evaluation-plan.js';
import { Outcome } from './results.js';

const Count = z.number().min(0);

const Paid = z.strictObject({
  origin: z.enum(['new', 'reused', 'repeated']),
  execution: z.string(),
  usage: z.strictObject({ inputTokens: Count, outputTokens: Count, reasoningTokens: Count }),
  cost: z.number(),
}) satisfies z.ZodType<PaidUsage>;

const AnsweredSample = z.strictObject({
  sample: z.int().min(0),
  outcome: Outcome,
  vote: z.string().nullable(),
  outputTokens: z.int().nullable(),
  /** null: the endpoint gave no answer. */
  callKey: z.string().nullable(),
  calls: z.array(Paid),
});
export type AnsweredSample = z.infer<typeof AnsweredSample>;

/** The graded answers to a range of problems; no text. */
export const AnsweredPart = z.strictObject({
  schema: z.literal(1),
  from: z.int().min(0),
  to: z.int().min(0),
  problems: z.array(
    z.strictObject({
      id: z.string(),
      subject: z.string().nullable(),
      level: z.string().nullable(),
      samples: z.array(AnsweredSample),
    }),
  ),
});
export type AnsweredPart = z.infer<typeof AnsweredPart>;

/** CD of the answers of a range. */
export const ScoredPart = z.strictObject({
  schema: z.literal(1),
  from: z.int().min(0),
  to: z.int().min(0),
  answers: z.array(
    z.strictObject({
      id: z.string(),
      sample: z.int().min(0),
      /** 0 to 9; null: the judge gave no score. */
      cd: z.int().min(0).max(9).nullable(),
      calls: z.array(Paid),
    }),
  ),
});
export type ScoredPart = z.infer<typeof ScoredPart>;

/** What became of ranges, in the store. */
export interface PartStore {
  answered(range: EvaluationRef & { readonly from: number }): Promise<AnsweredPart | undefined>;
  scored(range: EvaluationRef & { readonly from: number }): Promise<ScoredPart | undefined>;
  writeAnswered(range: ProblemRange, part: AnsweredPart): Promise<void>;
  writeScored(range: ProblemRange, part: ScoredPart): Promise<void>;
}

export function createPartStore(store: ObjectStore): PartStore {
  return {
    answered: (range) => readJson(store, partKey(range, 'parts', range.from), AnsweredPart),
    scored: (range) => readJson(store, partKey(range, 'difficulty', range.from), ScoredPart),
    writeAnswered: (range, part) => writeJson(store, partKey(range, 'parts', range.from), part),
    writeScored: (range, part) => writeJson(store, partKey(range, 'difficulty', range.from), part),
  };
}

/** How an evaluation is cut into ranges. */
export interface Cut {
  readonly ref: EvaluationRef;
  readonly problems: number;
  readonly perRange: number;
}

/** First problems of all ranges. Pure. */
export const rangeStarts = ({ problems, perRange }: Pick<Cut, 'problems' | 'perRange'>): number[] =>
  Array.from({ length: Math.ceil(problems / perRange) }, (_, index) => index * perRange);

/** Whether nothing is left to ask: what an endpoint refused or what could not be graded may go better another time. Pure. */
export const isAnswered = (part: AnsweredPart | undefined): part is AnsweredPart =>
  part !== undefined &&
  part.problems.every(({ samples }) =>
    samples.every(({ outcome }) => outcome !== 'failed' && outcome !== 'not-graded'),
  );

/** Ranges that are not answered yet. */
export async function unansweredRanges(parts: PartStore, cut: Cut): Promise<number[]> {
  const missing: number[] = [];
  for (const from of rangeStarts(cut)) if (!isAnswered(await parts.answered({ ...cut.ref, from }))) missing.push(from);
  return missing;
}
