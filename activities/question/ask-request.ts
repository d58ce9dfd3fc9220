import { renderPrompt, type Prompt } from '../../config/prompts.js';
import type { Recipe, Sampling } from '../../config/recipe.js';
import type { ResolvedRecipe } from '../../config/resolve.js';
import { solverOf } from '../../config/teacher.js';
import type { Ask } from '../../workflows/question/state.js';
import { extractAnswer } from '../grading/extract-answer.js';
import type { CallRequest, Role } from '../ledger/record.js';
import type { QuestionRow } from '../sources/question-row.js';
import { answerForm } from './answer-schemas.js';
import type { ChainText } from './chain-text.js';

/** An ask that a model answers; rule checks (`check`) need none. */
export type ModelAsk = Exclude<Ask, { kind: 'check' }>;

/** Who is asked, with which prompt and sampling. */
interface Asked {
  readonly role: Role;
  readonly pool: string;
  readonly prompt: string;
  readonly sampling: Sampling;
  /** Which of several samples of the same request. */
  readonly sample: number;
}

/** The request of an ask. Pure: the same recipe, row, ask and text give the same request, and so the same call key. */
export function requestFor(
  resolved: ResolvedRecipe,
  question: { row: QuestionRow; text: ChainText | undefined },
  ask: ModelAsk,
): CallRequest {
  const asked = askedOf(resolved.recipe, ask);
  const schema = answerForm(ask.kind)?.schema;
  return {
    role: asked.role,
    model: resolved.models[asked.pool] ?? '',
    messages: renderPrompt(promptNamed(resolved, asked.prompt), variables(resolved.recipe, question)),
    sampling: asked.sampling,
    sample: asked.sample,
    salt: resolved.recipe.salt,
    ...(schema && { schema }),
  };
}

/** Prompt of an ask, by which its answer is read. */
export const promptFor = (resolved: ResolvedRecipe, ask: ModelAsk): Prompt =>
  promptNamed(resolved, askedOf(resolved.recipe, ask).prompt);

function promptNamed(resolved: ResolvedRecipe, name: string): Prompt {
  const prompt = resolved.prompts[name];
  if (!prompt) throw new Error(`prompt "${name}" is not in the resolved recipe ${resolved.fingerprint}`);
  return prompt;
}

function askedOf(recipe: Recipe, ask: ModelAsk): Asked {
  const { validation, scoring, alignment } = recipe;
  switch (ask.kind) {
    case 'generate':
      return generation(recipe, ask);
    case 'solution':
      return secondCall(recipe, ask);
    case 'validate':
      return { role: 'judge', ...configured(validation.judge, ask), sample: 0 };
    case 'rate':
      return { role: 'critic', ...configured(alignment?.critic, ask), sample: 0 };
    case 'verbosity':
    case 'cognitive': {
      const { pool, sampling, verbosityPrompt, difficultyPrompt } = configured(scoring, ask);
      return {
        role: 'scorer',
        pool,
        sampling,
        prompt: ask.kind === 'verbosity' ? verbosityPrompt : difficultyPrompt,
        sample: 0,
      };
    }
    case 'extend':
    case 'simplify': {
      const { pool, sampling, extendPrompt, simplifyPrompt } = configured(alignment?.rewriter, ask);
      // A later round may start from the same text again: another sample, or it would get the same rewrite.
      return {
        role: 'rewriter',
        pool,
        sampling,
        prompt: ask.kind === 'extend' ? extendPrompt : simplifyPrompt,
        sample: ask.round,
      };
    }
    case 'shorten':
      return { role: 'rewriter', ...configured(alignment?.shorten, ask), sample: 0 };
    default:
      return ask satisfies never;
  }
}

function generation(recipe: Recipe, ask: Extract<Ask, { kind: 'generate' }>): Asked {
  const { pool, prompt, sampling } = configured(recipe.teachers[ask.teacher], ask);
  return { role: 'teacher', pool, prompt, sampling: raised(sampling, ask), sample: ask.sample };
}

/** Two samples have two thoughts, and so two requests: equal thoughts share their solution. */
function secondCall(recipe: Recipe, ask: Extract<Ask, { kind: 'solution' }>): Asked {
  const solver =
    ask.teacher === undefined ? recipe.sourceChains?.solution : solverOf(configured(recipe.teachers[ask.teacher], ask));
  const { pool, prompt, sampling } = configured(solver, ask);
  return { role: 'solver', pool, prompt, sampling: raised(sampling, ask), sample: 0 };
}

/** With the token limit doubled as often as answers were cut. */
const raised = (sampling: Sampling, { raised: times }: { readonly raised: number }): Sampling =>
  sampling.maxTokens === undefined ? sampling : { ...sampling, maxTokens: sampling.maxTokens * 2 ** times };

/** The machine asks only what the recipe configures: a missing part is a fault of the program. */
function configured<T>(part: T | undefined, ask: Ask): T {
  if (part === undefined) throw new Error(`the recipe configures nobody to ask for "${ask.kind}"`);
  return part;
}

function variables(recipe: Recipe, { row, text }: { row: QuestionRow; text: ChainText | undefined }) {
  return {
    question: row.question,
    reference: row.answer,
    ...(text === undefined ? { thought: null, solution: null, finalAnswer: null } : judgedTexts(text)),
    student: recipe.alignment?.student ?? null,
  };
}

/** A chain as prompts about it quote it. */
export const judgedTexts = ({ thought, solution }: ChainText) => ({
  // Judges read the steps of a chain without a thought in its solution.
  thought: thought || solution,
  solution,
  finalAnswer: extractAnswer(solution)?.text ?? solution,
});
