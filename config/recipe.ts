import { z } from 'zod';
import { withRecipeRules } from './check-recipe.js';
import { Cleaning } from './cleaning.js';
import { Evaluation } from './evaluation.js';
import { Gate } from './gates.js';
import { Name, PoolName, PromptName } from './names.js';
import { Quotas } from './quotas.js';
import { JudgeSampling, Sampling } from './sampling.js';
import { SelfImprove } from './self-improve.js';
import { Source } from './source.js';
import { Student } from './student.js';
import { MAX_CHAINS, SourceChainRules, Teacher } from './teacher.js';
import { TrainingSet } from './training-set.js';

export { Sampling } from './sampling.js';
export { Fields, Source } from './source.js';
export { Teacher } from './teacher.js';

const freeSampling = Sampling.prefault({});
const judgeSampling = JudgeSampling.prefault({});

const Judge = z
  .strictObject({ pool: PoolName, prompt: PromptName.default('validate'), sampling: judgeSampling })
  .describe(
    'Judge of reasoning and solution. Left out: rules alone, which needs `keep: solution` and reference answers.',
  );

const Validation = z
  .strictObject({
    keep: z
      .enum(['both', 'solution'])
      .default('both')
      .describe(
        'Which verdicts a kept chain needs: reasoning and solution, or the solution alone. Published descriptions of OmniThought differ here; the default is ours.',
      ),
    minVerified: z
      .int()
      .positive()
      .max(MAX_CHAINS)
      .default(2)
      .describe('Verified chains a question needs, else it is rejected (OmniThought).'),
    maxChains: z
      .int()
      .positive()
      .max(MAX_CHAINS)
      .default(8)
      .describe('Teachers are asked for more chains up to so many a question [ours].'),
    judge: Judge.optional(),
    judgeWrongSolutions: z
      .boolean()
      .default(false)
      .describe(
        'Also ask the judge about chains whose answer a rule found different: both verdicts for every chain, at a price.',
      ),
    truncatedRetries: z
      .int()
      .min(0)
      .max(3)
      .default(1)
      .describe('Times a truncated chain is asked again with twice the token limit; then it is dropped as truncated.'),
  })
  .describe('Which chains are right.');

const Scoring = z
  .strictObject({
    pool: PoolName,
    verbosityPrompt: PromptName.default('score-verbosity').describe('Prompt that asks for RV.'),
    difficultyPrompt: PromptName.default('score-difficulty').describe('Prompt that asks for CD.'),
    sampling: judgeSampling,
    lengthWeight: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'Share of the length rank in RV; 0 gives the judge alone. The share is second-hand, the rank is ours (methods 2.2).',
      ),
    timing: z
      .enum(['with-rating', 'settled'])
      .default('with-rating')
      .describe(
        'with-rating: scores are asked together with the rating, one step less, and rewritten chains have scores before and after. settled: only chains that stay are scored, fewer calls.',
      ),
  })
  .describe('Reasoning verbosity (RV) and cognitive difficulty (CD), 0-9. Left out: chains have no scores.');

const Critic = z
  .strictObject({ pool: PoolName, prompt: PromptName.default('rate'), sampling: judgeSampling })
  .describe('Says whether the student can follow a chain: easy, medium or hard.');

const Rewriter = z
  .strictObject({
    pool: PoolName,
    extendPrompt: PromptName.default('extend').describe('Prompt for chains that are too easy: too terse.'),
    simplifyPrompt: PromptName.default('simplify').describe('Prompt for chains that are too hard.'),
    sampling: freeSampling,
  })
  .describe('Rewrites the chains that are not medium.');

const Shortener = z
  .strictObject({ pool: PoolName, prompt: PromptName.default('shorten'), sampling: freeSampling })
  .describe(
    'Rewrites every verified chain to a short one before the critic sees it (methods 3.1). Left out: chains stay as long as they are.',
  );

const Alignment = z
  .strictObject({
    student: z
      .string()
      .max(40)
      .regex(/^[A-Za-z0-9. -]+$/, 'expected the size of a model such as "7B": letters, digits, ".", "-" and spaces')
      .default('7B')
      .describe('Size of the student that the critic has in mind, such as "7B".'),
    critic: Critic,
    rewriter: Rewriter,
    shorten: Shortener.optional(),
    maxRounds: z.int().min(0).max(10).default(3).describe('Rewrites a chain at most [ours].'),
    minKept: z
      .int()
      .positive()
      .max(MAX_CHAINS)
      .default(1)
      .describe('Chains that must end medium, else the question is rejected as never-medium [ours].'),
  })
  .describe(
    'The critic loop: easy is extended, hard is simplified, medium stays (DistilQwen2.5-DS3-0324). Left out: verified chains stay as they are.',
  );

const Limits = z
  .strictObject({
    maxQuestions: z
      .int()
      .positive()
      .optional()
      .describe('Questions of the whole run, shared out by the weights of the sources.'),
    maxBadRows: z
      .int()
      .min(0)
      .default(100)
      .describe('Broken source rows that are reported and skipped; one more stops the plan.'),
    maxFailedShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('Share of questions that may fail (infrastructure, after retries) before the run fails.'),
    questionsInFlight: z
      .int()
      .positive()
      .max(100_000)
      .default(100)
      .describe('Questions worked on at the same time, over all shards. `setConcurrency` changes it while running.'),
    questionsPerShard: z
      .int()
      .positive()
      .max(500)
      .default(350)
      .describe('Questions of one shard: one parent workflow, and one part of the output.'),
    maxCost: z
      .number()
      .positive()
      .optional()
      .describe(
        "Spending limit of the run, in the currency of the deployment's prices. When it is reached no new question starts and the run fails, resumable.",
      ),
  })
  .describe('What may go wrong, and how much at once.');

const Output = z
  .strictObject({
    questionsPerFile: z.int().positive().default(20_000).describe('Questions in one Parquet file.'),
  })
  .describe('Form of the published data set.');

const RecipeFields = z.strictObject({
  name: Name.describe('Name of the data set.'),
  version: Name.default('v1').describe('Version of the data set. A published version is immutable.'),
  versions: z
    .literal('from-content')
    .optional()
    .describe(
      'from-content: what is published gets a version that names what it holds, such as "v1-3f2a91bc": data set, training sets and students. The same content is the same version and nothing is made anew; other content is another version. For schedules. Left out: versions are as written here.',
    ),
  description: z
    .string()
    .max(2000)
    .default('')
    .describe("For people: stands on the data set's card and goes nowhere else."),
  language: z
    .array(z.string().regex(/^[a-z]{2,3}$/, 'expected a language as an ISO 639 code, such as "en" or "zh"'))
    .min(1)
    .max(50)
    .default(['en'])
    .describe("Languages of the rows as ISO 639 codes, for the data set's card."),
  salt: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._-]*$/, 'expected a salt of letters, digits, ".", "_" and "-"')
    .default('')
    .describe('Another salt asks for fresh answers instead of those in the ledger.'),
  sources: z.array(Source).min(1).max(100).describe('Where the questions come from.'),
  teachers: z.array(Teacher).min(1).max(32).describe('Who writes the chains.'),
  sourceChains: SourceChainRules.optional(),
  validation: Validation.prefault({}),
  scoring: Scoring.optional(),
  alignment: Alignment.optional(),
  cleaning: Cleaning.optional(),
  quotas: Quotas.optional(),
  trainingSets: z
    .array(TrainingSet)
    .min(1)
    .max(20)
    .optional()
    .describe(
      'Training sets that a run draws from the data set once it is published, one a student. They change no row and no call: another student costs seconds. `cotmill select` draws them from a data set that is there.',
    ),
  students: z
    .array(Student)
    .min(1)
    .max(50)
    .optional()
    .describe(
      'Students to train on the training sets, once these are there. They change no row and no call of the build.',
    ),
  evaluations: z
    .array(Evaluation)
    .min(1)
    .max(20)
    .optional()
    .describe('Benchmarks that students and other models are asked, with a table each.'),
  selfImprove: SelfImprove.optional(),
  gates: z.array(Gate).min(1).max(100).optional().describe('What the run has to reach.'),
  limits: Limits.prefault({}),
  output: Output.prefault({}),
});

/** The recipe with every default filled in. */
export type Recipe = z.infer<typeof RecipeFields>;

/**
 * What to build, as the user writes it. Names things of the deployment; can carry no URL, key, path outside an input, or command.
 * Rules over several fields are in check-recipe.ts.
 */
export const Recipe = withRecipeRules(RecipeFields);
/** The recipe as written. */
export type RecipeInput = z.input<typeof RecipeFields>;

/** Types a recipe written in TypeScript; checks happen when it is loaded. */
export const defineRecipe = (recipe: RecipeInput): RecipeInput => recipe;
