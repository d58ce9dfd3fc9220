import { z } from 'zod';
import { FieldPath, FilePattern, HubDatasetName, Name, Revision } from './names.js';

const NearDuplicates = z
  .strictObject({
    similarity: z
      .number()
      .min(0.5)
      .max(1)
      .default(0.8)
      .describe(
        'Questions at least so similar are one: the share of shingles (runs of words) that both have, of all that either has. Lower finds more and takes more for the same [ours].',
      ),
    shingle: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('Words in a shingle; numbers, signs and LaTeX commands count as words [ours].'),
    sameNumbers: z
      .boolean()
      .default(true)
      .describe(
        'Only questions with the same numbers in the same order are one, also in words, with the same signs and LaTeX commands, and the same of the words that turn a question round (more, fewer, not, maximum ...; English). Word problems of one template stay apart [ours].',
      ),
  })
  .describe(
    'Drops questions that nearly repeat an earlier one; the first stays. Every dropped one is counted, the first ones are listed in the plan. Left out: only exact duplicates are dropped.',
  );
export type NearDuplicates = z.infer<typeof NearDuplicates>;

export const BenchmarkFile = z
  .strictObject({
    name: Name.describe('Name of a benchmark: one of config/benchmarks, or another with `question`.'),
    input: Name.default('data').describe('Name of an input of the deployment, as for sources.'),
    dataset: HubDatasetName.optional().describe(
      'Dataset of the Hub, for an input of kind `hub`. Left out: the one that the benchmark names.',
    ),
    path: z
      .union([FilePattern, z.array(FilePattern).min(1)])
      .optional()
      .describe('File or files, as for sources. Left out: those that the benchmark names.'),
    revision: Revision.optional().describe('Revision on the Hub. Left out: the one that the benchmark names.'),
    question: z
      .union([FieldPath, z.array(FieldPath).min(1)])
      .optional()
      .describe('Field or fields of the question. Left out: those that the benchmark names.'),
  })
  .describe('A benchmark, read while the run is planned. Its text stays in the memory of the worker.');
export type BenchmarkFile = z.infer<typeof BenchmarkFile>;

const Decontamination = z
  .strictObject({
    benchmarks: z.array(BenchmarkFile).min(1).max(100).describe('Benchmarks whose questions must not be in the data.'),
    ngram: z.int().min(4).max(50).default(10).describe('Words in an n-gram [second-hand].'),
    minOverlap: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe(
        "Share of the shorter question's n-grams that the other one has, from which a question is dropped. Below a half, phrases that many problems share begin to count [ours].",
      ),
    indel: z
      .number()
      .min(0.7)
      .max(1)
      .default(0.8)
      .describe(
        'Normalised Indel similarity (twice the longest common subsequence by the sum of the lengths) from which a question is dropped; it also finds a benchmark question with other numbers. 1 asks for the same text [ours].',
      ),
  })
  .describe(
    'Drops questions that benchmarks have, by n-gram overlap or Indel similarity. A benchmark question with fewer words than an n-gram is found by the same words alone. Dropped ones are counted and listed by ids and hashes; no artefact holds a benchmark text.',
  );
export type Decontamination = z.infer<typeof Decontamination>;

export const ChainFilters = z
  .strictObject({
    template: z
      .boolean()
      .default(true)
      .describe('Drop chains with marks of a chat template in them (`<|im_end|>`, `[INST]`, a line `assistant`).'),
    minWords: z
      .int()
      .min(0)
      .default(8)
      .describe('Drop chains with fewer words, numbers and signs, thought and solution together. 0: none.'),
    end: z
      .boolean()
      .default(true)
      .describe(
        'Drop chains whose solution breaks off: in a sentence, inside `\\boxed{`, in a displayed formula or a block of code.',
      ),
    repetitionRun: z.int().min(4).max(100).default(20).describe('Words of a run that repetition is measured by.'),
    maxRepetition: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('Drop chains with a larger share of runs that stood before, in thought or solution. 1: none.'),
    maxForeign: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe(
        'Drop chains with a larger share of letters of a script that the question does not have; Latin and Greek letters are at home everywhere. 1: none.',
      ),
    maxGibberish: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe(
        'Drop chains with a larger share of characters in control characters, endless or unspeakable words, and heaps of signs. 1: none.',
      ),
  })
  .describe(
    'Rules for the text of every chain, also of source chains and rewrites, applied when it arrives and before a judge or critic is paid. A chain that breaks one is dropped as filtered-template, -short, -no-end, -repetition, -languages or -gibberish, the first of these that holds. STILL-2 names such rules [second-hand]; how each is measured, and every threshold, is ours. Left out: no rule.',
  );
export type ChainFilters = z.infer<typeof ChainFilters>;

export const Cleaning = z
  .strictObject({
    nearDuplicates: NearDuplicates.optional(),
    decontamination: Decontamination.optional(),
    chainFilters: ChainFilters.optional(),
  })
  .describe(
    'What is thrown out before it costs anything. Nothing of it happens unless it is written: what counts as the same, or as bad, is a decision about the data.',
  );
export type Cleaning = z.infer<typeof Cleaning>;
