import { z } from 'zod';
import { FieldPath, Name, RelativePath } from './names.js';

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
      form: z.literal('fields').describe('Thought and solution in fields of their own.'),
      thought: FieldPath.describe('Field of the thought.'),
      solution: FieldPath.describe('Field of the solution.'),
      teacher: ChainsTeacher,
    }),
  ])
  .describe('Chains that come with the rows. They are checked like our own and count among the verified ones.');

export const Fields = z
  .strictObject({
    question: z
      .union([FieldPath, z.array(FieldPath).min(1)])
      .default('question')
      .describe('Field of the question, or several that are joined by a space (a body and what is asked about it).'),
    answer: FieldPath.optional().describe(
      'Field of the reference answer. Left out: the rows have none and only a judge can verify.',
    ),
    extract: Extract,
    domain: FieldPath.optional().describe('Field of the domain, such as math or code.'),
    id: FieldPath.optional().describe(
      'Field with the row id of the source; provenance only, identity is the hash of the question.',
    ),
    chains: SourceChains.optional(),
  })
  .describe('Where question, answer, domain, id and chains stand in a row.');
export type Fields = z.infer<typeof Fields>;

export const Source = z
  .strictObject({
    name: Name.describe('Name of the source; travels with each row.'),
    input: Name.default('data').describe('Name of an input of the deployment: a directory or a prefix of the store.'),
    path: z
      .union([RelativePath, z.array(RelativePath).min(1)])
      .describe(
        'File or files below the input: .jsonl or .parquet, .jsonl also as .gz or .zst. Forward slashes, no "..", no URL.',
      ),
    preset: Name.optional().describe('A row form by name (gsm8k, math) in place of `fields`.'),
    fields: Fields.optional().describe(
      'Where question, answer, domain, id and chains stand in a row. With neither `fields` nor `preset` a row has a field `question` and no reference answer.',
    ),
    domain: Name.optional().describe('Domain of all rows that name none.'),
    revision: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9._-]+$/, 'expected a revision such as "main" or a commit: letters, digits, ".", "_" and "-"')
      .optional()
      .describe('Revision of the source, for the record.'),
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
