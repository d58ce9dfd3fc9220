import { z } from 'zod';

/** Keys of a chat template's switches: no field of the request can be reached through them. */
const TemplateSwitch = z
  .string()
  .regex(
    /^[a-z][a-z_]{0,39}$/,
    'expected a switch of the chat template such as "enable_thinking": lower-case letters and "_"',
  );

export const Sampling = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature. Left out: the server decides.'),
    topP: z.number().gt(0).max(1).optional().describe('Nucleus sampling mass.'),
    topK: z
      .int()
      .min(0)
      .optional()
      .describe('Number of tokens considered; an extension of vLLM, SGLang and llama-server.'),
    minP: z.number().min(0).max(1).optional().describe('Minimum probability relative to the best token; an extension.'),
    repetitionPenalty: z
      .number()
      .positive()
      .optional()
      .describe('Repetition penalty; an extension of vLLM and SGLang.'),
    maxTokens: z
      .int()
      .positive()
      .max(10_000_000)
      .optional()
      .describe('Token limit of one answer. A thought cut by it is truncated, never accepted.'),
    seed: z
      .boolean()
      .default(true)
      .describe(
        'Send a seed derived from question, role and sample index, so that a deterministic server repeats itself. `false` for servers that refuse one.',
      ),
    reasoningEffort: z
      .enum(['none', 'minimal', 'low', 'medium', 'high'])
      .optional()
      .describe('Passed on as `reasoning_effort`.'),
    chatTemplateKwargs: z
      .record(TemplateSwitch, z.union([z.boolean(), z.number(), z.enum(['none', 'low', 'medium', 'high'])]))
      .optional()
      .describe(
        'Switches of the served chat template, such as `enable_thinking: false`. Values are booleans, numbers, or none, low, medium, high.',
      ),
  })
  .describe('How a model is sampled. Part of the call key: changed sampling asks anew.');
export type Sampling = z.infer<typeof Sampling>;

/** Sampling of judges, critics and scorers: the likeliest answer, unless the recipe says otherwise. */
export const JudgeSampling = Sampling.extend({
  temperature: z
    .number()
    .min(0)
    .max(2)
    .default(0)
    .describe('Sampling temperature. 1 for servers that refuse any other.'),
}).describe(
  'How the model is sampled: by default the likeliest answer. Part of the call key: changed sampling asks anew.',
);
