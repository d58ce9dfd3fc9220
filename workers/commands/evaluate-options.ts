import { InvalidArgumentError, Option } from 'commander';
import { evaluatedName, type EvaluatedModel, type EvaluationInput } from '../../config/evaluation.js';
import type { Recipe } from '../../config/recipe.js';
import type { EvaluateModelInput } from '../../workflows/evaluation/evaluate-model.js';
import { countUpTo } from './count-argument.js';
import { defined, numberOf, repeated } from './flag-values.js';

/** What flags say of an evaluation and of whom to ask. */
export interface EvaluateFlags {
  readonly pool?: readonly string[];
  readonly model?: readonly string[];
  readonly student?: readonly string[];
  readonly evaluation?: string;
  readonly input?: string;
  readonly path?: readonly string[];
  readonly dataset?: string;
  readonly revision?: string;
  readonly samples?: number;
  readonly maxProblems?: number;
  readonly prompt?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly optionSeed?: number;
  readonly server?: string;
  readonly difficultyPool?: string;
  readonly difficultyPrompt?: string;
  readonly harnessLauncher?: string;
  readonly harnessTask?: string;
}

/** One model and one evaluation: what a workflow is started with. */
export type EvaluationTask = Omit<EvaluateModelInput, 'run' | 'evaluation'> & { readonly evaluation: EvaluationInput };

/** Flags in the order of the help. What their values may be is checked with the evaluation. */
export const evaluateOptions = (): Option[] => [
  new Option('--pool <name>', 'pool of the deployment to ask; may be repeated').argParser(repeated),
  new Option('--model <name>', 'model of the deployment, served meanwhile; may be repeated').argParser(repeated),
  new Option('--student <name@version>', 'trained student, served meanwhile; may be repeated').argParser(repeated),
  new Option('--server <name>', 'server of the deployment for models and students'),
  new Option('--evaluation <name>', 'of a recipe: the evaluation that is meant; else its name in paths'),
  new Option('--input <name>', 'input of the deployment that has the benchmark'),
  new Option('--path <file>', 'file of the benchmark in that input; may be repeated').argParser(repeated),
  new Option('--dataset <owner/name>', 'dataset of the Hub, for an input of kind hub'),
  new Option('--revision <name>', 'revision on the Hub'),
  new Option('--samples <count>', 'answers a problem').argParser(countUpTo(256)),
  new Option('--max-problems <count>', 'problems at most').argParser(countUpTo(1_000_000)),
  new Option('--prompt <name>', 'prompt that asks'),
  new Option('--temperature <number>', 'sampling temperature').argParser(numberOf),
  new Option('--max-tokens <count>', 'token limit of an answer').argParser(countUpTo(10_000_000)),
  new Option('--option-seed <number>', 'another order of the options of multiple choice').argParser(numberOf),
  new Option('--difficulty-pool <name>', "pool of a judge that scores the CD of the model's answers"),
  new Option('--difficulty-prompt <name>', 'its prompt'),
  new Option('--harness-launcher <name>', 'launcher on which lm_eval is asked for a second opinion'),
  new Option('--harness-task <name>', 'its task: of lm_eval, or "cotmill" for the same rows'),
];

/** The evaluations of a recipe, of all their models unless flags name some. Throws InvalidArgumentError. */
export function tasksOfRecipe(recipe: Recipe, flags: EvaluateFlags): EvaluationTask[] {
  const { evaluations = [], students = [] } = recipe;
  const wanted = evaluations.filter(({ name }) => flags.evaluation === undefined || name === flags.evaluation);
  const names = evaluations.map(({ name }) => name).join(', ') || 'it has none';
  if (wanted.length === 0) throw new InvalidArgumentError(`Expected an evaluation of the recipe (${names}).`);
  const chosen = [...(flags.pool ?? []), ...(flags.model ?? []), ...(flags.student ?? [])];
  return wanted.flatMap((evaluation) =>
    evaluation.models
      .filter((model) => chosen.length === 0 || chosen.includes(evaluatedName(model)))
      .map((model) => {
        const student = 'student' in model ? students.find(({ name }) => name === model.student) : undefined;
        const served = student && { student: { name: student.name, version: student.version }, server: student.server };
        return { evaluation: evaluation, model, ...served };
      }),
  );
}

/** An evaluation that flags alone describe. Throws InvalidArgumentError. */
export function tasksOfFlags(benchmark: string, flags: EvaluateFlags): EvaluationTask[] {
  const models = [
    ...(flags.pool ?? []).map((pool) => ({ model: { pool } })),
    ...(flags.model ?? []).map((model) => ({ model: { model } })),
    ...(flags.student ?? []).map(studentTask),
  ];
  if (models.length === 0)
    throw new InvalidArgumentError('Expected whom to ask: --pool NAME, --model NAME or --student NAME@VERSION.');
  const evaluation = evaluationOf(
    benchmark,
    flags,
    models.map(({ model }) => model),
  );
  return models.map((model) => ({ ...model, evaluation, ...(flags.server !== undefined && { server: flags.server }) }));
}

function studentTask(text: string) {
  const [, name, version] = /^([^@]+)@([^@]+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined)
    throw new InvalidArgumentError(`Expected a student as NAME@VERSION, found "${text}".`);
  return { model: { student: name }, student: { name, version } };
}

function evaluationOf(benchmark: string, flags: EvaluateFlags, models: EvaluatedModel[]): EvaluationInput {
  const { path, difficultyPool, difficultyPrompt, harnessLauncher, harnessTask, temperature, maxTokens } = flags;
  const { input, dataset, revision, samples, maxProblems, prompt, optionSeed, server } = flags;
  const isSampled = temperature !== undefined || maxTokens !== undefined;
  return {
    name: flags.evaluation ?? benchmark,
    ...{ benchmark, models },
    ...defined({ input, dataset, revision, samples, maxProblems, prompt, optionSeed, server }),
    ...(path && { path: [...path] }),
    ...(isSampled && { sampling: defined({ temperature, maxTokens }) }),
    ...(difficultyPool !== undefined && {
      difficulty: { pool: difficultyPool, ...defined({ prompt: difficultyPrompt }) },
    }),
    ...(harnessLauncher !== undefined && {
      secondOpinion: { launcher: harnessLauncher, task: harnessTask ?? 'cotmill' },
    }),
  };
}
