import { Command } from 'commander';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { loadSourcePresets } from '../../activities/sources/source-presets.js';
import { askEstimate, totalAsks, type AskRange } from '../../config/ask-estimate.js';
import { checkAgainstDeployment } from '../../config/check-recipe.js';
import { ConfigError } from '../../config/config-error.js';
import type { Deployment } from '../../config/deployment.js';
import { loadDeployment, loadRecipe } from '../../config/load.js';
import { loadPrompts } from '../../config/prompts.js';
import { poolUses, promptNamesOf } from '../../config/recipe-uses.js';
import type { Recipe, Source } from '../../config/recipe.js';
import { resolveRecipe, type ResolvedRecipe } from '../../config/resolve.js';
import { loadTrainingPresets } from '../../config/training-preset.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { runPlanText } from '../run-plan-text.js';
import { runPlan, type RunPlan } from '../run-plan.js';
import { cleaningLines } from './cleaning-text.js';
import { deploymentFile, deploymentOption } from './deployment-option.js';

interface ValidateOptions {
  /** false: --no-deployment. */
  readonly deployment?: string | false;
  readonly json?: boolean;
  readonly plan?: boolean;
}

/** A checked recipe; against a deployment unless there is none. */
interface Checked {
  readonly recipe: Recipe;
  readonly against?: { readonly deployment: string; readonly value: Deployment; readonly resolved: ResolvedRecipe };
}

/** `cotmill validate RECIPE`: reports every fault of a recipe, or what it would ask. Asks nobody, and starts nothing. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('check a recipe: every fault with its line, or what the recipe would ask')
    .argument('<recipe>', 'recipe file (.yaml, .json, .js, .ts)')
    .addOption(deploymentOption())
    .option('--no-deployment', 'check the recipe alone: no names of pools, inputs and prompts, no fingerprint')
    .option('--plan', 'also what a run would ask, train and evaluate: calls, tokens, cost, steps')
    .option('--json', 'print JSON')
    .action(validate);
}

/** `cotmill estimate RECIPE`: `validate --plan` under the name that people look for. */
export function estimateCommand(): Command {
  return new Command('estimate')
    .description('what a run would ask, train and evaluate: calls, tokens, cost, time by step')
    .argument('<recipe>', 'recipe file (.yaml, .json, .js, .ts)')
    .addOption(deploymentOption())
    .option('--json', 'print JSON')
    .action((file: string, options: ValidateOptions) => validate(file, { ...options, plan: true }));
}

async function validate(file: string, options: ValidateOptions): Promise<void> {
  const { deployment } = options;
  const { value, errors } = await gather(
    file,
    deployment === false ? undefined : deploymentFile(deployment === undefined ? {} : { deployment }),
  );
  if (value === undefined) {
    const text = errors.map(({ message }) => message).join('\n');
    if (options.json)
      console.log(
        JSON.stringify({ valid: false, errors: errors.map(({ where, faults }) => ({ where, faults })) }, undefined, 2),
      );
    else console.error(text);
    process.exitCode = EXIT.badInput;
    return;
  }
  const plan = options.plan ? await planOf(value) : undefined;
  const summary = { ...summaryOf(value), ...(plan && { plan }) };
  console.log(
    options.json
      ? JSON.stringify(summary, undefined, 2)
      : [summaryText(value), ...(plan ? [runPlanText(plan)] : [])].join('\n'),
  );
}

/** What a run would do. Prices, trainers and their GPUs are those of the deployment. */
async function planOf({ recipe, against }: Checked): Promise<RunPlan> {
  if (!against)
    throw new CommandError(
      '--plan needs a deployment, for its prices and trainers: give --deployment FILE',
      EXIT.badInput,
    );
  return runPlan(recipe, {
    deployment: against.value,
    benchmarks: await loadBenchmarks(),
    presets: await loadTrainingPresets(),
  });
}

/** Reads and checks everything, and collects the faults of all files before it gives up. */
async function gather(file: string, against: string | undefined): Promise<{ value?: Checked; errors: ConfigError[] }> {
  const errors: ConfigError[] = [];
  const attempt = async <Value>(check: () => Value | Promise<Value>): Promise<Value | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.push(error);
      return undefined;
    }
  };
  const recipe = await attempt(() => loadRecipe(file));
  const deployment = against === undefined ? undefined : await attempt(() => loadDeployment(against));
  if (recipe === undefined || (against !== undefined && deployment === undefined)) return { errors };
  if (deployment === undefined) return { value: { recipe }, errors };
  await attempt(() => checkAgainstDeployment(recipe, deployment));
  const prompts = await attempt(() => loadPrompts(promptNamesOf(recipe), deployment.prompts));
  if (prompts === undefined || errors.length > 0) return { errors };
  const presets = await loadSourcePresets();
  const benchmarks = await loadBenchmarks();
  const all = { presets, benchmarks, trainingPresets: await loadTrainingPresets() };
  const resolved = await attempt(() => resolveRecipe({ recipe, deployment, prompts, ...all }));
  return resolved === undefined || against === undefined
    ? { errors }
    : { value: { recipe, against: { deployment: against, value: deployment, resolved } }, errors };
}

/** What `--json` prints. */
function summaryOf({ recipe, against }: Checked) {
  const resolved = against?.resolved;
  const estimate = askEstimate(recipe);
  return {
    valid: true,
    name: recipe.name,
    version: recipe.version,
    sources: recipe.sources.map((source) => ({
      name: source.name,
      input: source.input,
      ...filesOf(source, resolved),
      answers: answersOf(source),
    })),
    cleaning: recipe.cleaning ?? null,
    maxQuestions: recipe.limits.maxQuestions ?? null,
    pools: poolRoles(recipe).map(({ pool, roles }) => ({ pool, roles, model: resolved?.models[pool] ?? null })),
    asksPerQuestion: { ...estimate, total: totalAsks(estimate) },
    deployment: against?.deployment ?? null,
    fingerprint: resolved?.fingerprint ?? null,
  };
}

function summaryText(checked: Checked): string {
  const { name, version, sources, cleaning, maxQuestions, pools, asksPerQuestion, deployment, fingerprint } =
    summaryOf(checked);
  const { total, ...byKind } = asksPerQuestion;
  const kinds = Object.entries(byKind).filter(([, { most }]) => most > 0);
  return [
    `${name} ${version} is valid`,
    ...sources.map(
      (source) =>
        `source   ${source.name}: ${source.paths.join(', ') || "the preset's files"} of ${source.dataset === null ? '' : `${source.dataset} of `}the input "${source.input}"; reference answers: ${source.answers}`,
    ),
    ...cleaningLines(cleaning ?? {}).map((line) => `without  ${line}`),
    `limit    ${maxQuestions === null ? 'all questions' : `${maxQuestions} questions`}`,
    ...pools.map(
      ({ pool, roles, model }) => `pool     ${pool}${model === null ? '' : ` (${model})`}: ${roles.join(', ')}`,
    ),
    `asks     ${rangeText(total)} for an accepted question: ${kinds.map(([kind, range]) => `${kind} ${rangeText(range)}`).join(', ')}`,
    '         (chains that come with rows, and second asks after unreadable answers, come on top)',
    ...(fingerprint === null
      ? ['Names of pools, inputs and prompts are not checked: give --deployment FILE.']
      : [`checked against ${deployment}`, `fingerprint ${fingerprint}`]),
  ].join('\n');
}

const rangeText = ({ least, most }: AskRange): string => (least === most ? `${most}` : `${least} to ${most}`);

/** What the source names, and what it leaves to its preset, as far as presets are known. */
function filesOf(
  source: Source,
  resolved: ResolvedRecipe | undefined,
): { dataset: string | null; paths: readonly string[] } {
  const { dataset, path, preset } = source;
  if (path !== undefined) return { dataset: dataset ?? null, paths: [path].flat() };
  const hub = preset === undefined ? undefined : resolved?.presets[preset]?.hub;
  return { dataset: dataset ?? hub?.dataset ?? null, paths: hub?.files ?? [] };
}

function answersOf({ preset, fields }: Source): string {
  if (preset !== undefined) return `as the preset "${preset}" says`;
  return fields?.answer === undefined ? 'none, the judge alone decides' : `field "${fields.answer}"`;
}

/** Each pool with what it is asked for, in the order of the recipe. */
function poolRoles(recipe: Recipe): { readonly pool: string; readonly roles: readonly string[] }[] {
  const roles = new Map<string, string[]>();
  for (const { path, pool } of poolUses(recipe)) roles.set(pool, [...(roles.get(pool) ?? []), roleAt(recipe, path)]);
  return [...roles].map(([pool, names]) => ({ pool, roles: names }));
}

/** `teachers[1].pool` is the teacher of that name; `alignment.critic.pool` is the critic; `scoring.pool` is the scoring. */
function roleAt(recipe: Recipe, path: readonly (string | number)[]): string {
  const [section, index] = path;
  const owner = path.at(-2);
  if (section === 'sourceChains') return 'solutions of source chains';
  if (typeof index !== 'number') return String(owner);
  const teacher = `teacher "${recipe.teachers[index]?.name ?? ''}"`;
  return owner === 'solution' ? `solutions of ${teacher}` : teacher;
}
