import { z } from 'zod';
import { Fields } from './source.js';
import { Name } from './names.js';

/** The form of a well-known set's rows, so that a recipe can name it in place of fields. One YAML file each in config/sources. */
export const SourcePreset = z.strictObject({
  description: z.string().min(1).describe('What the set is, in a line.'),
  home: z.url().describe('Where the set comes from.'),
  licence: z
    .string()
    .min(1)
    .describe('Licence of the rows; travels with each of them unless the source names another.'),
  domain: Name.optional().describe('Domain of all rows that name none.'),
  forms: z
    .array(Fields)
    .min(1)
    .describe(
      'Forms in which the rows are found. A row is read in the first form of which it has every field; if it has none, in the last.',
    ),
  notes: z.string().default('').describe('What to know before using it.'),
});
export type SourcePreset = z.infer<typeof SourcePreset>;
