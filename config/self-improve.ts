import { z } from 'zod';
import { ChainFilters } from './cleaning.js';
import { Name } from './names.js';
import { JudgeSampling, Sampling } from './sampling.js';
import { Source } from './source.js';
import { TrainingSettings } from './student.js';

/** As in a build: keeps the history of a question small. */
const MAX_ROLLOUTS = 64;
/** The longest ending of a round's names, `-r20`, has to fit behind the student's. */
const MAX_ROUNDS = 20;

const Prompt = Name.describe("Name of a prompt: a file of the deployment's prompt directory, or a built-in one.");
const Share = z.number().min(0).max(1);
const Band = z
  .tuple([Share, Share])
  .refine(([low, high]) => low <= high, 'expected the lower bound first, such as [0.1, 0.75]');

const Judge = z
  .strictObject({
    pool: Name.describe('Pool of the judge.'),
    prompt: Prompt.default('validate'),
    sampling: JudgeSampling.prefault({}),
    keep: z
      .enum(['both', 'solution'])
      .default('solution')
      .describe('Which verdicts a right chain needs: reasoning and solution, or the solution alone.'),
  })
  .describe('Judge of rollouts. Left out: rules alone, which need reference answers.');

const Explore = z
  .strictObject({
    sources: z.array(Source).min(1).max(100).describe('Hard questions: the pool that every round explores.'),
    prompt: Prompt.default('question-only').describe('Prompt that asks the student, as its training rows did.'),
    sampling: Sampling.prefault({}).describe('How the student is sampled. Rollouts differ only above temperature 0.'),
    firstChains: z
      .int()
      .positive()
      .max(MAX_ROLLOUTS)
      .default(4)
      .describe('Rollouts a question in the first step: enough to tell how hard it is [ours].'),
    maxChains: z.int().positive().max(MAX_ROLLOUTS).default(20).describe('Rollouts a question at most [second-hand].'),
    enough: z
      .int()
      .positive()
      .max(MAX_ROLLOUTS)
      .default(1)
      .describe('Right chains after which a question is asked no more [ours].'),
    passRate: Band.default([0, 0.75]).describe(
      'Which questions are hard: pass rate of the current student over its rollouts, lowest and highest, both in. Others are explored, and nothing is learnt from them [ours].',
    ),
    judge: Judge.optional(),
    chainFilters: ChainFilters.optional().describe(
      'Rules for the text of a rollout. A right chain that breaks one is never learnt, least of all one that repeats itself or has no end [second-hand]; thresholds are ours. Left out: the default of every rule.',
    ),
    maxQuestions: z
      .int()
      .positive()
      .optional()
      .describe('Questions of the pool, shared out by the weights of the sources.'),
    questionsInFlight: z.int().positive().max(100_000).default(100).describe('Questions explored at the same time.'),
    maxFailedShare: Share.default(0.05).describe(
      'Share of the questions that may fail (infrastructure, after retries).',
    ),
  })
  .describe('How the current student is let loose on hard questions, until a chain is right.');

const Perplexity = z
  .strictObject({
    by: z
      .enum(['job', 'endpoint'])
      .default('job')
      .describe(
        "job: a job of the student's trainer, with transformers. endpoint: the student's own server, which has to give prompt log-probabilities as vLLM does. Both give the same figures up to the precision of the numbers.",
      ),
    precision: z
      .enum(['bfloat16', 'float16', 'float32'])
      .optional()
      .describe('Numbers of the job. Left out: float32 on the CPU, else bfloat16.'),
    batchTokens: z.int().positive().max(10_000_000).default(16_384).describe('Tokens of a batch of the job, at most.'),
  })
  .describe(
    'How the perplexity of a thought under the current student is measured: exp of the mean token NLL, given the prompt.',
  );

const From = (fallback: 'backbone' | 'last') =>
  z
    .enum(['backbone', 'imitation', 'last'])
    .default(fallback)
    .describe(
      'What a round is trained from: the model that the imitation was trained from, the imitation itself, or the student of the last round.',
    );

const Rows = (fallback: 'all' | 'new') =>
  z
    .enum(['all', 'new'])
    .default(fallback)
    .describe('What a round is trained on: all that was learnt so far with the seed, or what it found itself.');

const training = {
  preset: Name.optional().describe('Name of hyper-parameters that ship with cotmill. Left out: the settings alone.'),
  settings: TrainingSettings.prefault({}),
};

const Sft = z
  .strictObject({
    variant: z.literal('sft').describe('The variant.'),
    chainsPerQuestion: z.int().positive().max(MAX_ROLLOUTS).default(1).describe('Chains of a question at most [ours].'),
    perplexityQuantiles: Band.default([0, 0.95]).describe(
      'Perplexities between which a chosen chain lies, as quantiles of all right chains of the round; of these the longest is taken [ours].',
    ),
    from: From('backbone'),
    rows: Rows('all'),
    ...training,
  })
  .describe('Right chains, chosen by length and perplexity; longer ones stay [second-hand].');

const Dpo = z
  .strictObject({
    variant: z.literal('dpo').describe('The variant.'),
    pairsPerQuestion: z.int().positive().max(MAX_ROLLOUTS).default(1).describe('Pairs of a question at most [ours].'),
    answer: z
      .enum(['thought', 'thought-and-solution'])
      .default('thought')
      .describe('What the two sides of a pair are: the thought alone [second-hand], or the whole answer.'),
    truncatedIsWrong: z
      .boolean()
      .default(false)
      .describe('true: rollouts that the token limit cut may be the worse side: they teach to stop [ours].'),
    minPairs: z
      .int()
      .positive()
      .default(1)
      .describe('Pairs without which a round trains nothing and the loop ends [ours].'),
    from: From('last'),
    rows: Rows('new'),
    ...training,
  })
  .describe(
    'The right chain with the highest perplexity over the wrong one with the lowest, of the same question [second-hand]. settings.sftWeight adds the SFT loss of the better side.',
  );

const Improve = z.discriminatedUnion('variant', [Sft, Dpo]);

const { variant: _variant, ...everyField } = { ...Sft.shape, ...Dpo.shape };
const RoundChange = z
  .strictObject({
    round: z.int().positive().max(MAX_ROUNDS).describe('Number of the round.'),
    improve: z
      .strictObject(withoutDefaults(everyField))
      .describe('Fields of improve that are others in this round; of `settings` only those that stand here.'),
  })
  .describe('What one round learns otherwise.');

const Budget = z
  .strictObject({
    cost: z
      .number()
      .positive()
      .optional()
      .describe("Cost of the calls of all rounds, in the currency of the deployment's prices."),
    outputTokens: z.int().positive().optional().describe('Tokens that the rounds generate.'),
    trainingHours: z.number().positive().optional().describe('Hours that the rounds train.'),
  })
  .describe(
    'What all rounds together may take: exploring and training by whichever execution of the run, evaluations as this execution pays them. A round that began is finished; none begins beyond it.',
  );

const Loop = z
  .strictObject({
    maxRounds: z.int().positive().max(MAX_ROUNDS).default(3).describe('Rounds at most.'),
    minNewChains: z
      .int()
      .positive()
      .default(1)
      .describe('A round that finds fewer new chains, or pairs, is the last, and trains nothing [ours].'),
    patience: z
      .int()
      .positive()
      .max(MAX_ROUNDS)
      .optional()
      .describe(
        'Rounds in a row without a score better than the best before it by more than its interval, after which the loop ends [ours]. Left out: scores end nothing.',
      ),
    budget: Budget.optional(),
    approval: z
      .boolean()
      .default(false)
      .describe('true: after each round the loop waits until somebody approves the next one, or ends it.'),
  })
  .describe('When the loop ends.');

/** STILL-2 (methods 4): a student that learnt by imitation goes on by what it finds out itself, round after round. */
export const SelfImprove = z
  .strictObject({
    student: Name.describe(
      'Name of a student of this recipe, trained by SFT on distilled chains: what the first round explores with, and the control that every round is set beside.',
    ),
    evaluation: Name.optional().describe(
      'Name of the evaluation of this recipe whose score ends the loop. Left out: the first that asks the student. All that ask it are asked of every round.',
    ),
    explore: Explore,
    perplexity: Perplexity.prefault({}),
    improve: Improve.describe('What a round learns.'),
    rounds: z
      .array(RoundChange)
      .max(MAX_ROUNDS)
      .optional()
      .describe(
        'Rounds that learn otherwise than the rest. Rounds before them stay what they are, with all that was paid for them.',
      ),
    loop: Loop.prefault({}),
  })
  .describe('Imitate, explore, self-improve (STILL-2). Left out: a run ends with its students.');
export type SelfImprove = z.infer<typeof SelfImprove>;
export type SelfImproveInput = z.input<typeof SelfImprove>;

/** What a round learns, with its own changes. Pure. */
export function improveOfRound({ improve, rounds = [] }: SelfImprove, round: number): SelfImprove['improve'] {
  const change = rounds.find((one) => one.round === round)?.improve;
  if (!change) return improve;
  const settings = { ...improve.settings, ...(change['settings'] as object | undefined) };
  return Improve.parse({ ...improve, ...change, settings });
}

/** Fields of a round's changes that its variant does not have. Pure. */
export function foreignFields({ variant }: SelfImprove['improve'], change: object): string[] {
  const known: object = variant === 'sft' ? Sft.shape : Dpo.shape;
  return Object.keys(change).filter((field) => !(field in known));
}

/** The same fields, each of which may be left out, and then says nothing. */
function withoutDefaults(fields: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodOptional<z.ZodType>> {
  const entries = Object.entries(fields).map(([name, field]): [string, z.ZodOptional<z.ZodType>] => {
    const bare =
      field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? (field.unwrap() as z.ZodType) : field;
    const description = field.description ?? bare.description ?? '';
    return [name, bare.optional().describe(description)];
  });
  return Object.fromEntries(entries);
}

/** Name of what a round makes. Pure. */
export const roundName = (name: string, round: number): string => `${name}-r${round}`;
/** Characters of a student's name that leave room for the ending of a round. */
export const MAX_STUDENT_NAME = 64 - `-r${MAX_ROUNDS}`.length;
