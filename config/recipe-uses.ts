import type { Path } from './config-error.js';
import type { PromptUse } from './prompts.js';
import type { Recipe } from './recipe.js';

/** A place where a recipe names a pool. */
export interface PoolNaming {
  readonly path: Path;
  readonly pool: string;
}

/** A place where a recipe names a prompt, and what the prompt is used for there. */
export interface PromptNaming {
  readonly path: Path;
  readonly prompt: string;
  readonly use: PromptUse;
}

const poolNaming = (pool: string | undefined, path: Path): PoolNaming[] => (pool === undefined ? [] : [{ path, pool }]);

/** Every place where a recipe names a pool, in the order of the file. */
export function poolUses({ teachers, sourceChains, validation, scoring, alignment }: Recipe): PoolNaming[] {
  return [
    ...teachers.flatMap(({ pool, solution }, index) => [
      { path: ['teachers', index, 'pool'], pool },
      ...poolNaming(solution?.pool, ['teachers', index, 'solution', 'pool']),
    ]),
    ...poolNaming(sourceChains?.solution.pool, ['sourceChains', 'solution', 'pool']),
    ...poolNaming(validation.judge?.pool, ['validation', 'judge', 'pool']),
    ...poolNaming(scoring?.pool, ['scoring', 'pool']),
    ...poolNaming(alignment?.critic.pool, ['alignment', 'critic', 'pool']),
    ...poolNaming(alignment?.rewriter.pool, ['alignment', 'rewriter', 'pool']),
    ...poolNaming(alignment?.shorten?.pool, ['alignment', 'shorten', 'pool']),
  ];
}

const naming = (use: PromptUse, prompt: string | undefined, path: Path): PromptNaming[] =>
  prompt === undefined ? [] : [{ path, prompt, use }];

/** Every place where the build of a recipe names a prompt, in the order of the file. */
export function promptUses({ teachers, sourceChains, validation, scoring, alignment }: Recipe): PromptNaming[] {
  return [
    ...teachers.flatMap(({ prompt, solution }, index) => [
      ...naming('solve', prompt, ['teachers', index, 'prompt']),
      ...naming('solution', solution?.prompt, ['teachers', index, 'solution', 'prompt']),
    ]),
    ...naming('solution', sourceChains?.solution.prompt, ['sourceChains', 'solution', 'prompt']),
    ...naming('validate', validation.judge?.prompt, ['validation', 'judge', 'prompt']),
    ...naming('verbosity', scoring?.verbosityPrompt, ['scoring', 'verbosityPrompt']),
    ...naming('difficulty', scoring?.difficultyPrompt, ['scoring', 'difficultyPrompt']),
    ...naming('rate', alignment?.critic.prompt, ['alignment', 'critic', 'prompt']),
    ...naming('rewrite', alignment?.rewriter.extendPrompt, ['alignment', 'rewriter', 'extendPrompt']),
    ...naming('rewrite', alignment?.rewriter.simplifyPrompt, ['alignment', 'rewriter', 'simplifyPrompt']),
    ...naming('rewrite', alignment?.shorten?.prompt, ['alignment', 'shorten', 'prompt']),
  ];
}

/** Every place where a recipe names a prompt that is used after the build: by evaluations, and by the builds of its self-improvement. */
export function laterPromptUses({ evaluations = [], selfImprove }: Recipe): PromptNaming[] {
  const { prompt, judge } = selfImprove?.explore ?? {};
  const at = ['selfImprove', 'explore'];
  return [
    ...evaluations.flatMap((evaluation, index) => [
      ...naming('solve', evaluation.prompt, ['evaluations', index, 'prompt']),
      ...naming('difficulty', evaluation.difficulty?.prompt, ['evaluations', index, 'difficulty', 'prompt']),
    ]),
    ...naming('solve', prompt, [...at, 'prompt']),
    ...naming('validate', judge?.prompt, [...at, 'judge', 'prompt']),
  ];
}

/** Names of all prompts that a recipe uses, sorted, each once. */
export const promptNamesOf = (recipe: Recipe): string[] =>
  [...new Set([...promptUses(recipe), ...laterPromptUses(recipe)].map(({ prompt }) => prompt))].sort();
