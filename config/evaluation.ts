import { z } from 'zod';
import { BenchmarkFile } from './cleaning.js';
import { Name } from './names.js';
import { JudgeSampling, Sampling } from './sampling.js';

/** A model of an evaluation: its name in tables is the name here. */
export const EvaluatedModel = z
  .union([
    z.strictObject({ student: Name.describe('Name of a student of this recipe.') }),
    z.strictObject({
      model: Name.describe('Name of a model of the deployment, served for the time of the evaluation.'),
    }),
    z.strictObject({ pool: Name.describe('Name of a pool of the deployment: an endpoint that is there.') }),
  ])
  .describe('A model to ask.');
export type EvaluatedModel = z.infer<typeof EvaluatedModel>;

const Difficulty = z
  .strictObject({
    pool: Name.describe('Pool of the judge.'),
    prompt: Name.default('score-difficulty').describe('Prompt that asks for CD.'),
    sampling: JudgeSampling.prefault({}),
  })
  .describe("CD of the model's own answers, as a judge sees it: how theta is chosen for a new student (methods 2.4).");

const Harness = z
  .strictObject({
    launcher: Name.describe('Launcher of the deployment.'),
    task: Name.describe('Task of lm_eval. Its results are set beside ours as a second opinion.'),
  })
  .describe('lm_eval, run as a job against the same server, for a second opinion.');

/** A benchmark that models are asked. */
export const Evaluation = z
  .strictObject({
    name: Name.describe('Name of the evaluation.'),
    benchmark: BenchmarkFile.shape.name.describe('Name of a benchmark: one of config/benchmarks.'),
    ...BenchmarkFile.pick({ input: true, dataset: true, path: true, revision: true }).shape,
    models: z.array(EvaluatedModel).min(1).max(50).describe('Models to ask, in the order of the table.'),
    baseline: Name.optional().describe('Name of the model that the others are compared with. Left out: the first.'),
    server: Name.default('default').describe('Name of a server of the deployment, for models that are no students.'),
    prompt: Name.optional().describe("Prompt that asks. Left out: the benchmark's."),
    samples: z.int().positive().max(256).optional().describe("Answers a problem. Left out: the benchmark's."),
    sampling: Sampling.optional().describe("Decoding settings. Left out: the benchmark's."),
    maxProblems: z
      .int()
      .positive()
      .optional()
      .describe('Problems at most, those with the smallest ids: a quick look. The table says so.'),
    optionSeed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(0)
      .describe('Another seed shows the options of multiple choice in another order.'),
    difficulty: Difficulty.optional(),
    secondOpinion: Harness.optional(),
  })
  .describe('A benchmark and the models that are asked it.');
export type Evaluation = z.infer<typeof Evaluation>;
export type EvaluationInput = z.input<typeof Evaluation>;

/** Name of a model in tables, paths and gates. */
export const evaluatedName = (model: EvaluatedModel): string =>
  'student' in model ? model.student : 'model' in model ? model.model : model.pool;
