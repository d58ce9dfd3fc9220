import { z } from 'zod';
import { Name } from './names.js';

const Rate = z.number().gt(0).max(1);
const Share = z.number().min(0).max(1);

const Lora = z
  .strictObject({
    rank: z.int().positive().max(1024).default(16).describe('Rank of the adapters.'),
    alpha: z.int().positive().max(4096).default(32).describe('Scale of the adapters.'),
    dropout: Share.default(0).describe('Dropout of the adapters.'),
  })
  .describe('Low-rank adapters in place of full training. They are merged into the model at the end.');

/** Hyper-parameters of a training. What is left out comes from the preset, then from `trainingDefaults`. */
export const TrainingSettings = z
  .strictObject({
    learningRate: Rate.optional().describe('Highest learning rate.'),
    epochs: z.number().positive().max(1000).optional().describe('Passes over the data.'),
    maxSteps: z.int().positive().optional().describe('Steps, whatever `epochs` says.'),
    batchSize: z.int().positive().max(65_536).optional().describe('Rows a step and device.'),
    gradientAccumulation: z
      .int()
      .positive()
      .max(65_536)
      .optional()
      .describe('Steps whose gradients are added up before the weights change.'),
    maxLength: z
      .int()
      .positive()
      .max(10_000_000)
      .optional()
      .describe('Tokens of a row at most: what is longer is cut, its answer first.'),
    packing: z.boolean().optional().describe('SFT: several rows in one sequence.'),
    assistantOnlyLoss: z
      .boolean()
      .optional()
      .describe(
        "SFT: learn the answers alone. Needs a chat template that marks them, or the base model's `chatTemplate`.",
      ),
    weightDecay: Share.optional().describe('Weight decay.'),
    warmup: z
      .number()
      .min(0)
      .max(100_000)
      .optional()
      .describe('Below 1: share of the steps with a growing learning rate; else their number.'),
    scheduler: z
      .enum(['cosine', 'linear', 'constant', 'constant_with_warmup'])
      .optional()
      .describe('Course of the learning rate.'),
    beta: z
      .number()
      .positive()
      .max(100)
      .optional()
      .describe('DPO: strength of the reference model. CogPO reads its betas from the rows.'),
    sftWeight: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe('DPO and CogPO: weight of the SFT loss of the chosen answer.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional()
      .describe('Seed of the training.'),
    precision: z.enum(['bfloat16', 'float16', 'float32']).optional().describe('Numbers to train with.'),
    gradientCheckpointing: z.boolean().optional().describe('Compute activations twice to save memory.'),
    saveSteps: z
      .int()
      .positive()
      .optional()
      .describe('Steps between checkpoints: what a preempted training loses at most.'),
    logSteps: z.int().positive().optional().describe('Steps between two points of the loss curve.'),
    lora: Lora.optional(),
  })
  .describe('Hyper-parameters. What is left out comes from the preset.');
export type TrainingSettings = z.infer<typeof TrainingSettings>;

const Preflight = z
  .strictObject({
    maxCutShare: Share.default(0.02).describe('Share of the rows that `maxLength` may cut [ours].'),
    maxEqualPairs: Share.default(0).describe(
      'DPO and CogPO: share of the pairs whose two answers may be equal [ours].',
    ),
    maxContaminatedRows: z
      .int()
      .min(0)
      .default(0)
      .describe('Rows that an evaluation of this recipe may also ask [ours].'),
    samples: z
      .int()
      .positive()
      .max(10_000)
      .default(64)
      .describe("Rows that are rendered through the student's template and looked at [ours]."),
  })
  .describe('What has to hold before a training is started; if it does not, nothing is booked and the reason is said.');
export type Preflight = z.infer<typeof Preflight>;

const Base = z
  .union([
    z.strictObject({ model: Name.describe('Name of a model of the deployment.') }),
    z.strictObject({ student: Name.describe('Name of another student of this recipe, trained first.') }),
  ])
  .describe('What the student is trained from.');

/** A student to be trained. */
export const Student = z
  .strictObject({
    name: Name.describe('Name of the student. Its model is kept under `models/<name>/<version>`.'),
    version: Name.default('v1').describe('Version of the student. A registered version is immutable.'),
    base: Base,
    trainingSet: Name.describe('Name of a training set of this recipe.'),
    set: z
      .enum(['default', 'short', 'medium', 'long'])
      .default('default')
      .describe('Which set, of a training set with verbositySplits.'),
    view: Name.optional().describe(
      'Name of a view of that training set. Left out: `messages` for SFT, `dpo` for DPO, `cogpo` for CogPO.',
    ),
    control: z
      .enum(['none', 'own-answers'])
      .default('none')
      .describe(
        "own-answers: the control run. The same questions and the same steps, with the base model's own answers in place of the chains: what training alone does, with nothing new to learn [ours].",
      ),
    method: z.enum(['sft', 'dpo', 'cogpo']).default('sft').describe('How it is trained.'),
    trainer: Name.default('default').describe('Name of a trainer of the deployment.'),
    server: Name.default('default').describe(
      'Name of a server of the deployment: for evaluations, and for own answers.',
    ),
    preset: Name.optional().describe('Name of hyper-parameters that ship with cotmill, such as "distilqwen-sft".'),
    settings: TrainingSettings.prefault({}),
    preflight: Preflight.prefault({}),
  })
  .describe('A student to be trained.');
export type Student = z.infer<typeof Student>;
export type StudentInput = z.input<typeof Student>;

/** Name of the view that a student is trained on. */
export const studentView = ({ view, method }: Pick<Student, 'view' | 'method'>): string =>
  view ?? (method === 'sft' ? 'messages' : method);
