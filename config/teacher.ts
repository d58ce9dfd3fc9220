import { z } from 'zod';
import { Name, PoolName, PromptName } from './names.js';
import { Sampling } from './sampling.js';

/** More chains a question than any of the methods asks for; keeps the history of a question small. */
export const MAX_CHAINS = 64;

const solutionPrompt = PromptName.default('solution').describe(
  'Prompt that asks for the solution; it is given question and thought, and never sees the reference answer.',
);

/** Who writes the solution of a teacher's thought in a second call, and which answers need it. */
const TeacherSolution = z
  .strictObject({
    thought: z
      .enum(['marked', 'whole-answer'])
      .default('marked')
      .describe(
        'marked: server or tags tell the thought apart, and answers that end with it get their solution from the second call. whole-answer: this teacher tells nothing apart (QwQ-32B-Preview); what it writes without a mark is a thought, and every such chain has a second call.',
      ),
    pool: PoolName.optional().describe("Pool of the second call. Left out: the teacher's own."),
    prompt: solutionPrompt,
    sampling: Sampling.prefault({}),
  })
  .describe(
    'A second call, given question and thought, that writes the solution where a teacher gives only a thought (STILL-2; second-hand). Left out: such answers are `unparsed`.',
  );

export const Teacher = z
  .strictObject({
    name: Name.describe('Name of the teacher in the rows.'),
    pool: PoolName,
    chains: z.int().positive().max(MAX_CHAINS).describe('Chains a question in the first step.'),
    prompt: PromptName.default('solve').describe(
      'Prompt that asks for a chain. `question-only` asks without a system prompt (fast teachers, methods 3.1), `solve-still2` for thought and solution in the tags of STILL-2.',
    ),
    sampling: Sampling.prefault({}),
    solution: TeacherSolution.optional(),
  })
  .describe('A model that writes chains.');
export type Teacher = z.infer<typeof Teacher>;

/** Who is asked for a solution, and how. */
export interface Solver {
  readonly pool: string;
  readonly prompt: string;
  readonly sampling: Sampling;
}

/** Who writes the solutions of a teacher's thoughts; undefined: nobody. */
export const solverOf = ({ pool, solution }: Teacher): Solver | undefined =>
  solution && { pool: solution.pool ?? pool, prompt: solution.prompt, sampling: solution.sampling };

/** Of chains that come with rows there is no teacher whose pool could be asked. */
const SourceSolution = z
  .strictObject({ pool: PoolName, prompt: solutionPrompt, sampling: Sampling.prefault({}) })
  .describe(
    'A second call, given question and thought, that writes the solution of chains that are a thought alone. Left out: such chains are left out, and counted.',
  );

export const SourceChainRules = z
  .strictObject({ solution: SourceSolution })
  .describe('What is done to chains that come with the rows before they are checked like our own.');
