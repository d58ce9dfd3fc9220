import { z } from 'zod';
import { Name, RelativePath } from './names.js';

const Sampling = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature. Left out: the server decides.'),
    topP: z.number().gt(0).max(1).optional().describe('Nucleus sampling mass.'),
    topK: z.int().min(0).optional().describe('Number of tokens considered; an extension of vLLM, SGLang and llama-server.'),
    minP: z.number().min(0).max(1).optional().describe('Minimum probability relative to the best token; an extension.'),
    repetitionPenalty: z.number().positive().optional().describe('Repetition penalty; an extension of vLLM and SGLang.'),
    maxTokens: z.int().positive().optional().describe('Token limit of one answer. A thought cut by it is truncated, never accepted.'),
    seed: z.boolean().default(true).describe('Send a seed derived from question, role and sample index, so that a deterministic server repeats itself.'),
    reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).optional().describe('Passed on as reasoning_effort.'),
    chatTemplateKwargs: z
      .record(z.string().regex(/^[a-z_]{1,40}$/), z.union([z.boolean(), z.number(), z.enum(['none', 'low', 'medium', 'high'])]))
      .optional()
      .describe('Switches of the served chat template, such as enable_thinking.'),
  })
  .describe('How a model is sampled. Part of the call key: changed sampling asks anew.');
export type Sampling = z.infer<typeof Sampling>;

const noSampling = { seed: true } as const;
const judgeSampling = { temperature: 0, seed: true } as const;

const Pool = Name.describe('Name of an inference pool of the deployment.');
const Prompt = Name.describe('Name of a prompt: a file of the deployment\'s prompt directory, or a built-in one.');

const FieldPath = z
  .string()
  .min(1)
  .max(128)
  .describe('Field of a row; dots go deeper, numbers pick from a list, and in chains "*" takes every entry of a list.');
const Extract = z.enum(['none', 'boxed', 'hashes']).default('none').describe('How the answer is cut out of the field: whole, the last \\boxed{...}, or what follows the last "####".');

const SourceChains = z
  .discriminatedUnion('form', [
    z.strictObject({ form: z.literal('think').describe('<think>thought</think>solution in one text.'), fields: z.array(FieldPath).min(1), teacher: Name.default('source') }),
    z.strictObject({ form: z.literal('still2').describe('STILL-2 tags: <|begin_of_thought|> ... <|end_of_solution|>.'), fields: z.array(FieldPath).min(1), teacher: Name.default('source') }),
    z.strictObject({ form: z.literal('fields').describe('Thought and solution in fields of their own.'), thought: FieldPath, solution: FieldPath, teacher: Name.default('source') }),
  ])
  .describe('Chains that come with the rows. They are checked like our own.');

const Fields = z
  .strictObject({
    question: z
      .union([FieldPath, z.array(FieldPath).min(1)])
      .default('question')
      .describe('Field of the question, or several that are joined by a space (a body and what is asked about it).'),
    answer: FieldPath.optional().describe('Field of the reference answer. Left out: the rows have none and only a judge can verify.'),
    extract: Extract,
    domain: FieldPath.optional(),
    id: FieldPath.optional().describe('Field with the row id of the source; provenance only, identity is the hash of the question.'),
    chains: SourceChains.optional(),
  })
  .describe('Where question, answer, domain, id and chains stand in a row.');
export type Fields = z.infer<typeof Fields>;

export const Source = z.strictObject({
  name: Name.describe('Name of the source; travels with each row.'),
  input: Name.default('data').describe('Name of an input of the deployment: a directory or a prefix of the store.'),
  path: z.union([RelativePath, z.array(RelativePath).min(1)]).describe('File or files below the input: .jsonl or .parquet, .jsonl also as .gz or .zst.'),
  preset: Name.optional().describe('A row form by name (gsm8k, math, ...) in place of fields.'),
  fields: Fields.optional(),
  domain: Name.optional().describe('Domain of all rows that name none.'),
  revision: z.string().max(64).regex(/^[A-Za-z0-9._-]+$/).optional(),
  licence: z.string().max(64).regex(/^[A-Za-z0-9.+ -]+$/).optional(),
  weight: z.number().positive().default(1).describe('Share of this source when limits.maxQuestions cuts the total.'),
  limit: z.int().positive().optional().describe('At most so many questions of this source, in order.'),
});
export type Source = z.infer<typeof Source>;

export const Teacher = z.strictObject({
  name: Name.describe('Name of the teacher in the rows.'),
  pool: Pool,
  chains: z.int().positive().describe('Chains a question in the first step.'),
  prompt: Prompt.default('solve').describe('Prompt that asks for a chain. "question-only" asks without a system prompt (fast teachers, methods 3.1).'),
  sampling: Sampling.default(noSampling),
});
export type Teacher = z.infer<typeof Teacher>;

const Validation = z
  .strictObject({
    keep: z.enum(['both', 'solution']).default('both').describe('Which verdicts a kept chain needs: reasoning and solution, or the solution alone (OmniThought; ours as default: both).'),
    minVerified: z.int().positive().default(2).describe('Verified chains a question needs, else it is rejected (OmniThought).'),
    maxChains: z.int().positive().default(8).describe('Teachers are asked for more chains up to so many a question [ours].'),
    judge: z.strictObject({ pool: Pool, prompt: Prompt.default('validate'), sampling: Sampling.default(judgeSampling) }).optional().describe('Judge of reasoning and solution. Left out: rules alone, which needs keep: solution.'),
    judgeWrongSolutions: z.boolean().default(false).describe('Also ask the judge about chains whose answer a rule found different: both verdicts for every chain, at a price.'),
    truncatedRetries: z.int().min(0).max(3).default(1).describe('Times a truncated chain is asked again with twice the token limit; then it is dropped as truncated.'),
  })
  .describe('Which chains are right.');

const Scoring = z
  .strictObject({
    pool: Pool,
    verbosityPrompt: Prompt.default('score-verbosity'),
    difficultyPrompt: Prompt.default('score-difficulty'),
    sampling: Sampling.default(judgeSampling),
    lengthWeight: z.number().min(0).max(1).default(0.5).describe('Share of the length rank in RV; 0 gives the judge alone. The share is second-hand, the rank is ours (methods 2.2).'),
    timing: z.enum(['with-rating', 'settled']).default('with-rating').describe('with-rating: scores are asked together with the rating, one step less, and rewritten chains have scores before and after. settled: only chains that stay are scored, fewer calls.'),
  })
  .describe('Reasoning verbosity (RV) and cognitive difficulty (CD), 0-9.');

const Alignment = z
  .strictObject({
    student: z.string().max(40).regex(/^[A-Za-z0-9. -]+$/).default('7B').describe('Size of the student that the critic has in mind, such as "7B".'),
    critic: z.strictObject({ pool: Pool, prompt: Prompt.default('rate'), sampling: Sampling.default(judgeSampling) }),
    rewriter: z.strictObject({ pool: Pool, extendPrompt: Prompt.default('extend'), simplifyPrompt: Prompt.default('simplify'), sampling: Sampling.default(noSampling) }),
    shorten: z.strictObject({ pool: Pool, prompt: Prompt.default('shorten'), sampling: Sampling.default(noSampling) }).optional().describe('Rewrite every verified long chain to a short one before the critic sees it (methods 3.1).'),
    maxRounds: z.int().min(0).max(10).default(3).describe('Rewrites a chain at most [ours].'),
    minKept: z.int().positive().default(1).describe('Chains that must end medium, else the question is rejected as never-medium [ours].'),
  })
  .describe('The critic loop: easy is extended, hard is simplified, medium stays (DistilQwen2.5-DS3-0324).');

const Limits = z
  .strictObject({
    maxQuestions: z.int().positive().optional().describe('Questions of the whole run, shared out by the weights of the sources.'),
    maxBadRows: z.int().min(0).default(100).describe('Broken source rows that are reported and skipped; one more stops the plan.'),
    maxFailedShare: z.number().min(0).max(1).default(0.05).describe('Share of questions that may fail (infrastructure, after retries) before the run fails.'),
    questionsInFlight: z.int().positive().default(100).describe('Questions worked on at the same time, over all shards. setConcurrency changes it while running.'),
    questionsPerShard: z.int().positive().max(500).default(350),
    maxCost: z.number().positive().optional().describe('Spending limit of the run, in the currency of the deployment\'s prices. When it is reached no new question starts and the run fails, resumable.'),
  })
  .describe('What may go wrong, and how much at once.');

const Output = z
  .strictObject({
    questionsPerFile: z.int().positive().default(20_000).describe('Questions in one Parquet file.'),
  })
  .describe('Form of the published data set.');

/** What to build, as the user writes it. Names things of the deployment; can carry no URL, key, path outside an input, or command. */
export const Recipe = z.strictObject({
  name: Name.describe('Name of the data set.'),
  version: Name.default('v1').describe('Version of the data set. A published version is immutable.'),
  description: z.string().max(2000).default(''),
  salt: z.string().max(64).default('').describe('Another salt asks for fresh answers instead of those in the ledger.'),
  sources: z.array(Source).min(1),
  teachers: z.array(Teacher).min(1),
  validation: Validation.prefault({}),
  scoring: Scoring.optional(),
  alignment: Alignment.optional(),
  limits: Limits.prefault({}),
  output: Output.prefault({}),
});
/** The recipe with every default filled in. */
export type Recipe = z.infer<typeof Recipe>;
/** The recipe as written. */
export type RecipeInput = z.input<typeof Recipe>;

/** Types a recipe written in TypeScript; checks happen when it is loaded. */
export const defineRecipe = (recipe: RecipeInput): RecipeInput => recipe;
