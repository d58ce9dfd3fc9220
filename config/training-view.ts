import { z } from 'zod';
import { Name } from './names.js';

/** Ends of view names that stand for the sets of the verbosity experiment: their folders are named `<view>-short` and so on. */
const SET_SUFFIX = /-(?:short|medium|long)$/;

/** A system prompt goes into every row and into nothing else; still it carries no address, as nothing in a recipe does. */
const ADDRESS = /[a-z][a-z0-9+.-]*:\/\/|\bwww\.|(?:^|\s)(?:~?\/|\.{1,2}\/|[A-Za-z]:\\)[^\s/]/i;

const ViewName = Name.refine(
  (name) => !SET_SUFFIX.test(name),
  'expected a name that does not end with "-short", "-medium" or "-long": such folders belong to the sets of verbositySplits',
).describe('Name of the view and of its folder. Left out: the form.');

const SystemPrompt = z
  .string()
  .min(1)
  .max(4000)
  .refine((text) => !ADDRESS.test(text), 'expected plain text without paths or URLs')
  .describe("System prompt of every row. Left out: none, and the student's template decides.");

const Thought = z
  .enum(['think', 'still2', 'none'])
  .default('think')
  .describe(
    'How the thought stands in the answer: inside <think> tags before the solution, in the four tags of STILL-2, or not at all (the solution alone).',
  );

const isSet = (values: readonly string[]): boolean => new Set(values).size === values.length;

const Files = z
  .array(z.enum(['parquet', 'jsonl']))
  .min(1)
  .refine(isSet, 'expected each kind of file once')
  .default(['parquet', 'jsonl'])
  .describe('Kinds of file to write, with the same rows.');

const Conversational = z
  .boolean()
  .default(true)
  .describe(
    "true: prompt and answers are lists of messages, and the student's chat template is applied at training. false: plain texts, which trainers take as they are.",
  );

const base = { name: ViewName.optional(), files: Files };
const answer = { ...base, thought: Thought, system: SystemPrompt.optional() };

const sftAnswer = {
  ...answer,
  text: z
    .enum(['aligned', 'original'])
    .optional()
    .describe(
      'original: the same chains as they were before the critic loop rewrote them, for comparing the two (methods 3); without RV and CD, which are those of the rewritten ones. Left out: aligned.',
    ),
};

const Messages = z
  .strictObject({ form: z.literal('messages').describe('The form.'), ...sftAnswer })
  .describe('A list `messages` a row: TRL, ms-swift, LLaMA-Factory, Axolotl, MLX-LM.');

const PromptCompletion = z
  .strictObject({
    form: z.literal('prompt-completion').describe('The form.'),
    ...sftAnswer,
    conversational: Conversational,
  })
  .describe('`prompt` and `completion`: TRL trains on the completion alone.');

const ShareGpt = z
  .strictObject({ form: z.literal('sharegpt').describe('The form.'), ...sftAnswer })
  .describe('A list `conversations` of from and value: LLaMA-Factory, ms-swift.');

const Alpaca = z
  .strictObject({ form: z.literal('alpaca').describe('The form.'), ...sftAnswer })
  .describe('`instruction`, `input`, `output`: LLaMA-Factory, ms-swift.');

const OmniThought = z
  .strictObject({ form: z.literal('omnithought').describe('The form.'), ...base })
  .describe('One row a question with its chosen chains, exactly in the form of the published OmniThought set.');

const pairSettings = {
  ...answer,
  conversational: Conversational,
  incorrect: z
    .enum(['wrong-solution', 'wrong-or-flawed'])
    .default('wrong-solution')
    .describe(
      'Which chains are incorrect: those with a wrong solution, or also those with the right solution and flawed reasoning [ours].',
    ),
  unfinished: z
    .boolean()
    .default(false)
    .describe(
      'true: chains that were cut by the token limit count as incorrect too. They teach to stop, or to be short [ours].',
    ),
  maxPairsPerQuestion: z
    .int()
    .positive()
    .max(64)
    .default(1)
    .describe('Pairs of each kind that one question gives at most, chosen by a hash [ours].'),
};

const DPO_KINDS = ['correct-incorrect', 'aligned-original'] as const;

const Dpo = z
  .strictObject({
    form: z.literal('dpo').describe('The form.'),
    ...pairSettings,
    kinds: z
      .array(z.enum(DPO_KINDS))
      .min(1)
      .refine(isSet, 'expected each kind once')
      .default(['correct-incorrect'])
      .describe(
        'correct-incorrect: a chosen chain over an incorrect one. aligned-original: a chain that was rewritten for the student over its own original.',
      ),
  })
  .describe('`prompt`, `chosen`, `rejected` for DPO.');

const Beta = z.number().positive().max(100);

const CogPo = z
  .strictObject({
    form: z.literal('cogpo').describe('The form.'),
    ...pairSettings,
    betaSmall: Beta.describe('Beta of a small gap: an aligned chain over the correct original it was made of.'),
    betaMedium: Beta.describe('Beta of a medium gap: a correct chain that was not aligned over an incorrect one.'),
    betaLarge: Beta.describe('Beta of a large gap: an aligned chain over an incorrect one.'),
    kinds: z
      .array(z.enum(['small', 'medium', 'large']))
      .min(1)
      .refine(isSet, 'expected each kind once')
      .default(['small', 'medium', 'large'])
      .describe('Which gaps to write.'),
  })
  .describe(
    '`prompt`, `chosen`, `rejected`, `beta` for CogPO: three gaps, each with a beta of its own. The published values are unknown, so there is no default; equal betas are plain DPO.',
  );

/** A form of a training set for a trainer, with every default filled in. Texts of chains come from the data set; nothing here names a place. */
export const TrainingView = z
  .discriminatedUnion('form', [Messages, PromptCompletion, ShareGpt, Alpaca, OmniThought, Dpo, CogPo])
  .describe('A form in which a training set is written.');
export type TrainingView = z.infer<typeof TrainingView>;
/** The view as written. */
export type TrainingViewInput = z.input<typeof TrainingView>;

/** Views of one training set: their names, which are folders, are unique. */
export const TrainingViews = z
  .array(TrainingView)
  .max(20)
  .superRefine((views, context) => {
    views.forEach((view, index) => {
      const first = views.findIndex((other) => viewName(other) === viewName(view));
      if (first < index)
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: `expected a name of its own: "${viewName(view)}" is view ${first}'s already`,
        });
    });
  })
  .describe('Forms in which the training set is written.');

/** Name of the view's folder. */
export const viewName = ({ name, form }: Pick<TrainingView, 'name' | 'form'>): string => name ?? form;
