import { z } from 'zod';
import { FieldPath, FilePattern, HubDatasetName, Name, Revision } from './names.js';

const Extract = z
  .enum(['none', 'boxed', 'hashes'])
  .default('none')
  .describe('How the answer is cut out of its field: whole, the last `\\boxed{...}`, or what follows the last `####`.');

const ChainsTeacher = Name.default('source').describe('Name of the teacher in the rows of these chains.');
const ChainFields = z.array(FieldPath).min(1);

const SourceChains = z
  .discriminatedUnion('form', [
    z.strictObject({
      form: z.literal('think').describe('`<think>thought</think>solution` in one text.'),
      fields: ChainFields.describe('Fields with one chain each, or with a list of them.'),
      teacher: ChainsTeacher,
    }),
    z.strictObject({
      form: z.literal('still2').describe('STILL-2 tags, `<|begin_of_thought|> ... <|end_of_solution|>`, in one text.'),
      fields: ChainFields.describe('Fields with one chain each, or with a list of them.'),
      teacher: ChainsTeacher,
    }),
    z.strictObject({
      form: z.literal('tagged').describe('Either of these two, chain by chain.'),
      fields: ChainFields.describe('Fields with one chain each, or with a list of them.'),
      teacher: ChainsTeacher,
    }),
    z.strictObject({
      form: z.literal('fields').describe('Thought and solution in fields of their own.'),
      thought: FieldPath.describe('Field of the thought.'),
      solution: FieldPath.optional().describe(
        'Field of the solution. Left out: the chains are thoughts alone, and `sourceChains.solution` says who writes their solutions.',
      ),
      teacherField: FieldPath.optional().describe(
        "Field with the name of each chain's teacher, beside the thought (`reasoning.*.teacher`). Where it is empty, `teacher` stands.",
      ),
      teacher: ChainsTeacher,
    }),
  ])
  .describe('Chains that come with the rows. They are checked like our own and count among the verified ones.');

const RoleNames = z.array(Name).min(1).max(8);

const Messages = z
  .strictObject({
    field: FieldPath.describe('Field with the list of messages.'),
    role: FieldPath.default('role').describe('Field of a message that says who speaks.'),
    content: FieldPath.default('content').describe('Field of a message with its text.'),
    user: RoleNames.default(['user', 'human']).describe('Roles that ask.'),
    assistant: RoleNames.default(['assistant', 'gpt']).describe('Roles that answer.'),
  })
  .describe(
    'A conversation of one question and at most one answer: `user` and `assistant` become fields of the row, for `question` and `chains`. Other roles are passed over; a conversation that goes on is a broken row.',
  );

/** A text that a set writes where there is no answer. */
const AnswerMark = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ -]*$/u, 'expected a word such as "proof": letters, digits, "_", "-", spaces');

export const Fields = z
  .strictObject({
    messages: Messages.optional(),
    question: z
      .union([FieldPath, z.array(FieldPath).min(1)])
      .default('question')
      .describe('Field of the question, or several that are joined (a body and what is asked about it).'),
    join: z
      .enum(['space', 'paragraph'])
      .optional()
      .describe('What stands between the fields of a question: a space, which is the default, or an empty line.'),
    answer: FieldPath.optional().describe(
      'Field of the reference answer. Left out: the rows have none, and tests or a judge verify.',
    ),
    extract: Extract,
    noAnswer: z
      .array(AnswerMark)
      .min(1)
      .max(16)
      .optional()
      .describe(
        'Texts in the field of the answer that say that there is none (`proof`, `notfound`). An empty field says so, too.',
      ),
    domain: FieldPath.optional().describe('Field of the domain, such as math or code.'),
    id: FieldPath.optional().describe(
      'Field with the row id of the source; provenance only, identity is the hash of the question.',
    ),
    chains: SourceChains.optional(),
    metadata: z
      .array(FieldPath)
      .min(1)
      .max(16)
      .optional()
      .describe(
        'Fields that travel with the question as they are, such as difficulty and topic: texts, numbers and truth values. Those that a row lacks are left out.',
      ),
    tests: z
      .array(FieldPath)
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Fields with the tests of a code problem, in the form of LiveCodeBench: `public_test_cases`, `private_test_cases`, `metadata`. They are kept with the question as they are; the program of a chain is run on them in the sandbox, and decides about its answer.',
      ),
  })
  .describe('Where question, answer, domain, id and chains stand in a row.');
export type Fields = z.infer<typeof Fields>;

const Condition = z
  .strictObject({
    field: FieldPath.describe('Field of the row.'),
    oneOf: z
      .array(z.union([z.string().min(1).max(64), z.number(), z.boolean()]))
      .min(1)
      .max(100)
      .optional()
      .describe('Values to take.'),
    atLeast: z
      .number()
      .optional()
      .describe('Smallest number to take. Of a text its first number counts: "Level 5" is 5.'),
    atMost: z.number().optional().describe('Largest number to take.'),
  })
  .refine(
    ({ oneOf, atLeast, atMost }) => (oneOf ?? atLeast ?? atMost) !== undefined,
    'expected oneOf, atLeast or atMost: without one it says nothing',
  )
  .describe('What a field of a row has to be.');
export type Condition = z.infer<typeof Condition>;

export const Source = z
  .strictObject({
    name: Name.describe('Name of the source; travels with each row.'),
    input: Name.default('data').describe(
      'Name of an input of the deployment: a directory, a prefix of the store, or the Hugging Face Hub.',
    ),
    dataset: HubDatasetName.optional().describe(
      'Dataset of the Hub, `owner/name`, for an input of kind `hub`. Left out: the one that the preset names.',
    ),
    path: z
      .union([FilePattern, z.array(FilePattern).min(1)])
      .optional()
      .describe(
        'File or files below the input, or of the dataset: .jsonl or .parquet, .jsonl also as .gz or .zst. Forward slashes, no "..", no URL. On the Hub `*` takes all files that match, in the order of their names. Left out: the files that the preset names.',
      ),
    preset: Name.optional().describe('A row form by name (gsm8k, deepmath-103k) in place of `fields`.'),
    fields: Fields.optional().describe(
      'Where question, answer, domain, id and chains stand in a row. With neither `fields` nor `preset` a row has a field `question` and no reference answer.',
    ),
    only: z
      .array(Condition)
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Rows to take, such as those of a level or domain: every condition has to hold. The others are passed over, and counted.',
      ),
    domain: Name.optional().describe('Domain of all rows that name none.'),
    revision: Revision.optional().describe(
      'Revision of the source. On the Hub: branch, tag or commit; its commit is looked up when the run is planned, and travels with each row. Elsewhere: for the record.',
    ),
    licence: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9.+ -]+$/, 'expected a licence such as "Apache-2.0"')
      .optional()
      .describe('Licence of the rows, for the record.'),
    weight: z
      .number()
      .positive()
      .default(1)
      .describe('Share of this source when `limits.maxQuestions` cuts the total.'),
    limit: z.int().positive().optional().describe('At most so many questions of this source, in order.'),
  })
  .describe('A set of questions.');
export type Source = z.infer<typeof Source>;
