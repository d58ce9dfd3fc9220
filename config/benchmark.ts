import { z } from 'zod';
import { FieldPath, Name } from './names.js';
import { Sampling } from './sampling.js';
import { HubHome } from './source-preset.js';
import { Fields } from './source.js';

const MathGrader = z
  .strictObject({
    kind: z.literal('math').describe('The answer is compared with the reference by rule.'),
    answer: FieldPath.describe('Field of the reference answer.'),
    extract: Fields.shape.extract,
  })
  .describe('Mathematics: a reference answer.');

const Options = z
  .union([
    z.strictObject({
      list: FieldPath.describe('Field with the list of options.'),
      correct: FieldPath.describe('Field with the number of the correct one, counted from 0.'),
    }),
    z.strictObject({
      correct: FieldPath.describe('Field of the correct option.'),
      incorrect: z.array(FieldPath).min(1).max(25).describe('Fields of the others.'),
    }),
  ])
  .describe('Where the options stand: in a list, or the correct one and the others each in a field of their own.');

const ChoiceGrader = z
  .strictObject({
    kind: z.literal('choice').describe('The letter of an option is cut out of the answer.'),
    options: Options,
    order: z
      .enum(['seeded', 'given'])
      .default('seeded')
      .describe(
        'seeded: options are shown in an order made from a hash of problem and seed. given: as the row has them, for sets with options such as "both A and B".',
      ),
  })
  .describe('Multiple choice.');

const CodeGrader = z
  .strictObject({
    kind: z.literal('code').describe('The program in the answer is run against tests, in the sandbox.'),
    tests: z
      .array(FieldPath)
      .min(1)
      .max(8)
      .describe('Fields with tests, and with what is needed to run them, as the set encodes them.'),
    starter: FieldPath.optional().describe('Field with the code that the program begins with; may be empty.'),
  })
  .describe('Programs.');

/** How a benchmark is asked and graded. */
export const BenchmarkEvaluation = z.strictObject({
  prompt: Name.describe('Prompt of use "solve" that asks it.'),
  grader: z.discriminatedUnion('kind', [MathGrader, ChoiceGrader, CodeGrader]),
  id: FieldPath.optional().describe("Field with the set's own id; provenance only, identity is the hash of the text."),
  subject: FieldPath.optional().describe('Field of the subject, for scores by subject.'),
  level: FieldPath.optional().describe('Field of the difficulty, for scores by level.'),
  samples: z.int().min(1).max(256).default(1).describe('Answers a problem, unless an evaluation says otherwise.'),
  sampling: Sampling.describe('Decoding settings, unless an evaluation says otherwise. Printed beside every score.'),
});
export type BenchmarkEvaluation = z.infer<typeof BenchmarkEvaluation>;

/** A benchmark: where it lies and what its rows look like, never its text. One YAML file each in config/benchmarks. */
export const Benchmark = z.strictObject({
  title: z.string().min(1).describe('Name for people.'),
  description: z.string().min(1).describe('What it is, in a line.'),
  home: z.url().optional().describe('Where it comes from. Left out: from cotmill itself.'),
  hub: HubHome.optional().describe('Where it lies on the Hugging Face Hub.'),
  licence: z.string().min(1).describe('Licence of its rows.'),
  redistributable: z
    .boolean()
    .describe('false: nobody may publish its rows; they are read with the own token and never written.'),
  size: z.int().positive().describe('Questions that it has.'),
  question: z
    .union([FieldPath, z.array(FieldPath).min(1)])
    .describe('Field of the question, or several that are joined by a space.'),
  aliases: z.array(Name).default([]).describe('Other names of the same problems.'),
  evaluation: BenchmarkEvaluation.optional().describe(
    'How it is asked and graded. Left out: it serves decontamination alone.',
  ),
  notes: z.string().default('').describe('What to know before using it.'),
});
export type Benchmark = z.infer<typeof Benchmark>;

/** What a run remembers of a benchmark: how its questions are read. */
export const BenchmarkForm = Benchmark.pick({ hub: true, size: true, question: true });
export type BenchmarkForm = z.infer<typeof BenchmarkForm>;
