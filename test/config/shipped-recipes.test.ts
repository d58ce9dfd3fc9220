import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBenchmarks } from '../../activities/cleaning/benchmarks.js';
import { loadSourcePresets } from '../../activities/sources/source-presets.js';
import { exploreRecipe } from '../../config/explore-recipe.js';
import { loadDeployment, loadRecipe, parseDeployment, parseRecipe } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import { loadPrompts } from '../../config/prompts.js';
import { poolUses, promptNamesOf, promptUses } from '../../config/recipe-uses.js';
import { resolveRecipe } from '../../config/resolve.js';
import { servedPool } from '../../workflows/question/served-pool.js';

const recipesDirectory = join(packageRoot(), 'config', 'recipes');
const deploymentsDirectory = join(packageRoot(), 'config', 'deployments');
const recipes = (await readdir(recipesDirectory, { recursive: true })).filter((file) => file.endsWith('.yaml'));
const experiments = recipes.filter((file) => file.startsWith('experiments/')).sort();
const deployments = await readdir(deploymentsDirectory);
const presets = await loadSourcePresets();
const benchmarks = await loadBenchmarks();

const local = { launcher: 'local' };
/** What the students and evaluations of the shipped recipes name. */
const TRAINING = {
  launchers: { local: { kind: 'process', directory: 'jobs' } },
  models: Object.fromEntries(
    ['weak-student', 'qwen2.5-7b', 'qwen2.5-32b', 'qwen2.5-0.5b'].map((name) => [name, { directory: 'm' }]),
  ),
  trainers: { default: local },
  servers: { default: { ...local, command: ['serve'] }, vllm: { ...local, command: ['serve'] } },
};

describe('the shipped recipes', () => {
  it.each(recipes)('%s resolves with the built-in prompts and presets', async (file) => {
    const recipe = await loadRecipe(join(recipesDirectory, file));
    const endpoints = [{ url: 'http://127.0.0.1:8000/v1' }];
    const pools = Object.fromEntries(poolUses(recipe).map(({ pool }) => [pool, { model: 'm', endpoints }]));
    const inputs = Object.fromEntries(
      [...recipe.sources, ...(recipe.evaluations ?? [])].map(({ input }) => [
        input,
        input === 'hub' ? { kind: 'hub' } : { kind: 'directory', directory: 'd' },
      ]),
    );
    const deployment = parseDeployment({ store: { kind: 'file', directory: 's' }, pools, inputs, ...TRAINING }, 'x');
    const prompts = await loadPrompts(promptNamesOf(recipe));
    expect(Object.keys(resolveRecipe({ recipe, deployment, prompts, presets, benchmarks }).prompts)).toEqual(
      [...new Set(promptUses(recipe).map(({ prompt }) => prompt))].sort(),
    );
  });

  it.each(deployments)('the deployment %s is valid', async (file) => {
    expect(Object.keys((await loadDeployment(join(deploymentsDirectory, file))).pools).length).toBeGreaterThan(0);
  });

  it.each([
    ['gsm8k-example.yaml', ['deepseek-r1', 'deepseek-v3', 'qwq-32b']],
    ['omnithought-example.yaml', ['deepseek-r1', 'qwq-32b']],
    ['experiments/full-vs-sampled-7b.yaml', ['deepseek-r1', 'qwq-32b']],
    ['experiments/random-rv-cd-7b.yaml', ['deepseek-r1', 'qwq-32b']],
    ['experiments/verbosity-7b.yaml', ['deepseek-r1', 'deepseek-v3', 'qwq-32b']],
    ['experiments/difficulty-by-model-7b.yaml', ['deepseek-r1', 'qwq-32b']],
    ['experiments/aligned-vs-original-7b.yaml', ['deepseek-r1', 'deepseek-v3', 'qwq-32b']],
    ['experiments/sft-dpo-cogpo-7b.yaml', ['deepseek-r1', 'deepseek-v3', 'qwq-32b']],
  ])('%s fits the example of a cluster', async (file, pools) => {
    const recipe = await loadRecipe(join(recipesDirectory, file));
    const deployment = await loadDeployment(join(deploymentsDirectory, 'example-cluster.yaml'));
    const prompts = await loadPrompts(promptNamesOf(recipe));
    const models = {
      'deepseek-r1': 'deepseek-ai/DeepSeek-R1',
      'deepseek-v3': 'deepseek-chat',
      'qwq-32b': 'Qwen/QwQ-32B',
    };
    const expected = Object.entries(models).filter(([pool]) => pools.includes(pool));
    expect(resolveRecipe({ recipe, deployment, prompts, presets, benchmarks }).models).toEqual(
      Object.fromEntries(expected),
    );
  });

  it.each(recipes.filter((file) => file.startsWith('self-improve/')))(
    '%s explores by a build that is valid',
    async (file) => {
      const { selfImprove, ...recipe } = await loadRecipe(join(recipesDirectory, file));
      if (!selfImprove) throw new Error('expected a recipe that goes on by itself');
      const explore = parseRecipe(
        exploreRecipe({ ...recipe, selfImprove }, { round: 1, pool: servedPool('a'.repeat(64)) }),
        file,
      );
      expect(explore.validation).toMatchObject({ maxChains: 20, minVerified: 1, truncatedRetries: 0 });
      expect(explore.sources.every(({ only }) => only !== undefined)).toBe(true);
    },
  );

  it('every experiment has a version for the demonstration model and one for GPUs', () => {
    const names = experiments.map((file) => file.slice('experiments/'.length, -'.yaml'.length));
    const small = names.filter((name) => !name.endsWith('-7b'));
    expect(small).toHaveLength(6);
    expect(names.filter((name) => name.endsWith('-7b'))).toEqual(small.map((name) => `${name}-7b`));
  });

  it.each(experiments)('%s has a control beside its students, trained for the same steps', async (file) => {
    const { students = [] } = await loadRecipe(join(recipesDirectory, file));
    if (students.length === 0) return;
    const own = students.filter(({ control }) => control === 'own-answers');
    const equal = students.filter(({ name }) => name.endsWith('-equal'));
    expect(own.length + equal.length).toBeGreaterThan(0);
    for (const { settings, preset } of own)
      expect(students.filter((one) => one.control === 'none').map((one) => [one.settings, one.preset])).toContainEqual([
        settings,
        preset,
      ]);
  });

  it('the quickstart asks the demonstration model with its own prompts only, for a student that it knows', async () => {
    const recipe = await loadRecipe(join(recipesDirectory, 'quickstart.yaml'));
    expect(new Set(poolUses(recipe).map(({ pool }) => pool))).toEqual(new Set(['mini']));
    expect(promptNamesOf(recipe).filter((name) => !name.startsWith('mini-'))).toEqual([]);
    expect(recipe.alignment?.student).toBe('small');
    expect(recipe.limits.maxQuestions).toBeGreaterThanOrEqual(60);
  });

  it.each([
    ...recipes.map((file) => [recipesDirectory, file, 'recipe'] as const),
    ...deployments.map((file) => [deploymentsDirectory, file, 'deployment'] as const),
  ])('%s/%s tells editors its schema', async (directory, file, schema) => {
    expect((await readFile(join(directory, file), 'utf8')).split('\n')[0]).toBe(
      `# yaml-language-server: $schema=${file.includes('/') ? '../' : ''}../schemas/${schema}.json`,
    );
  });
});
